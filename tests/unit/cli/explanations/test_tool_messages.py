"""Messages from AWS tools, including those in the source code of botocore and the JavaScript SDK."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from botocore import exceptions
from cases import check_each

from cognito_credentials.cli.explanations.lookup import explain
from cognito_credentials.cli.explanations.service_messages import SERVICE_MESSAGES
from cognito_credentials.cli.explanations.tool_messages import TOOL_MESSAGES

ROOT = Path(__file__).parents[4]
JAVASCRIPT = ROOT / ".build" / "node" / "node_modules"

# Explanations, each identified by its example message.
PROCESS = "Error when retrieving credentials from custom-process: …"
GONE = "cognito-credentials: command not found"
ENDPOINT = "Received non 200 response 403 from container metadata: …"
NO_ENDPOINT = "Error retrieving container metadata: …"
LOOPBACK = "Unsupported host '…'. Can only retrieve metadata from these hosts: …"
PROFILE = "The config profile (…) could not be found"
REGION = "You must specify a region."
BROKEN = "Unable to parse config file: …"
RING = "Infinite loop in credential configuration detected. …"
SOURCE = 'The source profile "…" must have credentials.'
JSON = "Expecting value: line 1 column 1 (char 0)"
WINDOWS = r"'C:\Program' is not recognized as an internal or external command, …"
PACKAGE = "authlib is not installed"
TYPE = "Start of list found where not expected"
ARN = "Value '…' at 'resourceArn' failed to satisfy constraint: …"
ANOTHER = "Partial credentials found in assume-role, missing: …"
SSO = "The SSO session associated with this profile has expired or is otherwise invalid."
NONE = "Unable to locate credentials"
CLOCK = "Credentials were refreshed, but the refreshed credentials are still expired."
TLS = "SSL validation failed for … [SSL: CERTIFICATE_VERIFY_FAILED]"
AWAY = "Could not connect to the endpoint URL: …"
EXPIRED = "The security token included in the request is expired"
KEY = "The security token included in the request is invalid."
SIGNATURE = "InvalidSignatureException: Signature expired: …"
DENIED = "An error occurred (AccessDenied) when calling the ListBuckets operation: Access Denied"
EXPLICIT = "… with an explicit deny in an identity-based policy"

URL = "https://s3.us-esat-1.amazonaws.com/"
METADATA = "Received non 200 response {} from container metadata: no"


def meaning_of(example: str) -> str:
    (known,) = (known for known in (*SERVICE_MESSAGES, *TOOL_MESSAGES) if known.example == example)
    return known.meaning


def in_role(text: str) -> str:
    return str(exceptions.CredentialRetrievalError(provider="container-role", error_msg=text))


def of_process(text: str) -> str:
    return str(exceptions.CredentialRetrievalError(provider="custom-process", error_msg=text))


BOTOCORE = [
    (exceptions.NoCredentialsError(), NONE),
    (exceptions.NoAuthTokenError(), NONE),
    (of_process("cognito-credentials: no user is signed in\nNext: Sign in"), PROCESS),
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
        LOOPBACK,
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
        RING,
    ),
    (
        exceptions.InvalidConfigError(error_msg='The source profile "game" must have credentials.'),
        SOURCE,
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
    ("ExpiredToken", "The provided token has expired.", EXPIRED),
    ("ExpiredToken", "any text", EXPIRED),
    ("ExpiredTokenException", "The security token included in the request is expired", EXPIRED),
    ("ExpiredTokenException", "any text", EXPIRED),
    ("RequestExpired", "Request has expired.", EXPIRED),
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
        EXPLICIT,
    ),
]

# Messages in the source code of the JavaScript SDK.
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
    ("URL not accepted. It must either be HTTPS or match", LOOPBACK),
]

# Messages from public issues of other SDKs and tools.
OTHER_SDKS = [
    # The Go SDK and tools that use it
    ("failed to refresh cached credentials, no EC2 IMDS role found, operation error ec2imds", NONE),
    (("get credentials: failed to refresh cached credentials, process provider error: error in "
     "credential_process: exit status 3"), PROCESS),
    ("process provider error: error in credential_process: exit status 127", GONE),
    ("failed to get shared config profile, game", PROFILE),
    ("Invalid Configuration: Missing Region", REGION),
    ("dial tcp: lookup s3.us-esat-1.amazonaws.com: no such host", AWAY),
    ("[Errno -2] Name or service not known", AWAY),
    ("[Errno -3] Temporary failure in name resolution", AWAY),
    ("[Errno 8] nodename nor servname provided, or not known", AWAY),
    ("[Errno 101] Network is unreachable", AWAY),
    ("getaddrinfo EAI_AGAIN s3.us-esat-1.amazonaws.com", AWAY),
    ("dispatch failure (io error): error trying to connect", AWAY),
    ("software.amazon.awssdk: Failed to refresh process-based credentials.", PROCESS),
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
    ("The profile `game` was not defined", PROFILE),
    ("ProfileFile provider could not be built: profile `game` was not defined: no such profile", PROFILE),
    # Profiles that refer to each other in a cycle
    ("Detected a cycle attempting to resolve credentials for profile a. Profiles visited: a, b", RING),
    ("Invalid profile file: Circular relationship detected with profiles [a, b].", RING),
    ("profile formed an infinite loop. first we loaded a, then reloaded a", RING),
    ("Circular source_profile reference found.", RING),
    # Rejected hosts of container credential endpoints
    (("The full URI (http://10.0.0.1/) contained within environment variable "
     "AWS_CONTAINER_CREDENTIALS_FULL_URI has an invalid host. Host should resolve to a loopback "
     "address or have the full URI be HTTPS."), LOOPBACK),
    (("The container credentials full URI (http://10.0.0.1/) has an invalid host. Host can only be "
     "one of [localhost, 127.0.0.1]."), LOOPBACK),
    ('invalid endpoint host, "10.0.0.1", only loopback/ecs/eks hosts are allowed', LOOPBACK),
    # Output that is not JSON
    ("json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)", JSON),
    ("Extra data: line 2 column 1 (char 311)", JSON),
    ("Unexpected token 'N', \"Next: Sign\"... is not valid JSON", JSON),
    ("Unexpected token < in JSON at position 0", JSON),
    ("Unexpected end of JSON input", JSON),
    ("invalid character '<' looking for beginning of value", JSON),
    ("invalid character 'N' after top-level value", JSON),
    ("Expecting ',' delimiter: line 1 column 30 (char 29)", JSON),
    ("Unterminated string starting at: line 1 column 5 (char 4)", JSON),
    ("Invalid control character at: line 1 column 3 (char 2)", JSON),
    ("com.fasterxml.jackson.core.JsonParseException: Unrecognized token 'N'", JSON),
    ("'N' is an invalid start of a value. LineNumber: 0 | BytePositionInLine: 0.", JSON),
    # Windows
    ("'C:\\Program' is not recognized as an internal or external command,", WINDOWS),
    ("[WinError 2] The system cannot find the file specified", WINDOWS),
    (("Error when retrieving credentials from custom-process: 'C:\\Program' is not recognized as an "
     "internal or external command,\noperable program or batch file."), WINDOWS),
    # Missing Python packages
    ("filelock is not installed", PACKAGE),
    ("ModuleNotFoundError: No module named 'authlib'", PACKAGE),
    # Invalid requests that users wrote themselves
    ("SerializationException: Start of list found where not expected", TYPE),
    ("SerializationException: Start of structure or map found where not expected.", TYPE),
    ("SerializationException: NUMBER_VALUE cannot be converted to String", TYPE),
    (("ValidationException: 1 validation error detected: Value 'us-east-1:1' at 'resourceArn' failed "
     "to satisfy constraint: Member must have length greater than or equal to 20"), ARN),
    (("1 validation error detected: Value 'player' at 'customRoleArn' failed to satisfy constraint: "
     "Member must have length greater than or equal to 20"), ARN),
    (("An error occurred (ValidationError) when calling the AssumeRoleWithWebIdentity operation: "
     "us-east-1:1 is invalid"), ARN),
    ("An error occurred (ValidationError) when calling the X operation: Request ARN is invalid", ARN),
    ("Invalid length for parameter RoleArn, value: 6, valid min length: 20", ARN),
    # The shell in which an SDK runs credential_process
    ("/bin/sh: 1: /old/bin/cognito-credentials: not found", GONE),
    ("zsh: command not found: cognito-credentials", GONE),
    ("fish: Unknown command: cognito-credentials", GONE),
]  # fmt: skip


@check_each("error, row", BOTOCORE)
def test_errors_of_botocore_are_explained(error: object, row: str):
    for text in (
        str(error),
        f"{type(error).__module__}.{type(error).__name__}: {error}",
        f'\n{error}. You can configure credentials by running "aws configure".\n',
        f"aws: [ERROR]: {error}".upper().replace(" ", "\n  "),
    ):
        explanation = explain(text)
        assert explanation is not None, text
        assert explanation.meaning == meaning_of(row)


@pytest.mark.parametrize(("code", "text", "row"), CODES)
def test_error_codes_of_services_are_explained(code: str, text: str, row: str):
    explanation = explain(
        f"An error occurred ({code}) when calling the ListBuckets operation: {text}"
    )
    assert explanation is not None
    assert explanation.meaning == meaning_of(row)


@check_each("text, row", JAVASCRIPT_TEXTS)
def test_errors_of_the_javascript_sdk_are_explained(text: str, row: str):
    thrown = re.sub(r"[$]{\w+}", "game", text)
    explanation = explain(f"CredentialsProviderError: {thrown}")
    assert explanation is not None
    assert explanation.meaning == meaning_of(row)


@pytest.mark.peer
def test_the_javascript_texts_are_in_the_sdk():
    sources = "\n".join(
        file.read_text(encoding="utf-8")
        for scope in ("@aws-sdk", "@smithy")
        for file in (JAVASCRIPT / scope).glob("*/dist-*/**/*.js")
    )
    assert sources, "the JavaScript SDK is not installed: run `make peers`"
    assert [text for text, _ in JAVASCRIPT_TEXTS if text not in sources] == []


@check_each("text, row", OTHER_SDKS)
def test_errors_of_other_sdks_are_explained(text: str, row: str):
    explanation = explain(text)
    assert explanation is not None
    assert explanation.meaning == meaning_of(row)


def test_the_message_of_a_service_within_an_error_is_preferred():
    said = "cognito-credentials: GetId failed with ResourceNotFoundException: "
    explanation = explain(of_process(f"{said}IdentityPool 'us-east-1:1' not found."))
    assert explanation is not None
    assert explanation.reason == "identity-pool-not-found"


def test_an_expired_token_at_sts_is_distinguished_from_expired_credentials():
    explanation = explain(
        "An error occurred (ExpiredTokenException) when calling the AssumeRoleWithWebIdentity "
        "operation: any text"
    )
    assert explanation is not None
    assert explanation.reason == "expired-token"
