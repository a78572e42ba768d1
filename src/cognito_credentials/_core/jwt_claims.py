"""Claims of JSON Web Tokens (RFC 7519), read without verification.

These claims must not be trusted, because only the service verifies tokens. The library uses these
claims to reject invalid tokens early, to explain errors, and to distinguish users in caches.
"""

from __future__ import annotations

import json
from binascii import a2b_base64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["decode_claims", "get_expiry", "get_time", "is_expired"]

MAX_TIME_SECONDS = 1e15


def decode_claims(token: str) -> dict[str, Any] | None:
    """Return the claims of a signed JWT, or None for any other string, however malformed."""
    try:
        _, payload, _ = token.split(".")
        payload = payload.replace("-", "+").replace("_", "/")
        claims = json.loads(a2b_base64(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None  # pyright: ignore[reportUnknownVariableType]


def get_expiry(claims: Mapping[str, Any]) -> float | None:
    """Return the `exp` claim in seconds since 1970, or None if it is missing or not a number."""
    return get_time(claims, "exp")


def get_time(claims: Mapping[str, Any], name: str) -> float | None:
    """Return a time claim in seconds since 1970, or None if it is missing or not a number."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    # Python's JSON parser may return NaN, infinity, and integers that a float cannot represent.
    return float(value) if abs(value) < MAX_TIME_SECONDS else None


def is_expired(token: str, now: float) -> bool:
    """Return True if a token is a JWT that expired at or before `now`."""
    claims = decode_claims(token)
    expiry = None if claims is None else get_expiry(claims)
    return expiry is not None and expiry <= now
