"""What the service would refuse, said before it is asked and in words that help.

Only ID tokens are looked at, without verifying them. What is refused here is refused by the
service in any case; where that is in doubt the token is sent. In particular, either clock may be
wrong: a token has expired only if both this machine's clock and the service's say so. Before the
service has told the time, it must have expired by more than this machine's clock can be wrong.
"""

from __future__ import annotations

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

# The developer guide grants tokens of OpenID Connect issuers five minutes for clocks that differ.
# Tokens of user pools are refused in the second they end.
OIDC_GRACE = 300.0


def check_logins(
    resolved: ResolvedLogins,
    *,
    service_now: float | None,
    local_now: float | None = None,
    credential_lifetime: float = 3600.0,
) -> list[str]:
    """Raise `LoginTokenError` for a login that cannot work; return texts to warn the user with.

    `service_now` is the time by the service's clock, None if it is unknown: then what ended long
    before `local_now` is refused as expired, and warnings go by it. Times are seconds since 1970.
    A text is the same each time, so that it can be logged once.
    """
    warnings: list[str] = []
    for key in resolved.tokens:
        if not is_id_token_provider(key):
            continue
        claims = resolved.get_claims(key)
        if claims is None:
            if is_user_pool(key):
                raise _not_a_jwt(key)
            continue  # the service may know a kind of token under this key that we do not
        _check_use(key, claims)
        _check_issuer(key, claims)
        expiry = get_expiry(claims)
        if expiry is None:
            continue
        supplied = key in resolved.refreshable_names
        grace = 0.0 if is_user_pool(key) else OIDC_GRACE
        now = local_now if service_now is None else service_now
        doubt = grace if service_now is not None else MAX_SKEW_SECONDS
        earliest = min((time for time in (service_now, local_now) if time is not None), default=0.0)
        if now is not None and expiry + doubt <= earliest:
            here = "" if service_now is not None else f", and it is {iso_timestamp(now)} here"
            raise _expired(key, expiry, here, supplied=supplied)
        if not supplied and now is not None and expiry < now + credential_lifetime:
            warnings.append(
                f"The token in logins[{key!r}] ends at {iso_timestamp(expiry)}, before the credentials "
                "that it is exchanged for: they cannot be renewed after that. Give a callable that "
                "returns a fresh token, such as FileToken or CommandToken, in its place."
            )
    return warnings


def _check_use(key: str, claims: Mapping[str, Any]) -> None:
    is_access_token = claims.get("token_use") == "access"
    if is_access_token or (is_user_pool(key) and "aud" not in claims):
        raise LoginTokenError(
            f"The token for the login {key!r} is an access token",
            provider_name=key,
            hint="Pass the ID token (IdToken in a user pool's answer): "
            "only that one names the app client it was made for.",
            reason="access-token-given",
        )


def _check_issuer(key: str, claims: Mapping[str, Any]) -> None:
    issuer = claims.get("iss")
    if not isinstance(issuer, str):
        return
    right_key = derive_provider_name(issuer)
    if right_key == key.rstrip("/"):
        return
    if is_identity_pool_issuer(right_key):
        hint = (
            "An identity pool made this token for an identity id: give both together, as "
            "logins=DeveloperIdentity(...)."
        )
    else:
        hint = f"Write the login as {right_key!r} (login_from_id_token does so by itself)."
    raise LoginTokenError(
        f"The token for the login {key!r} was issued by {issuer!r}",
        provider_name=key,
        hint=hint,
        reason="issuer-mismatch",
    )


def _not_a_jwt(key: str) -> LoginTokenError:
    return LoginTokenError(
        f"The token for the login {key!r} is not a JSON Web Token",
        provider_name=key,
        hint="Pass the ID token (IdToken in a user pool's answer), "
        "not a refresh token, a session or an authorization code.",
        reason="not-a-jwt",
    )


def _expired(key: str, expiry: float, here: str, *, supplied: bool) -> LoginTokenError:
    return LoginTokenError(
        f"The token for the login {key!r} ended at {iso_timestamp(expiry)}{here}",
        provider_name=key,
        hint="Its supplier must sign in again or use a refresh token."
        if supplied
        else "Sign in again, and give a callable that returns a fresh token in its place.",
        reason="login-token-expired",
    )
