"""Parsing and verification of signed JSON Web Tokens (RFC 7515, RFC 7519).

Format, signature and expiry are checked in three steps, because the service has a different error
message for each. As in the service, only RSA signatures are accepted.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from cognito_credentials._core.timestamps import iso_timestamp
from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity.errors import TokenExpiredError, invalid_login_token
from cognito_credentials.emulator.json_values import parse_object
from cognito_credentials.emulator.quoting import quote, quote_all

ALGORITHMS = ("RS256", "RS384", "RS512")

_COMPACT_FORM = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
# The base64 length of 8192 bits. Keys used in practice do not exceed this length, and verification
# with longer keys would be slow.
_MAX_MODULUS_LENGTH = 1366
# A larger number, infinity or NaN is not a valid time in seconds since the epoch.
_MAX_TIMESTAMP = 1e12


@dataclass(frozen=True, slots=True)
class SignedToken:
    """A parsed token whose signature has not been verified yet."""

    text: str = field(repr=False)
    header: Mapping[str, Any]
    claims: Mapping[str, Any] = field(repr=False)


def parse_token(text: str) -> SignedToken:
    """Parse a token.

    Raises:
        AwsError: If the text is not a JSON Web Token.
    """
    if not _COMPACT_FORM.fullmatch(text):
        raise _not_a_token()
    header, claims, _ = text.split(".")
    return SignedToken(text, _decode_part(header), _decode_part(claims))


def has_key(token: SignedToken, key_set: Mapping[str, Any] | None) -> bool:
    """Return True if a JWKS contains a key with the key ID in the header of a token."""
    return bool(_find_keys(token, key_set))


def verify_signature(token: SignedToken, key_set: Mapping[str, Any] | None) -> None:
    """Verify a token against a JWKS, which is None if it is unavailable.

    Raises:
        AwsError: If the signature is wrong, the key is unknown or there are no keys. The message is
            the same in all three cases.
    """
    if not any(_is_signed_with(token, key) for key in _find_keys(token, key_set)):
        error = invalid_login_token("Couldn't verify signed token.")
        raise error.with_explanation(_explain_signature(token, key_set))


def _find_keys(token: SignedToken, key_set: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    keys: list[Mapping[str, Any]] = list((key_set or {}).get("keys", ()))
    return [key for key in keys if key.get("kid") == token.header.get("kid")]


def check_expiry(token: SignedToken, now: float) -> None:
    """Check that a token has not expired. There is no grace period.

    Raises:
        TokenExpiredError: If `now` (in seconds since the epoch, UTC) has reached `exp`.
        AwsError: If `exp` is missing or not a time.
    """
    expires_at = require_time_claim(token, "exp")
    if now >= expires_at:
        error = TokenExpiredError(now=int(now), expires_at=int(expires_at))
        raise error.with_explanation(
            f"The token expired at {iso_timestamp(expires_at)} (exp), {now - expires_at:.0f} seconds"
            " before the request."
        )


def _explain_signature(token: SignedToken, key_set: Mapping[str, Any] | None) -> str:
    if key_set is None:
        return "The keys of the issuer are not available."
    key_id = token.header.get("kid")
    known = [key.get("kid") for key in key_set.get("keys", ())]
    if key_id not in known:
        return (
            f"The token is signed with the key {quote(key_id)} (kid), and the issuer has the keys"
            f" {quote_all(known)}."
        )
    return (
        f"The signature does not match the key {quote(key_id)} of the issuer, or the algorithm"
        f" {quote(token.header.get('alg'))} is not one of {quote_all(ALGORITHMS)}."
    )


def require_text_claim(token: SignedToken, name: str) -> str:
    """Return a claim that must be a non-empty string.

    Raises:
        AwsError: If the claim is missing or invalid.
    """
    value = _require_claim(token, name)
    if not isinstance(value, str) or not value:
        raise _not_a_token()
    return value


def require_time_claim(token: SignedToken, name: str) -> float:
    """Return a claim that must be a time, in seconds since the epoch (UTC).

    Raises:
        AwsError: If the claim is missing or invalid.
    """
    value = _require_claim(token, name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _not_a_token()
    if not abs(value) < _MAX_TIMESTAMP:
        raise _not_a_token()
    return value


def require_audiences(token: SignedToken) -> tuple[str, ...]:
    """Return the `aud` claim, which must be a string or an array of strings (RFC 7519).

    Raises:
        AwsError: If the claim is missing, empty or invalid.
    """
    value = _require_claim(token, "aud")
    values = tuple(cast("Sequence[Any]", value)) if isinstance(value, list) else (value,)
    if not values or not all(isinstance(item, str) and item for item in values):
        raise _not_a_token()
    return values


def _require_claim(token: SignedToken, name: str) -> Any:
    value = token.claims.get(name)
    if value is None:
        raise invalid_login_token(f"Missing a required claim: {name}")
    return value


def _decode_part(part: str) -> Mapping[str, Any]:
    try:
        decoded = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        raise _not_a_token() from None
    value = parse_object(decoded)
    if value is None:
        raise _not_a_token()
    return value


def _is_signed_with(token: SignedToken, key: Mapping[str, Any]) -> bool:
    if len(str(key.get("n"))) > _MAX_MODULUS_LENGTH or key.get("use", "sig") != "sig":
        return False
    # RFC 7515 requires that unknown header parameters are ignored, and real providers send many of
    # them.
    registry = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    registry.max_header_length = len(token.text)
    try:
        jws.deserialize_compact(token.text, RSAKey.import_key(dict(key)), registry=registry)
    except (JoseError, ValueError):
        return False
    return True


def _not_a_token() -> AwsError:
    return invalid_login_token("Not a valid OpenId Connect identity token.")
