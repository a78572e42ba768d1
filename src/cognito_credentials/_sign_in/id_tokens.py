"""Verify an ID token (OpenID Connect Core 3.1.3.7), by the keys that its issuer publishes."""

from __future__ import annotations

from cognito_credentials.errors import LoginTokenError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["LEEWAY", "verified"]

LEEWAY = 60  # seconds that two clocks may differ
LATEST = 253_402_300_800  # the year 10000, of which no calendar here knows

# Signatures that the public keys of an issuer can prove; `none` and those of shared secrets cannot.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")


def verified(
    token: str,
    key_set: Mapping[str, Any],
    *,
    issuer: str,
    client_id: str,
    now: float,
    nonce: str | None = None,
) -> dict[str, Any]:
    """Return the claims of an ID token that is the issuer's, for this client, and not over.

    Raises:
        LoginTokenError: It is not. The message says why, and has nothing of the token.
    """
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        keys = KeySet.import_key_set({"keys": _signing_keys(key_set)})
        claims: dict[str, Any] = jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        claims = {}
    if not claims:
        # Not in the `except`: what was raised may hold the token.
        raise _refusal(issuer, "is not signed with one of the issuer's keys")
    issuers = {issuer, issuer.removeprefix("https://")} if _is_google(issuer) else {issuer}
    if claims.get("iss") not in issuers:
        raise _refusal(issuer, "names another issuer (iss)")
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or client_id not in audiences:
        raise _refusal(issuer, "is for another client (aud)")
    if claims.get("azp") not in {None, client_id}:
        raise _refusal(issuer, "was given to another client (azp)")
    expiry: Any = claims.get("exp")
    is_number = not isinstance(expiry, bool) and isinstance(expiry, int | float)
    if not is_number or not expiry < LATEST:  # NaN is less than nothing
        raise _refusal(issuer, "does not say when it ends (exp)")
    if expiry + LEEWAY <= now:
        raise _refusal(issuer, "is over already (exp)", "Set this machine's clock right.")
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise _refusal(issuer, "names no user (sub)")
    if nonce is not None and claims.get("nonce") != nonce:
        raise _refusal(issuer, "is the answer to another sign-in (nonce)", "Sign in again.")
    return claims


def _signing_keys(key_set: Mapping[str, Any]) -> list[Any]:
    """Leave out keys for other purposes, and of kinds that are not known here."""
    return [
        key
        for key in key_set["keys"]
        if key.get("kty") in {"RSA", "EC"} and key.get("use", "sig") == "sig"
    ]


def _is_google(issuer: str) -> bool:
    # Google's tokens have either spelling (developers.google.com/identity/openid-connect).
    return issuer == "https://accounts.google.com"


def _refusal(issuer: str, problem: str, hint: str = "") -> LoginTokenError:
    return LoginTokenError(
        f"The ID token that {issuer} gave {problem}",
        provider_name=issuer,
        hint=hint or "Check issuer and client id; nothing was stored.",
    )
