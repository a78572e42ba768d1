"""Published messages of Amazon Cognito and AWS STS, in the formats of AWS tools."""

from __future__ import annotations

import io
import sys

import pytest
from cases import check_each

from cognito_credentials._core.error_catalog import CatalogEntry
from cognito_credentials._core.error_catalog.sign_in_errors import SIGN_IN_ERRORS
from cognito_credentials.cli.explanations.lookup import explain, similar_messages
from cognito_credentials.cli.program import main
from cognito_credentials.errors import documentation_url

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
IDENTITY = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"
NA = "NotAuthorizedException"
IP = "InvalidParameterException"
RNF = "ResourceNotFoundException"
VE = "ValidationException"
IIT = "InvalidIdentityToken"
MISMATCH = (
    "Logins don't match. Please include at least one valid login for this identity or identity "
    "pool."
)
CONSTRAINT = "failed to satisfy constraint: Member must"

# Error code, message and reason of documented errors; "" if the message has no reason.
TEXTS = [
    # 2.1
    (
        VE,
        (
            "1 validation error detected: Value 'us-east-2:mock' at 'identityPoolId' "
            rf"{CONSTRAINT} satisfy regular expression pattern: [\w-]+:[0-9a-f-]+"
        ),
        "validation",
    ),
    (
        VE,
        (
            "1 validation error detected: Value '…' at 'identityPoolId' "
            f"{CONSTRAINT} have length less than or equal to 55"
        ),
        "validation",
    ),
    (
        VE,
        (
            "3 validation errors detected: Value '{k=}' at 'logins' failed to satisfy constraint: Map "
            "value must satisfy constraint: [Member must have length less than or equal to 50000]; "
            f"Value '' at 'identityId' {CONSTRAINT} have length greater than or equal to 1"
        ),
        "validation",
    ),
    (
        VE,
        f"1 validation error detected: Value null at 'identityId' {CONSTRAINT} not be null",
        "validation",
    ),
    (
        VE,
        rf"1 validation error detected: Value '!' at 'developerProviderName' {CONSTRAINT} satisfy",
        "validation",
    ),
    # 2.2
    (RNF, f"IdentityPool '{POOL}' not found.", "identity-pool-not-found"),
    (RNF, f"Identity '{IDENTITY}' not found.", "identity-not-found"),
    (
        NA,
        "Unauthenticated access is not supported for this identity pool.",
        "unauthenticated-access-disabled",
    ),
    (NA, f"Access to Identity '{IDENTITY}' is forbidden.", "identity-forbidden"),
    (NA, MISMATCH, "logins-mismatch"),
    # 2.3
    (
        NA,
        f"Identity pool - {POOL} does not have identity providers configured.",
        "unsupported-login-provider",
    ),
    (
        NA,
        "Token is not from a supported provider of this identity pool.",
        "unsupported-login-provider",
    ),
    (NA, "Invalid login token. Issuer doesn't match providerName", "login-token-rejected"),
    (NA, "Invalid login token. Token expired: 1754028051 >= 1754027905", "login-token-expired"),
    (
        NA,
        "Invalid login token. Token expired: 1518436004076 >= 1518435610394",
        "login-token-expired",
    ),
    (NA, "Invalid login token. Couldn't verify signed token.", "login-token-rejected"),
    (NA, "Invalid login token. Not a valid OpenId Connect identity token.", "login-token-rejected"),
    (NA, "Invalid login token. Missing a required claim: aud", "login-token-rejected"),
    (NA, "Invalid login token. Missing a required claim: iss", "login-token-rejected"),
    (NA, "Invalid login token. Can't pass in a Cognito token.", "login-token-rejected"),
    (NA, "Invalid login token.", "login-token-rejected"),
    (IP, "Please provide a valid public provider.", "invalid-parameter"),
    # 2.4
    (
        "InvalidIdentityPoolConfigurationException",
        "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
        "invalid-identity-pool-configuration",
    ),
    (
        NA,
        "The ambiguous role mapping rules for: accounts.google.com denied this request.",
        "role-denied",
    ),
    (IP, "CustomRoleArn is not supported with rule based role mappings.", "invalid-parameter"),
    (
        IP,
        "Basic (classic) flow is not enabled, please use enhanced flow.",
        "basic-flow-disabled",
    ),
    (
        IP,
        "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.",
        "basic-flow-disabled",
    ),
    # 2.5
    (
        IP,
        "This identity pool does not support the specified developer provider",
        "invalid-parameter",
    ),
    (
        "DeveloperUserAlreadyRegisteredException",
        (
            "The provided developer user identifier is already registered with Cognito under a "
            "different identity ID."
        ),
        "developer-user-already-registered",
    ),
    (NA, "Access to this identity pool is forbidden.", ""),
    # 2.6
    ("TooManyRequestsException", "Rate exceeded", "too-many-requests"),
    # 2.7
    (IP, f"({POOL}) is not a valid RoleMapping ProviderName or is not a configured provider.", ""),
    (IP, "The number of rules in the request exceeded 25.", ""),
    (NA, "Access to Role 'arn:aws:iam::1:role/x' is forbidden.", ""),
    (
        "AccessDeniedException",
        "User: arn:aws:iam::1:user/x is not authorized to perform: iam:PassRole on resource: y",
        "",
    ),
    (IP, "Invalid Cognito Identity Provider", ""),
    (
        IP,
        "Identity provider arn:aws:iam::1:saml-provider/x is not valid for account 123456789012",
        "",
    ),
    # 2.8
    ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", "access-denied"),
    (IIT, "Incorrect token audience", "invalid-identity-token"),
    (IIT, "Issuer must be a valid URL", "invalid-identity-token"),
    (
        IIT,
        "No OpenIDConnect provider found in your account for https://login.example",
        "invalid-identity-token",
    ),
    (
        IIT,
        (
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access "
            "Token)"
        ),
        "invalid-identity-token",
    ),
    (
        IIT,
        (
            "Couldn't retrieve verification key from your identity provider, please reference "
            "AssumeRoleWithWebIdentity documentation for requirements"
        ),
        "invalid-identity-token",
    ),
    (
        "ExpiredTokenException",
        "Token expired: current date/time 2 must be before the expiration date/time 1",
        "expired-token",
    ),
    (
        "PackedPolicyTooLarge",
        "Packed size of session tags consumes 138% of allotted space.",
        "packed-policy-too-large",
    ),
    (
        "PackedPolicyTooLarge",
        "Serialized token too large for session",
        "packed-policy-too-large",
    ),
    # 2.9
    (
        "AccessDeniedException",
        (
            "User: anonymous is not authorized to perform: cognito-identity:GetId on resource: * with "
            "an explicit deny in a resource control policy"
        ),
        "access-denied",
    ),
    (
        "AccessDeniedException",
        (
            "User: arn:aws:iam::1:user/x is not authorized to perform: "
            "cognito-identity:ListIdentityPools on resource: arn:aws:cognito-identity:eu-west-1:1:x"
        ),
        "",
    ),
    ("MissingAuthenticationTokenException", "Missing Authentication Token", ""),
    (
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
        "",
    ),
    ("ExpiredTokenException", "The security token included in the request is expired", ""),
]
# Error codes whose exact messages are not known.
CODES = [
    ("ResourceConflictException", "resource-conflict"),
    ("LimitExceededException", "limit-exceeded"),
    ("ExternalServiceException", "external-service"),
    ("InternalErrorException", "internal-error"),
    ("ThrottlingException", "too-many-requests"),
    ("MalformedPolicyDocument", "malformed-policy-document"),
    ("RegionDisabledException", "service-error"),
    ("ConcurrentModificationException", ""),
    ("InvalidSignatureException", ""),
    ("UnknownOperationException", ""),
    ("SerializationException", ""),
]
FORMS = {
    "boto3": "An error occurred ({code}) when calling the GetId operation (reached max retries: 4): {text}",
    "javascript": "{code}: {text}\n    at de_CommandError (dist-cjs/index.js:1:1)",
    "java": "{text} (Service: CognitoIdentity, Status Code: 400, Request ID: 12708a35, {code})",
    "go": "operation error Cognito Identity: GetId, https response error StatusCode: 400, {code}: {text}",
    "here": "GetId failed with {code}: {text} Hint: none",
    "wire": '{{"__type":"{code}","message":"{text}"}}',
    "xml": "<Error><Code>{code}</Code><Message>{text}</Message></Error>",
    "alone": "{text}",
}


@check_each("code, text, reason", TEXTS)
def test_a_message_is_explained_in_the_format_of_every_tool(code: str, text: str, reason: str):
    for form, template in FORMS.items():
        quoted = text.replace("'", "&apos;") if form == "xml" else text
        found = explain(template.format(code=code, text=quoted))
        assert found is not None, form
        assert found.reason == reason, form
        assert found.meaning
        assert found.next_step


@pytest.mark.parametrize(("code", "reason"), CODES)
def test_a_code_is_explained_if_its_message_is_unknown(code: str, reason: str):
    found = explain(f"An error occurred ({code}) when calling it: any text")
    assert found is not None
    assert (found.reason, bool(found.next_step)) == (reason, True)


@pytest.mark.parametrize(
    "text", ["Invalid login token. Token expired: 2 >= 1", "Missing Authentication Token", MISMATCH]
)
def test_case_and_white_space_do_not_matter(text: str):
    wrapped = text.upper().replace(" ", "\n    ").replace("'", "\u2019")
    assert explain(wrapped) is not None


GUEST = (
    "User: arn:aws:sts::1:assumed-role/guest/CognitoIdentityCredentials is not authorized to "
    "perform: {action} because no {kind} policy allows the {action} action"
)


def test_a_denied_action_is_explained_by_the_limits_of_guests():
    outside = explain(GUEST.format(action="ec2:DescribeInstances", kind="session"))
    within = explain(GUEST.format(action="s3:GetObject", kind="session"))
    of_the_role = explain(GUEST.format(action="s3:GetObject", kind="identity-based"))
    unsaid = explain(GUEST.partition(" because")[0].format(action="s3:GetObject"))
    signed = explain(GUEST.partition(" because")[0].format(action="cognito-identity:X"))
    assert outside is not None
    assert within is not None
    assert of_the_role is not None
    assert unsaid is not None
    assert signed is not None
    assert "ec2:DescribeInstances" in outside.next_step
    assert "BasicFlow" in within.next_step
    assert of_the_role.next_step == unsaid.next_step
    assert len({each.next_step for each in (outside, within, of_the_role, signed)}) == 4


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Something else.",
        f"{NA}: any text",
        f"({RNF}) gone",
        "Function not found: arn:aws:lambda:us-east-1:1:function:x",
        "The specified bucket does not exist",
        "Identity 'x' is odd",
    ],
)
def test_an_unknown_message_has_no_explanation(text: str):
    assert explain(text) is None


@pytest.mark.parametrize(
    "text",
    [
        NA,
        f"botocore.errorfactory.{NA}",
        f"{NA}: ",
        f"An error occurred ({NA}) when calling the GetId operation: ",
        f"({NA})",
    ],
)
def test_an_error_code_without_a_message_has_its_causes(text: str):
    explanation = explain(text)
    assert explanation is not None
    assert len(explanation.causes) > 10
    assert NA in explanation.meaning


@pytest.mark.parametrize("code", [IP, RNF, "AccessDenied", "AccessDeniedException", IIT, VE])
def test_every_code_with_several_causes_lists_them(code: str):
    explanation = explain(code)
    assert explanation is not None
    assert len(explanation.causes) > 1


def test_an_audience_is_explained_by_the_service_that_rejects_it():
    of_sts = explain("An error occurred (InvalidIdentityToken) …: Incorrect token audience")
    bare = explain("Incorrect token audience")
    of_cognito = explain(f"{NA}: Invalid login token. Incorrect token audience.")
    assert of_sts == bare
    assert "IAM identity provider" in of_sts.next_step
    assert of_cognito.reason == "login-token-rejected"
    assert "identity pool" in of_cognito.meaning


@check_each("entry", SIGN_IN_ERRORS)
def test_every_error_of_a_sign_in_is_explained(entry: CatalogEntry):
    if entry.is_catch_all:
        return
    texts = [entry.example, f"{entry.code}: {entry.example}", *entry.texts]
    for text in filter(None, texts if entry.texts else texts[1:]):
        explanation = explain(text)
        assert explanation is not None
        assert explanation.meaning == entry.meaning, text


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('{"error":"redirect_mismatch"}', "--redirect-port"),
        ("Error 400: redirect_uri_mismatch", "--redirect-port"),
        ("AADSTS50011: The redirect URI specified in the request does not match", "--redirect-port"),
        ('{"error":"invalid_grant"}', "Sign in again"),
        ("https://x/cb?error=invalid_client&error_description=no", "client secret"),
        ("Unable to verify secret hash for client app", "client secret"),
        (f"An error occurred ({NA}) when calling the InitiateAuth operation: Invalid Refresh Token.",
         "Sign in again"),
        ("LimitExceededException: Attempt limit exceeded, please try after some time.", "15 minutes"),
    ],
)  # fmt: skip
def test_errors_of_issuers_have_their_next_step(text: str, word: str):
    explanation = explain(text)
    assert explanation is not None
    assert word in explanation.next_step


def test_similar_messages_have_most_of_their_words_in_common():
    near = similar_messages("the token is not supported by a provider here")
    assert near[0] == "Token is not from a supported provider"
    assert len(near) <= 3
    assert similar_messages("zzz") == []


TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (f"{NA}: {MISMATCH} {TOKEN}", 0),
        (f"Token from a provider {TOKEN}", 1),
        (f"an unknown message {TOKEN}", 1),
    ],
)
def test_the_message_is_never_printed(capsys: pytest.CaptureFixture[str], text: str, status: int):
    assert main(["explain", text]) == status
    assert TOKEN not in capsys.readouterr().out


def test_standard_input_is_read(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"Traceback:\n  {NA}: {MISMATCH}\n"))
    assert main(["explain", "-"]) == 0
    assert capsys.readouterr().out.endswith(
        f"\nReason: logins-mismatch\n{documentation_url('logins-mismatch')}\n"
    )
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))
    assert main(["explain", "-"]) == 2
    assert "TEXT" in capsys.readouterr().err


def test_next_steps_name_options_instead_of_parameters():
    steps = [found.next_step for _, text, _ in TEXTS if (found := explain(text)) is not None]
    assert len(steps) > 20
    for word in ("callable", "logins=...", "basic_flow", "duration_seconds", "from_cognito"):
        assert not any(word in step for step in steps), word


def test_the_url_at_the_end_of_a_message_names_the_reason():
    explanation = explain(f"something unknown. See {documentation_url('role-denied')}")
    assert explanation is not None
    assert explanation.reason == "role-denied"
