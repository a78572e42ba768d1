from __future__ import annotations

import pytest

from cognito_credentials.emulator.identity import errors
from cognito_credentials.emulator.identity.errors import Invented, LoginTokenExpired, ServiceFault


@pytest.mark.parametrize(
    ("fault", "code", "message"),
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
            errors.unauthenticated_access_off(),
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
            LoginTokenExpired(now=1754028051, expires=1754027905),
            "NotAuthorizedException",
            "Invalid login token. Token expired: 1754028051 >= 1754027905",
        ),
    ],
)
def test_texts_are_the_services(fault: ServiceFault, code: str, message: str) -> None:
    assert (fault.code, fault.message, fault.status) == (code, message, 400)
    assert str(fault) == f"{code}: {message}"


def test_no_invented_text_is_one_of_the_services() -> None:
    known = {errors.logins_do_not_match().message, errors.unsupported_provider().message}
    assert not known & set(Invented)
