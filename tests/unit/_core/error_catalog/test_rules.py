"""One row for each text of the services, as they write it."""

from __future__ import annotations

import pytest

from cognito_credentials import errors
from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.diagnosis import service_error
from cognito_credentials._core.error_catalog import (
    RETRYABLE_CODES,
    THROTTLING_CODES,
    canonical,
    find,
    is_passing,
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

REFUSALS = [
    (
        NA,
        "Invalid login token. Token expired: 1754028051 >= 1754027905",
        errors.LoginTokenExpired,
        "login-token-expired",
        "fresh token",
    ),
    (
        NA,
        "Invalid login token. Token expired: 1518436004076 >= 1518435610394",
        errors.LoginTokenExpired,
        "login-token-expired",
        "Sign in again",
    ),
    (
        NA,
        "Invalid login token. Issuer doesn't match providerName",
        errors.LoginTokenRejected,
        "login-token-rejected",
        "without https://",
    ),
    (
        NA,
        "Invalid login token. Couldn't verify signed token.",
        errors.LoginTokenRejected,
        "login-token-rejected",
        "new user pool",
    ),
    (
        NA,
        "Invalid login token. Not a valid OpenId Connect identity token.",
        errors.LoginTokenRejected,
        "login-token-rejected",
        "graph.facebook.com",
    ),
    (
        NA,
        "Invalid login token. Missing a required claim: aud",
        errors.LoginTokenRejected,
        "login-token-rejected",
        "access token",
    ),
    (
        NA,
        "Invalid login token. Missing a required claim: sub",
        errors.LoginTokenRejected,
        "login-token-rejected",
        "iss, aud, sub and exp",
    ),
    (
        NA,
        "Invalid login token. Can't pass in a Cognito token.",
        errors.LoginTokenRejected,
        "login-token-rejected",
        "DeveloperIdentity",
    ),
    (
        NA,
        "Invalid login token.",
        errors.LoginTokenRejected,
        "login-token-rejected",
        "signed out",
    ),
    (
        NA,
        "Token is not from a supported provider of this identity pool.",
        errors.UnsupportedLoginProvider,
        "unsupported-login-provider",
        f"identity providers of {POOL}",
    ),
    (
        NA,
        f"Identity pool - {POOL} does not have identity providers configured.",
        errors.UnsupportedLoginProvider,
        "unsupported-login-provider",
        f"identity providers of {POOL}",
    ),
    (
        NA,
        "Unauthenticated access is not supported for this identity pool.",
        errors.UnauthenticatedAccessDisabled,
        "unauthenticated-access-disabled",
        "guest access on",
    ),
    (
        NA,
        f"Access to Identity '{IDENTITY}' is forbidden.",
        errors.IdentityForbidden,
        "identity-forbidden",
        "that user's logins",
    ),
    (NA, MISMATCH, errors.LoginsMismatch, "logins-mismatch", IDENTITY),
    (
        NA,
        "The ambiguous role mapping rules for: accounts.google.com denied this request.",
        errors.RoleDenied,
        "role-denied",
        "role mapping",
    ),
    (
        NA,
        "Access to this identity pool is forbidden.",
        errors.NotAuthorizedException,
        "not-authorized",
        "",
    ),
    (NA, "", errors.NotAuthorizedException, "not-authorized", ""),
    (
        RNF,
        f"IdentityPool '{POOL}' not found.",
        errors.IdentityPoolNotFound,
        "identity-pool-not-found",
        "us-east-1",
    ),
    (
        RNF,
        f"Identity '{IDENTITY}' not found.",
        errors.IdentityNotFound,
        "identity-not-found",
        "us-east-1",
    ),
    (RNF, "Something else", errors.ResourceNotFoundException, "resource-not-found", ""),
    (
        IP,
        "Basic (classic) flow is not enabled, please use enhanced flow.",
        errors.BasicFlowDisabled,
        "basic-flow-disabled",
        "AllowClassicFlow",
    ),
    (
        IP,
        "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.",
        errors.BasicFlowDisabled,
        "basic-flow-disabled",
        "role mappings",
    ),
    (
        IP,
        "Please provide a valid public provider.",
        errors.InvalidParameterException,
        "invalid-parameter",
        "DeveloperIdentity",
    ),
    (IP, "Something else", errors.InvalidParameterException, "invalid-parameter", ""),
    (
        "ResourceConflictException",
        "any text",
        errors.ResourceConflictException,
        "resource-conflict",
        "linked elsewhere",
    ),
    (
        "InvalidIdentityPoolConfigurationException",
        "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
        errors.InvalidIdentityPoolConfigurationException,
        "invalid-identity-pool-configuration",
        "sts:TagSession",
    ),
    (
        "ExternalServiceException",
        "any text",
        errors.ExternalServiceException,
        "external-service",
        "did not answer",
    ),
    (
        "TooManyRequestsException",
        "Rate exceeded",
        errors.TooManyRequestsException,
        "too-many-requests",
        "quota",
    ),
    (
        "LimitExceededException",
        "any text",
        errors.LimitExceededException,
        "limit-exceeded",
        "Service Quotas",
    ),
    (
        "InternalErrorException",
        "any text",
        errors.InternalErrorException,
        "internal-error",
        "try again",
    ),
    (
        "ValidationException",
        PATTERN,
        errors.ValidationException,
        "validation",
        "",
    ),
    (
        "AccessDeniedException",
        ORGANIZATION,
        errors.AccessDeniedException,
        "access-denied",
        "organization",
    ),
    # AWS STS, whose codes have shorter names
    (
        "AccessDenied",
        "Not authorized to perform sts:AssumeRoleWithWebIdentity",
        errors.AccessDeniedException,
        "access-denied",
        "trust policy",
    ),
    (
        "InvalidIdentityToken",
        "Incorrect token audience",
        errors.InvalidIdentityTokenException,
        "invalid-identity-token",
        f'"{POOL}"',
    ),
    (
        "InvalidIdentityToken",
        "No OpenIDConnect provider found in your account for https://login.example.com",
        errors.InvalidIdentityTokenException,
        "invalid-identity-token",
        "",
    ),
    (
        "IDPRejectedClaim",
        "any text",
        errors.InvalidIdentityTokenException,
        "invalid-identity-token",
        "",
    ),
    (
        "IDPCommunicationError",
        "any text",
        errors.ExternalServiceException,
        "external-service",
        "did not answer",
    ),
    (
        "ExpiredTokenException",
        "Token expired: current date/time 1 must be before the expiration date/time 0",
        errors.ExpiredTokenException,
        "expired-token",
        "ten minutes",
    ),
    (
        "PackedPolicyTooLarge",
        "Packed size of session tags consumes 138% of allotted space.",
        errors.PackedPolicyTooLargeException,
        "packed-policy-too-large",
        "shorter",
    ),
    (
        "PackedPolicyTooLarge",
        "Serialized token too large for session",
        errors.PackedPolicyTooLargeException,
        "packed-policy-too-large",
        "shorter",
    ),
    (
        "MalformedPolicyDocument",
        "Syntax errors in policy.",
        errors.MalformedPolicyDocumentException,
        "malformed-policy-document",
        "BasicFlow",
    ),
    (
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        errors.ValidationException,
        "validation",
        "duration_seconds",
    ),
    (
        "RegionDisabledException",
        "STS is not activated in this region for account:1.",
        errors.ServiceError,
        "service-error",
        "Switch STS on",
    ),
    ("SomethingNewException", "any text", errors.ServiceError, "service-error", ""),
    ("", "", errors.ServiceError, "service-error", "any proxy"),
]


@pytest.mark.parametrize(("code", "text", "kind", "reason", "hint"), REFUSALS)
def test_each_text_has_its_class_reason_and_hint(code, text, kind, reason, hint):
    facts = CallContext(identity_pool_id=POOL, identity_id=IDENTITY, logins=ResolvedLogins({}))
    error = service_error(
        operation_name="GetId", code=code, message=text, http_status=400, facts=facts
    )
    assert type(error) is kind
    assert error.reason == reason
    assert hint in error.hint
    assert bool(hint) == bool(error.hint)
    if text:
        assert error.message == text


@pytest.mark.parametrize("code", sorted(THROTTLING_CODES))
def test_each_name_for_throttling_is_one_class(code):
    assert find(code, "").error is errors.TooManyRequestsException
    assert is_passing(code, 400)


@pytest.mark.parametrize(
    ("code", "status", "expected"),
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
                "LimitExceededException",
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
def test_only_what_may_pass_is_tried_again(code, status, expected):
    error = service_error(
        operation_name="GetId", code=code, message="", http_status=status, facts=CallContext()
    )
    assert error.is_retryable is expected


def test_of_all_rejected_tokens_only_an_unverified_signature_is_tried_again():
    rows = {text: find(code, text).is_retryable for code, text, *_ in REFUSALS}
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
def test_one_thing_has_one_code(code, name):
    assert canonical(code) == name
