"""Validation of login tokens before they are sent, with errors that explain the cause.

Only ID tokens are examined, and their signatures are not verified. If in doubt, the token is sent.
In particular, either clock may be wrong: a token is rejected as expired only if it has expired
according to both the local clock and the clock of the service. If the time of the service is
unknown, the local clock is assumed to be off by at most a fixed tolerance.
"""

from __future__ import annotations

from cognito_credentials._core import logs
from cognito_credentials._core.jwt_claims import get_expiry
from cognito_credentials._core.login_providers import (
    derive_provider_name,
    is_id_token_provider,
    is_identity_pool_issuer,
    is_user_pool,
)
from cognito_credentials._core.service_clock import MAX_SKEW_SECONDS
from cognito_credentials._core.timestamps import iso_timestamp
from cognito_credentials.errors import LoginTokenError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cognito_credentials._core.login_resolution import ResolvedLogins

__all__ = ["check_logins"]

# The developer guide allows five minutes of clock skew for tokens from OpenID Connect issuers. User
# pool tokens are rejected as soon as they expire.
OIDC_SKEW_SECONDS = 300.0
# A cache refreshes one-hour credentials after 43 minutes, which is 17 minutes before they expire.
FIRST_REFRESH_SECONDS = 43 * 60.0


def check_logins(
    resolved: ResolvedLogins,
    *,
    service_now: float | None,
    local_now: float | None = None,
    credential_lifetime: float = 3600.0,
) -> list[str]:
    """Validate every login token, and return the warnings to log.

    The text of a warning is the same in every call, so that the caller can recognize a warning that
    it has already logged. If a token is valid until the first refresh of the credentials, only a
    debug record is logged. User pool tokens are valid for one hour by default, so a warning would
    otherwise be logged for every user.

    Args:
        resolved: The login tokens.
        service_now: Time of the service in seconds since 1970; None if it is unknown.
        local_now: Time of the local clock in seconds since 1970.
        credential_lifetime: Lifetime of the requested credentials, in seconds.

    Raises:
        LoginTokenError: If the service is certain to reject a token.
    """
    now = local_now if service_now is None else service_now
    earlier_now = min((time for time in (service_now, local_now) if time is not None), default=0.0)
    warnings: list[str] = []
    for provider in resolved.tokens:
        if not is_id_token_provider(provider):
            continue
        claims = resolved.get_claims(provider)
        if claims is None:
            if is_user_pool(provider):
                raise _not_a_jwt_error(provider)
            continue  # The service may accept token types that this package does not know.
        _check_token_use(provider, claims)
        _check_issuer(provider, claims)
        expiry = get_expiry(claims)
        if expiry is None or now is None:
            continue
        is_supplied = provider in resolved.refreshable_names
        if expiry + _max_skew(provider, is_local=service_now is None) <= earlier_now:
            raise _expired_token_error(
                provider, expiry, None if service_now is not None else now, is_supplied=is_supplied
            )
        if not is_supplied and expiry < now + credential_lifetime:
            text = _early_expiry_warning(provider, expiry, has_expired=expiry <= now)
            if expiry < now + min(FIRST_REFRESH_SECONDS, credential_lifetime):
                warnings.append(text)
            else:
                logs.debug("%s", text)
    return warnings


def _max_skew(provider: str, *, is_local: bool) -> float:
    """Return the tolerated difference from the issuer's clock, in seconds."""
    if is_local:
        return MAX_SKEW_SECONDS
    return 0.0 if is_user_pool(provider) else OIDC_SKEW_SECONDS


def _early_expiry_warning(provider: str, expiry: float, *, has_expired: bool) -> str:
    time = iso_timestamp(expiry)
    problem = (
        f"expired at {time}, so Amazon Cognito will probably reject it"
        if has_expired
        else f"expires at {time}, before the credentials do. The credentials cannot be refreshed after "
        "that"
    )
    return (
        f"The fixed token in logins[{provider!r}] {problem}. Pass a callable that returns a fresh token, such "
        "as FileToken or CommandToken, instead."
    )


def _check_token_use(provider: str, claims: Mapping[str, Any]) -> None:
    is_access_token = claims.get("token_use") == "access"
    if is_access_token or (is_user_pool(provider) and "aud" not in claims):
        from cognito_credentials._core.error_catalog import next_steps

        raise LoginTokenError(
            f"the login token for {provider!r} is an access token",
            provider_name=provider,
            hint=next_steps.FOR_ACCESS_TOKENS,
            reason="access-token-given",
        )


def _check_issuer(provider: str, claims: Mapping[str, Any]) -> None:
    issuer = claims.get("iss")
    if not isinstance(issuer, str):
        return
    issuer_key = derive_provider_name(issuer)
    if issuer_key == provider.rstrip("/"):
        return
    from cognito_credentials._core.error_catalog import next_steps

    raise LoginTokenError(
        f"the login token for {provider!r} was issued by {issuer!r}",
        provider_name=provider,
        hint=next_steps.USE_DEVELOPER_IDENTITY
        if is_identity_pool_issuer(issuer_key)
        else next_steps.use_provider_name(repr(issuer_key)),
        reason="issuer-mismatch",
    )


def _not_a_jwt_error(provider: str) -> LoginTokenError:
    from cognito_credentials._core.error_catalog import next_steps

    return LoginTokenError(
        f"the login token for {provider!r} is not a JSON Web Token",
        provider_name=provider,
        hint=next_steps.FOR_OPAQUE_TOKENS,
        reason="not-a-jwt",
    )


def _expired_token_error(
    provider: str, expiry: float, local_now: float | None, *, is_supplied: bool
) -> LoginTokenError:
    """Return the error for an expired token; `local_now` is None if the service's time is known."""
    from cognito_credentials._core.error_catalog import next_steps

    clock = "" if local_now is None else f"; the local time is {iso_timestamp(local_now)}"
    return LoginTokenError(
        f"the login token for {provider!r} expired at {iso_timestamp(expiry)}{clock}",
        provider_name=provider,
        hint=next_steps.replace_token_of_provider(provider, is_supplied=is_supplied),
        reason="login-token-expired",
    )
