"""Verification of ID tokens (OpenID Connect Core 3.1.3.7) with the issuer's keys."""

from __future__ import annotations

from cognito_credentials._core.login_providers import derive_provider_name
from cognito_credentials.errors import LoginTokenError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["LEEWAY_SECONDS", "verify_id_token"]

LEEWAY_SECONDS = 60  # Tolerated difference between the clocks of the issuer and this machine.
# Two days before the year 10000. Later times may exceed the range of datetime in some time zones.
MAX_TIMESTAMP = 253_402_128_000

# Only algorithms with a private key are accepted: anyone could forge a token with the algorithm
# `none`, or with HMAC and the public key as the secret.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")


def verify_id_token(
    token: str,
    key_set: Mapping[str, Any],
    *,
    issuer: str,
    client_id: str,
    now: float,
    nonce: str | None = None,
) -> dict[str, Any]:
    """Verify an ID token, and return its claims.

    Args:
        token: The ID token.
        key_set: JSON Web Key Set of the issuer.
        issuer: Expected issuer (`iss`).
        client_id: Expected audience (`aud`).
        now: Current time in seconds since the Unix epoch.
        nonce: Expected nonce, if the sign-in sent one.

    Raises:
        LoginTokenError: If the token is invalid. The message names the invalid claim, but contains
            no part of the token.
    """
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        keys = KeySet.import_key_set({"keys": _select_signing_keys(key_set)})
        claims: dict[str, Any] = jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        claims = {}
    if not claims:
        # Raise this error outside the exception handler, because the original exception may contain
        # the token.
        raise _id_token_error(issuer, "is not signed with a key of the issuer")
    issuers = [issuer, issuer.removeprefix("https://")] if _is_google(issuer) else [issuer]
    if claims.get("iss") not in issuers:
        raise _id_token_error(issuer, "names another issuer (iss)")
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or client_id not in audiences:
        raise _id_token_error(issuer, "was issued for another client ID (aud)")
    if claims.get("azp") is not None and claims["azp"] != client_id:
        raise _id_token_error(issuer, "was issued to another client ID (azp)")
    expiry: Any = claims.get("exp")
    is_number = not isinstance(expiry, bool) and isinstance(expiry, int | float)
    if not is_number or not expiry < MAX_TIMESTAMP:  # The comparison is also False for NaN.
        raise _id_token_error(issuer, "has no valid expiration time (exp)")
    if expiry + LEEWAY_SECONDS <= now:
        raise _id_token_error(issuer, "has expired (exp)", "Correct the clock of this machine.")
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise _id_token_error(issuer, "names no user (sub)")
    if nonce is not None and claims.get("nonce") != nonce:
        raise _id_token_error(issuer, "belongs to another sign-in (nonce)", "Sign in again.")
    return claims


def _select_signing_keys(key_set: Mapping[str, Any]) -> list[Any]:
    """Return the RSA and EC keys that may be used to verify signatures."""
    return [
        key
        for key in key_set["keys"]
        if key.get("kty") in {"RSA", "EC"} and key.get("use", "sig") == "sig"
    ]


def _is_google(issuer: str) -> bool:
    # Google's tokens may omit https:// in `iss` (developers.google.com/identity/openid-connect).
    return issuer == "https://accounts.google.com"


def _id_token_error(issuer: str, problem: str, hint: str = "") -> LoginTokenError:
    return LoginTokenError(
        f"the ID token from {issuer} {problem}",
        provider_name=derive_provider_name(issuer),
        hint=hint or "Check the issuer and the client ID. The token was not stored.",
    )
