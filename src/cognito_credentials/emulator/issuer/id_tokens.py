"""ID tokens of the issuer, and the key that signs them and the tokens of `Emulator.mint_token`.

All emulators in a process share one signing key, because generating a key is slow.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

# Every OpenID Connect client supports this algorithm (OpenID Connect Core 3.1.3.7).
ALGORITHM = "RS256"
_KEY_ID = "cognito-credentials-emulator"
_key_lock = threading.Lock()
_keys: list[RSAKey] = []


def sign(claims: Mapping[str, Any]) -> str:
    """Return a signed token with these claims."""
    header = {"alg": ALGORITHM, "kid": _KEY_ID, "typ": "JWT"}
    return jwt.encode(header, dict(claims), _signing_key())


def issue(
    *,
    issuer: str,
    subject: str,
    audience: str,
    now: float,
    lifetime: float,
    claims: Mapping[str, Any] | None = None,
) -> str:
    """Return a signed token for a user who signs in now; `claims` replace the default claims."""
    return sign(
        {
            "iss": issuer,
            "sub": subject,
            "aud": audience,
            **time_claims(now, lifetime),
            "auth_time": int(now),
            **(claims or {}),
        }
    )


def time_claims(now: float, lifetime: float) -> dict[str, int]:
    """Return the claims `iat` and `exp` of a token with a lifetime in seconds."""
    return {"iat": int(now), "exp": int(now + lifetime)}


def key_set() -> dict[str, Any]:
    """Return the JWKS with which tokens are verified."""
    public = _signing_key().as_dict(private=False)
    return {"keys": [{**public, "kid": _KEY_ID, "alg": ALGORITHM, "use": "sig"}]}


def make_half_digest(token: str) -> str:
    """Return the `at_hash` of an access token (OpenID Connect Core 3.1.3.6)."""
    digest = hashlib.sha256(token.encode()).digest()
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")


def _signing_key() -> RSAKey:
    with _key_lock:
        if not _keys:
            _keys.append(RSAKey.generate_key(2048))
        return _keys[0]
