"""The identity pool's own OpenID token: what STS sees of an identity.

Claims, their order, the RS512 header and the key id are those of tokens that the service
issues. There is no ``nbf``, ``jti`` or ``token_use``. The signing key belongs to the process:
making one takes long, and a test that builds a hundred emulators should not pay for it.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from joserfc import jws
from joserfc.jwk import RSAKey

from cognito_credentials.emulator.identity.errors import invalid_login_token
from cognito_credentials.emulator.identity.signed_tokens import check_expiry, read, verify_signature

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cognito_credentials.emulator.identity.ports import EmulatorClock

TAGS_CLAIM = "https://aws.amazon.com/tags"
POOL_ARN_CLAIM = "https://cognito-identity.amazonaws.com/identity-pool-arn"

_ALGORITHM = "RS512"
_key_lock = threading.Lock()
_keys: list[RSAKey] = []


def provider_name(region: str) -> str:
    """Return the service's own name as a login provider and federated principal.

    One host for the commercial regions, one for each region of the other partitions. Opt-in
    regions have hosts of their own too; the emulator gives them the common one.
    """
    if region.startswith("cn-"):
        return f"cognito-identity.{region}.amazonaws.com.cn"
    if region.startswith("us-gov-"):
        return f"cognito-identity.{region}.amazonaws.com"
    return "cognito-identity.amazonaws.com"


class PoolTokens:
    """Issue and verify the tokens of the identity pools of one region. Thread-safe."""

    def __init__(self, *, region: str, clock: EmulatorClock) -> None:
        self.provider_name = provider_name(region)
        self._issuer = f"https://{self.provider_name}"
        self._key_id = f"{region}-1"
        self._clock = clock

    def claims(
        self,
        *,
        identity_id: str,
        pool_id: str,
        pool_arn: str | None,
        amr: Sequence[str],
        lifetime: float,
        tags: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the claims of a token that ends ``lifetime`` seconds from now.

        ``tags`` is the content of the session tags claim, ``pool_arn`` names the pool in full;
        with None the claim is left out, as the service does with a guest's ``pool_arn``.
        """
        now = int(self._clock.now())
        claims: dict[str, Any] = {"sub": identity_id, "aud": pool_id, "amr": list(amr)}
        if tags:
            claims[TAGS_CLAIM] = tags
        claims["iss"] = self._issuer
        if pool_arn is not None:
            claims[POOL_ARN_CLAIM] = pool_arn
        claims["exp"] = now + int(lifetime)
        claims["iat"] = now
        return claims

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return ``claims``, in their order, as a signed token."""
        header = {"kid": self._key_id, "typ": "JWS", "alg": _ALGORITHM}
        payload = json.dumps(claims, separators=(",", ":"))
        return jws.serialize_compact(header, payload, _signing_key(), algorithms=[_ALGORITHM])

    def verify(self, token: str) -> dict[str, Any]:
        """Return the claims of a token of ours.

        Raises ``ServiceFault`` where it is not one, and ``LoginTokenExpired`` (a fault that
        knows both times) where it no longer is.
        """
        signed = read(token)
        if signed.claims.get("iss") != self._issuer:
            raise invalid_login_token("Issuer doesn't match providerName")
        verify_signature(signed, self.key_set())
        check_expiry(signed, self._clock.now())
        return dict(signed.claims)

    def key_set(self) -> dict[str, Any]:
        """Return the JWKS that the service publishes at ``/.well-known/jwks_uri``."""
        public = _signing_key().as_dict(private=False)
        return {"keys": [{**public, "kid": self._key_id, "alg": _ALGORITHM, "use": "sig"}]}


def _signing_key() -> RSAKey:
    with _key_lock:
        if not _keys:
            _keys.append(RSAKey.generate_key(2048))
        return _keys[0]
