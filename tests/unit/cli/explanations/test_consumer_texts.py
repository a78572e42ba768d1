"""What AWS tools print: the texts of those that are installed are made by them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from botocore import exceptions

from cognito_credentials.cli.commands.explain import explanation_of
from cognito_credentials.cli.explanations.consumer_texts import CONSUMERS
from cognito_credentials.cli.explanations.other_texts import Other

ROOT = Path(__file__).parents[4]
JAVASCRIPT = ROOT / ".build" / "node" / "node_modules"

PROCESS = "credential_process failed"
GONE = "names a program that is not there"
ENDPOINT = "answered, but gave no credentials"
NO_ENDPOINT = "no credentials came from there"
PROFILE = "There is no such profile"
REGION = "does not know which region"
BROKEN = "is broken"
ANOTHER = "names another source of credentials"
SSO = "IAM Identity Center"
NONE = "found no credentials"
CLOCK = "by this machine's clock"
TLS = "is not trusted"
AWAY = "was not reached"
OVER = "that are over"
KEY = "there is no such key"
SIGNATURE = "signature"
DENIED = "do not allow this action"

URL = "https://s3.us-esat-1.amazonaws.com/"
METADATA = "Received non 200 response {} from container metadata: no"


def in_role(text: str) -> str:
    return str(exceptions.CredentialRetrievalError(provider="container-role", error_msg=text))


def of_process(text: str) -> str:
    return str(exceptions.CredentialRetrievalError(provider="custom-process", error_msg=text))


BOTOCORE = [
    (exceptions.NoCredentialsError(), NONE),
    (exceptions.NoAuthTokenError(), NONE),
    (of_process("cognito-credentials: nobody is signed in\nNext: Sign in"), PROCESS),
    (of_process("Unsupported version '2' for credential process provider"), PROCESS),
    (FileNotFoundError(2, "No such file or directory", "~/bin/cognito-credentials"), GONE),
    (FileNotFoundError(2, "No such file or directory", "/old/venv/bin/python3.11"), GONE),
    (ValueError("No closing quotation"), PROCESS),
    (in_role(str(exceptions.MetadataRetrievalError(error_msg=METADATA.format(401)))), ENDPOINT),
    (in_role(str(exceptions.MetadataRetrievalError(error_msg=METADATA.format(403)))), ENDPOINT),
    (in_role(str(exceptions.MetadataRetrievalError(error_msg=METADATA.format(500)))), NO_ENDPOINT),
    (
        in_role(f"container metadata: {exceptions.EndpointConnectionError(endpoint_url=URL)}"),
        NO_ENDPOINT,
    ),
    (
        "Unsupported host 'example'.  Can only retrieve metadata from a loopback address or one of",
        "only on this machine",
    ),
    (exceptions.ProfileNotFound(profile="game"), PROFILE),
    (exceptions.NoRegionError(), REGION),
    (exceptions.ConfigParseError(path="~/.aws/config", error="x"), BROKEN),
    (
        exceptions.PartialCredentialsError(provider="assume-role", cred_var="source_profile"),
        ANOTHER,
    ),
    (
        exceptions.InfiniteLoopConfigError(source_profile="game", visited_profiles=["game"]),
        ANOTHER,
    ),
    (
        exceptions.InvalidConfigError(error_msg='The source profile "game" must have credentials.'),
        ANOTHER,
    ),
    (
        exceptions.InvalidConfigError(
            error_msg='The profile "game" is configured to use SSO but is missing required '
            "configuration: sso_role_name"
        ),
        ANOTHER,
    ),
    (exceptions.SSOTokenLoadError(error_msg="Token for x does not exist"), SSO),
    (exceptions.UnauthorizedSSOTokenError(), SSO),
    (
        "Credentials were refreshed, but the refreshed credentials are still expired.",
        CLOCK,
    ),
    (exceptions.SSLError(endpoint_url=URL, error="[SSL: CERTIFICATE_VERIFY_FAILED]"), TLS),
    (exceptions.ConnectTimeoutError(endpoint_url=URL), AWAY),
    (exceptions.ReadTimeoutError(endpoint_url=URL), AWAY),
    (exceptions.EndpointConnectionError(endpoint_url=URL), AWAY),
    (exceptions.ProxyConnectionError(proxy_url="http://proxy"), AWAY),
]

CODES = [
    ("ExpiredToken", "The provided token has expired.", OVER),
    ("ExpiredToken", "as it pleases", OVER),
    ("ExpiredTokenException", "The security token included in the request is expired", OVER),
    ("ExpiredTokenException", "as it pleases", OVER),
    ("RequestExpired", "Request has expired.", OVER),
    ("InvalidClientTokenId", "The security token included in the request is invalid.", KEY),
    ("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist", KEY),
    ("UnrecognizedClientException", "The security token included in the request is invalid.", KEY),
    ("InvalidToken", "The provided token is malformed or otherwise invalid.", KEY),
    ("AuthFailure", "AWS was not able to validate the provided access credentials", KEY),
    ("SignatureDoesNotMatch", "Signature expired: 1 is now earlier than 2", SIGNATURE),
    ("SignatureDoesNotMatch", "The request signature we calculated does not match", SIGNATURE),
    ("RequestTimeTooSkewed", "The difference between the request time and", SIGNATURE),
    ("AccessDenied", "Access Denied", DENIED),
    (
        "AccessDeniedException",
        "User: arn:aws:sts::1:assumed-role/app/session is not authorized to perform: s3:GetObject",
        DENIED,
    ),
    (
        "AccessDeniedException",
        (
            "User: arn:aws:sts::1:assumed-role/app/session is not authorized to perform: s3:GetObject "
            "on resource: x with an explicit deny in an identity-based policy"
        ),
        "by name",
    ),
]

# Of the JavaScript SDK: what is in its sources, and what becomes of it.
JAVASCRIPT_TEXTS = [
    ("Could not load credentials from any providers", NONE),
    ("Credential is missing", NONE),
    ("Profile ${profileName} could not be found in shared credentials file", PROFILE),
    ("Could not resolve credentials using profile: [${profileName}]", PROFILE),
    ("Profile ${profileName} credential_process returned invalid JSON", PROCESS),
    ("Profile ${profileName} credential_process did not return Version 1", PROCESS),
    ("Profile ${profileName} credential_process returned expired credentials", PROCESS),
    ("Token is expired. ${REFRESH_MESSAGE}", SSO),
    ("The SSO session associated with this profile has expired. ${refreshMessage}", SSO),
    ("Region is missing", REGION),
    ("URL not accepted. It must either be HTTPS or match", "only on this machine"),
]

# As public issues of these projects show them.
ELSEWHERE = [
    # Go, and what is made with it
    ("failed to refresh cached credentials, no EC2 IMDS role found, operation error ec2imds", NONE),
    (("get credentials: failed to refresh cached credentials, process provider error: error in "
     "credential_process: exit status 3"), PROCESS),
    ("process provider error: error in credential_process: exit status 127", GONE),
    ("failed to get shared config profile, game", PROFILE),
    ("Invalid Configuration: Missing Region", REGION),
    ("dial tcp: lookup s3.us-esat-1.amazonaws.com: no such host", AWAY),
    ("x509: certificate signed by unknown authority", TLS),
    ("Error: No valid credential sources found", NONE),
    ("no valid credential sources for Terraform AWS Provider found", NONE),
    # Java
    (("Unable to load credentials from any of the providers in the chain "
     "AwsCredentialsProviderChain(credentialsProviders=[])"), NONE),
    ("Unable to load AWS credentials from any provider in the chain", NONE),
    ("Unable to load region from any of the providers in the chain", REGION),
    ("PKIX path building failed", TLS),
    # Rust, Ruby
    ("the credential provider was not enabled: no providers in chain provided credentials", NONE),
    ("unable to sign request without credentials set", NONE),
    # A shell, below an SDK that uses one
    ("/bin/sh: 1: /old/bin/cognito-credentials: not found", GONE),
]  # fmt: skip


@pytest.mark.parametrize(("error", "meaning"), BOTOCORE, ids=lambda value: str(value)[:40])
def test_what_botocore_raises(error: object, meaning: str):
    for text in (
        str(error),
        f"{type(error).__module__}.{type(error).__name__}: {error}",
        f'\n{error}. You can configure credentials by running "aws configure".\n',
        f"aws: [ERROR]: {error}".upper().replace(" ", "\n  "),
    ):
        found = explanation_of(text)
        assert found is not None, text
        assert meaning in found.meaning


@pytest.mark.parametrize(("code", "text", "meaning"), CODES)
def test_what_services_answer(code: str, text: str, meaning: str):
    found = explanation_of(
        f"An error occurred ({code}) when calling the ListBuckets operation: {text}"
    )
    assert found is not None
    assert meaning in found.meaning


@pytest.mark.parametrize(("text", "meaning"), JAVASCRIPT_TEXTS)
def test_what_javascript_throws(text: str, meaning: str):
    thrown = re.sub(r"[$]{\w+}", "game", text)
    found = explanation_of(f"CredentialsProviderError: {thrown}")
    assert found is not None
    assert meaning in found.meaning


@pytest.mark.peer
def test_it_is_what_javascript_has():
    sources = "\n".join(
        file.read_text(encoding="utf-8")
        for scope in ("@aws-sdk", "@smithy")
        for file in (JAVASCRIPT / scope).glob("*/dist-*/**/*.js")
    )
    assert sources, "the JavaScript SDK is not there: run `make peers`."
    assert [text for text, _ in JAVASCRIPT_TEXTS if text not in sources] == []


@pytest.mark.parametrize(("text", "meaning"), ELSEWHERE)
def test_what_others_print(text: str, meaning: str):
    found = explanation_of(text)
    assert found is not None
    assert meaning in found.meaning


def test_what_a_service_said_within_says_more():
    said = "cognito-credentials: GetId was refused with ResourceNotFoundException: "
    found = explanation_of(of_process(f"{said}IdentityPool 'us-east-1:1' not found."))
    assert found is not None
    assert found.reason == "identity-pool-not-found"


def test_a_token_that_sts_refuses_is_another_thing():
    found = explanation_of(
        "An error occurred (ExpiredTokenException) when calling the AssumeRoleWithWebIdentity "
        "operation: it is over"
    )
    assert found is not None
    assert found.reason == "expired-token"


@pytest.mark.parametrize("other", CONSUMERS, ids=lambda other: other.pattern[:30])
def test_each_says_what_it_means_and_what_to_do(other: Other):
    assert re.compile(other.pattern).groupindex == {}
    assert other.meaning.endswith(".")
    assert other.fix.endswith((".", "is now.", "the line."))
    assert "docs/" not in other.fix + other.meaning
