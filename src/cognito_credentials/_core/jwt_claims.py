"""A look at what a JSON Web Token says of itself (RFC 7519).

Nothing is verified here, and nothing may be believed because of it: the service verifies. The
claims only serve to say early and in plain words what the service would refuse.
"""

from __future__ import annotations

import json
from binascii import a2b_base64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["decode_claims", "get_expiry", "is_expired"]

_END_OF_TIME = 1e15


def decode_claims(token: str) -> dict[str, Any] | None:
    """Return the claims of a signed JWT, or None for anything else; never raises."""
    try:
        _, payload, _ = token.split(".")
        payload = payload.replace("-", "+").replace("_", "/")
        claims = json.loads(a2b_base64(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None  # pyright: ignore[reportUnknownVariableType]


def get_expiry(claims: Mapping[str, Any]) -> float | None:
    """Return the `exp` claim in seconds since 1970, where it is there and a number."""
    value = claims.get("exp")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    # JSON as Python reads it has NaN, infinities and integers that no float holds.
    return float(value) if abs(value) < _END_OF_TIME else None


def is_expired(token: str, now: float) -> bool:
    """Tell whether a JWT is past its time; False for what is no JWT or names no time."""
    claims = decode_claims(token)
    expiry = None if claims is None else get_expiry(claims)
    return expiry is not None and expiry <= now
