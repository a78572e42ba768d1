"""Read and check a signed JSON Web Token (RFC 7515, RFC 7519).

Split in the three steps that the service refuses separately, each with its own text: the
shape, the signature, the expiry. RSA signatures only: the service takes no others.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from cognito_credentials.emulator.identity.errors import LoginTokenExpired, invalid_login_token

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cognito_credentials.emulator.identity.errors import ServiceFault

ALGORITHMS = ("RS256", "RS384", "RS512")

_COMPACT_FORM = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)

_FAR_FUTURE = 1e12
"""Seconds since the Unix epoch beyond which a claim is no time at all (nor are inf and nan)."""


@dataclass(frozen=True, slots=True)
class SignedToken:
    """Hold a token whose header and claims were read but not yet believed."""

    text: str = field(repr=False)
    header: Mapping[str, Any]
    claims: Mapping[str, Any] = field(repr=False)


def read(text: str) -> SignedToken:
    """Take a token apart; raise ``ServiceFault`` where it is not a JSON Web Token."""
    if not _COMPACT_FORM.fullmatch(text):
        raise _not_a_token()
    header, claims, _ = text.split(".")
    return SignedToken(text, _json_object(header), _json_object(claims))


def verify_signature(token: SignedToken, key_set: Mapping[str, Any] | None) -> None:
    """Check a token against a JWKS; ``None`` is a key set that could not be had.

    Raises ``ServiceFault``, with one text for a bad signature, an unknown key and no keys.
    """
    keys: list[Mapping[str, Any]] = list((key_set or {}).get("keys", ()))
    for key in keys:
        if key.get("kid") == token.header.get("kid") and _is_signed_with(token, key):
            return
    raise invalid_login_token("Couldn't verify signed token.")


def check_expiry(token: SignedToken, now: float) -> None:
    """Raise ``LoginTokenExpired`` from the very second of ``exp`` on: there is no grace."""
    expires = numeric_claim(token, "exp")
    if now >= expires:
        raise LoginTokenExpired(now=int(now), expires=int(expires))


def text_claim(token: SignedToken, name: str) -> str:
    """Return a claim that must be there and be a non-empty string."""
    value = _required(token, name)
    if not isinstance(value, str) or not value:
        raise _not_a_token()
    return value


def numeric_claim(token: SignedToken, name: str) -> float:
    """Return a claim that must be there and be a time in seconds since the Unix epoch."""
    value = _required(token, name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _not_a_token()
    if not abs(value) < _FAR_FUTURE:
        raise _not_a_token()
    return value


def audiences(token: SignedToken) -> tuple[str, ...]:
    """Return ``aud``, which RFC 7519 lets be one string or an array of them."""
    value = _required(token, "aud")
    values = tuple(cast("Sequence[Any]", value)) if isinstance(value, list) else (value,)
    if not values or not all(isinstance(item, str) and item for item in values):
        raise _not_a_token()
    return values


def _required(token: SignedToken, name: str) -> Any:
    value = token.claims.get(name)
    if value is None:
        raise invalid_login_token(f"Missing a required claim: {name}")
    return value


def _json_object(part: str) -> Mapping[str, Any]:
    try:
        value: Any = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise _not_a_token()
    return cast("dict[str, Any]", value)


def _is_signed_with(token: SignedToken, key: Mapping[str, Any]) -> bool:
    # RFC 7515 says to ignore unknown header members; real providers send plenty.
    registry = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    registry.max_header_length = len(token.text)
    try:
        jws.deserialize_compact(token.text, RSAKey.import_key(dict(key)), registry=registry)
    except (JoseError, ValueError):
        return False
    return True


def _not_a_token() -> ServiceFault:
    return invalid_login_token("Not a valid OpenId Connect identity token.")
