"""Each message of the services must match its catalog entry."""

from __future__ import annotations

import subprocess
import sys

import pytest
from cases import check_each

from cognito_credentials import errors
from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.diagnosis import service_error
from cognito_credentials._core.error_catalog import (
    ENTRIES,
    RETRYABLE_CODES,
    SERVICE_ENTRIES,
    THROTTLING_CODES,
    canonical_code,
    entry_for_reason,
    find_entry,
    is_transient,
)
from cognito_credentials._core.login_resolution import ResolvedLogins

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
IDENTITY = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"
NA = "NotAuthorizedException"
IP = "InvalidParameterException"
RNF = "ResourceNotFoundException"
MISMATCH = "Logins don't match. Please include at least one valid login for this identity or identity pool."

PATTERN = (
    "1 validation error detected: Value 'us-east-2:mock' at 'identityPoolId' failed to satisfy "
    r"constraint: Member must satisfy regular expression pattern: [\w-]+:[0-9a-f-]+"
)
ORGANIZATION = (
    "User: anonymous is not authorized to perform: cognito-identity:GetId on resource: * with "
    "an explicit deny in a resource control policy"
)

RESPONSES = [
    (
        NA,
        "Invalid login token. Token expired: 1754028051 >= 1754027905",
        errors.LoginTokenExpired,
        "login-token-expired",
    ),
    (
        NA,
        "Invalid login token. Token expired: 1518436004076 >= 1518435610394",
        errors.LoginTokenExpired,
        "login-token-expired",
    ),
    (
        NA,
        "Invalid login token. Issuer doesn't match providerName",
        errors.LoginTokenRejected,
        "login-token-rejected",
    ),
    (
        NA,
        "Invalid login token. Couldn't verify signed token.",
        errors.LoginTokenRejected,
        "login-token-rejected",
    ),
    (
        NA,
        "Invalid login token. Not a valid OpenId Connect identity token.",
        errors.LoginTokenRejected,
        "login-token-rejected",
    ),
    (
        NA,
        "Invalid login token. Missing a required claim: aud",
        errors.LoginTokenRejected,
        "login-token-rejected",
    ),
    (
        NA,
        "Invalid login token. Missing a required claim: sub",
        errors.LoginTokenRejected,
        "login-token-rejected",
    ),
    (
        NA,
        "Invalid login token. Can't pass in a Cognito token.",
        errors.LoginTokenRejected,
        "login-token-rejected",
    ),
    (
        NA,
        "Invalid login token. Incorrect token audience.",
        errors.LoginTokenRejected,
        "login-token-rejected",
    ),
    (NA, "Invalid login token.", errors.LoginTokenRejected, "login-token-rejected"),
    (
        NA,
        "Token is not from a supported provider of this identity pool.",
        errors.UnsupportedLoginProvider,
        "unsupported-login-provider",
    ),
    (
        NA,
        f"Identity pool - {POOL} does not have identity providers configured.",
        errors.UnsupportedLoginProvider,
        "unsupported-login-provider",
    ),
    (
        NA,
        "Unauthenticated access is not supported for this identity pool.",
        errors.UnauthenticatedAccessDisabled,
        "unauthenticated-access-disabled",
    ),
    (
        NA,
        f"Access to Identity '{IDENTITY}' is forbidden.",
        errors.IdentityForbidden,
        "identity-forbidden",
    ),
    (NA, MISMATCH, errors.LoginsMismatch, "logins-mismatch"),
    (
        NA,
        "The ambiguous role mapping rules for: accounts.google.com denied this request.",
        errors.RoleDenied,
        "role-denied",
    ),
    (
        NA,
        "Access to this identity pool is forbidden.",
        errors.NotAuthorizedException,
        "not-authorized",
    ),
    (NA, "", errors.NotAuthorizedException, "not-authorized"),
    (
        RNF,
        f"IdentityPool '{POOL}' not found.",
        errors.IdentityPoolNotFound,
        "identity-pool-not-found",
    ),
    (RNF, f"Identity '{IDENTITY}' not found.", errors.IdentityNotFound, "identity-not-found"),
    (RNF, "Something else", errors.ResourceNotFoundException, "resource-not-found"),
    (
        IP,
        "Basic (classic) flow is not enabled, please use enhanced flow.",
        errors.BasicFlowDisabled,
        "basic-flow-disabled",
    ),
    (
        IP,
        "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.",
        errors.BasicFlowDisabled,
        "basic-flow-disabled",
    ),
    (
        IP,
        "Please provide a valid public provider.",
        errors.InvalidParameterException,
        "invalid-parameter",
    ),
    (IP, "Something else", errors.InvalidParameterException, "invalid-parameter"),
    (
        "ResourceConflictException",
        "any text",
        errors.ResourceConflictException,
        "resource-conflict",
    ),
    (
        "InvalidIdentityPoolConfigurationException",
        "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
        errors.InvalidIdentityPoolConfigurationException,
        "invalid-identity-pool-configuration",
    ),
    ("ExternalServiceException", "any text", errors.ExternalServiceException, "external-service"),
    (
        "TooManyRequestsException",
        "Rate exceeded",
        errors.TooManyRequestsException,
        "too-many-requests",
    ),
    ("LimitExceededException", "any text", errors.LimitExceededException, "limit-exceeded"),
    ("InternalErrorException", "any text", errors.InternalErrorException, "internal-error"),
    ("ValidationException", PATTERN, errors.ValidationException, "validation"),
    ("AccessDeniedException", ORGANIZATION, errors.AccessDeniedException, "access-denied"),
    (
        "AccessDenied",
        "Not authorized to perform sts:AssumeRoleWithWebIdentity",
        errors.AccessDeniedException,
        "access-denied",
    ),
    (
        "InvalidIdentityToken",
        "Incorrect token audience",
        errors.InvalidIdentityTokenException,
        "invalid-identity-token",
    ),
    (
        "InvalidIdentityToken",
        "No OpenIDConnect provider found in your account for https://login.example.com",
        errors.InvalidIdentityTokenException,
        "invalid-identity-token",
    ),
    (
        "IDPRejectedClaim",
        "any text",
        errors.InvalidIdentityTokenException,
        "invalid-identity-token",
    ),
    ("IDPCommunicationError", "any text", errors.ExternalServiceException, "external-service"),
    (
        "ExpiredTokenException",
        "Token expired: current date/time 1 must be before the expiration date/time 0",
        errors.ExpiredTokenException,
        "expired-token",
    ),
    (
        "PackedPolicyTooLarge",
        "Packed size of session tags consumes 138% of allotted space.",
        errors.PackedPolicyTooLargeException,
        "packed-policy-too-large",
    ),
    (
        "PackedPolicyTooLarge",
        "Serialized token too large for session",
        errors.PackedPolicyTooLargeException,
        "packed-policy-too-large",
    ),
    (
        "MalformedPolicyDocument",
        "Syntax errors in policy.",
        errors.MalformedPolicyDocumentException,
        "malformed-policy-document",
    ),
    (
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        errors.ValidationException,
        "validation",
    ),
    (
        "RegionDisabledException",
        "STS is not activated in this region for account:1.",
        errors.ServiceError,
        "service-error",
    ),
    ("SomethingNewException", "any text", errors.ServiceError, "service-error"),
    ("", "", errors.ServiceError, "service-error"),
]


@check_each("code, text, kind, reason", RESPONSES)
def test_every_message_has_its_class_reason_and_a_hint(code, text, kind, reason):
    context = CallContext(identity_pool_id=POOL, identity_id=IDENTITY, logins=ResolvedLogins({}))
    error = service_error(
        operation_name="GetId", code=code, message=text, http_status=400, context=context
    )
    assert type(error) is kind
    assert error.reason == reason
    assert error.hint
    if text:
        assert error.message == text


@pytest.mark.parametrize("code", sorted(THROTTLING_CODES))
def test_every_throttling_code_has_the_same_class(code):
    assert find_entry(code, "").error is errors.TooManyRequestsException
    assert is_transient(code, 400)


@check_each(
    "code, status, expected",
    [
        *((code, 400, True) for code in sorted(RETRYABLE_CODES)),
        *(("", status, True) for status in (429, 500, 502, 503, 504)),
        *(
            (code, 400, False)
            for code in (
                "NotAuthorizedException",
                "InvalidParameterException",
                "ResourceNotFoundException",
                "ResourceConflictException",
                "InvalidIdentityPoolConfigurationException",
                "ValidationException",
                "AccessDeniedException",
                "ExpiredTokenException",
                "SomethingNewException",
                "",
            )
        ),
        ("", 403, False),
        ("", 301, False),
    ],
)
def test_only_throttling_and_failures_of_the_service_are_retryable(code, status, expected):
    error = service_error(
        operation_name="GetId", code=code, message="", http_status=status, context=CallContext()
    )
    assert error.is_retryable is expected


def test_the_only_retryable_rejection_is_an_unverified_signature():
    rows = {text: find_entry(code, text).is_retryable for code, text, *_ in RESPONSES}
    assert [text for text, retryable in rows.items() if retryable] == [
        "Invalid login token. Couldn't verify signed token."
    ]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("Throttling", "TooManyRequestsException"),
        ("AccessDenied", "AccessDeniedException"),
        ("IDPRejectedClaim", "InvalidIdentityTokenException"),
        ("NotAuthorizedException", "NotAuthorizedException"),
    ],
)
def test_synonymous_codes_have_a_canonical_code(code, name):
    assert canonical_code(code) == name


@check_each("entry", SERVICE_ENTRIES)
def test_every_entry_is_found_by_its_own_example(entry):
    for text in (entry.example, *entry.texts):
        assert find_entry(entry.code, text) is entry or not text


def test_the_reason_of_an_entry_is_that_of_its_class_or_of_a_login_token_error():
    for entry in ENTRIES:
        assert entry.reason == entry.error.reason or entry.error is errors.LoginTokenError


def test_every_class_has_an_entry():
    classes = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.CognitoCredentialsError)
    }
    assert {entry.error for entry in ENTRIES} == classes - {errors.CognitoCredentialsError}


def test_a_reason_has_its_most_general_entry():
    assert entry_for_reason("login-token-rejected").texts == ("Invalid login token",)
    assert entry_for_reason("basic-flow-disabled").texts == ("flow is not enabled",)
    assert entry_for_reason("access-denied").is_catch_all
    assert entry_for_reason("no-such-reason") is None


@check_each("entry", ENTRIES)
def test_every_entry_is_written_as_sentences(entry):
    assert entry.meaning.endswith(".")
    assert entry.next_step(CallContext()).endswith(".")
    assert not any(cause.endswith(".") for cause in entry.causes)


COLD_PATH = """
import sys
from cognito_credentials import from_cognito_identity_pool
import cognito_credentials.cli.commands.process
import cognito_credentials.cli.reporting.exit_status
from_cognito_identity_pool("us-east-1:1699ebc0-7900-4099-b910-2df94f52a030").cached()
print([name for name in sys.modules if "error_catalog" in name or name.endswith("_core.hints")])
"""


def test_the_catalog_is_not_imported_before_a_failure():
    done = subprocess.run(
        [sys.executable, "-c", COLD_PATH], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"


def test_catch_all_entries_cover_the_codes_that_have_many_messages():
    assert sorted(entry.code for entry in ENTRIES if entry.is_catch_all) == [
        "AccessDeniedException",
        "InvalidIdentityTokenException",
        "InvalidParameterException",
        "NotAuthorizedException",
        "ResourceNotFoundException",
    ]
