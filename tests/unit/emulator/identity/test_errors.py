from __future__ import annotations

import pytest

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity import errors
from cognito_credentials.emulator.identity.errors import TokenExpiredError, UnconfirmedText


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (
            errors.identity_pool_not_found("us-east-1:1"),
            "ResourceNotFoundException",
            "IdentityPool 'us-east-1:1' not found.",
        ),
        (
            errors.identity_not_found("us-east-1:1"),
            "ResourceNotFoundException",
            "Identity 'us-east-1:1' not found.",
        ),
        (
            errors.unauthenticated_access_disabled(),
            "NotAuthorizedException",
            "Unauthenticated access is not supported for this identity pool.",
        ),
        (
            errors.identity_forbidden("us-east-1:1"),
            "NotAuthorizedException",
            "Access to Identity 'us-east-1:1' is forbidden.",
        ),
        (
            errors.logins_do_not_match(),
            "NotAuthorizedException",
            (
                "Logins don't match. Please include at least one valid login for this identity or "
                "identity pool."
            ),
        ),
        (
            errors.unsupported_provider(),
            "NotAuthorizedException",
            "Token is not from a supported provider of this identity pool.",
        ),
        (
            errors.ambiguous_role("accounts.google.com"),
            "NotAuthorizedException",
            "The ambiguous role mapping rules for: accounts.google.com denied this request.",
        ),
        (
            errors.invalid_pool_configuration(),
            "InvalidIdentityPoolConfigurationException",
            "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
        ),
        (
            TokenExpiredError(now=1754028051, expires_at=1754027905),
            "NotAuthorizedException",
            "Invalid login token. Token expired: 1754028051 >= 1754027905",
        ),
    ],
)
def test_errors_have_the_messages_of_the_service(error: AwsError, code: str, message: str) -> None:
    assert (error.code, error.message, error.http_status) == (code, message, 400)
    assert str(error) == f"{code}: {message}"


def test_unconfirmed_texts_differ_from_the_messages_of_the_service() -> None:
    service_messages = {errors.logins_do_not_match().message, errors.unsupported_provider().message}
    assert not service_messages & set(UnconfirmedText)
