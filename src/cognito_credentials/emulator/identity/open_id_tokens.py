"""The OpenID tokens of identity pools, which GetOpenIdToken returns and STS accepts.

The names and the order of the claims, the header (RS512) and the form of the key ID are the same as
in real tokens. There is no `nbf`, `jti` or `token_use`. All emulators in a process share one signing key, because generating a
key is slow.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from joserfc import jws
from joserfc.jwk import RSAKey

from cognito_credentials.emulator.clock import EmulatorClock
from cognito_credentials.emulator.identity.errors import WrongIssuerError
from cognito_credentials.emulator.identity.signed_tokens import (
    check_expiry,
    parse_token,
    require_text_claim,
    verify_signature,
)
from cognito_credentials.emulator.quoting import quote

TAGS_CLAIM = "https://aws.amazon.com/tags"
POOL_ARN_CLAIM = "https://cognito-identity.amazonaws.com/identity-pool-arn"

_ALGORITHM = "RS512"
_KEY_ID = re.compile(r"[a-z]+(-[a-z]+)+-[0-9]+-1")
_key_lock = threading.Lock()
_keys: list[RSAKey] = []


def own_provider_name(region: str) -> str:
    """Return the service's own login provider name, which is also its federated principal.

    The commercial regions share one host. In other partitions, each region has its own host. In
    AWS, opt-in regions also have their own hosts, but the emulator uses the shared host.
    """
    if region.startswith("cn-"):
        return f"cognito-identity.{region}.amazonaws.com.cn"
    if region.startswith("us-gov-"):
        return f"cognito-identity.{region}.amazonaws.com"
    return "cognito-identity.amazonaws.com"


class OpenIdTokens:
    """Issuer and verifier of OpenID tokens for the identity pools in one region. Thread-safe.

    Attributes:
        provider_name: The login provider name under which the tokens are used as login tokens.
        issuer: The issuer of the tokens, a URL of AWS.
    """

    def __init__(self, *, region: str, clock: EmulatorClock) -> None:
        self.provider_name: str = own_provider_name(region)
        self.issuer: str = f"https://{self.provider_name}"
        self._key_id = f"{region}-1"
        self._clock = clock

    def make_claims(
        self,
        *,
        identity_id: str,
        pool_id: str,
        pool_arn: str | None,
        amr: Sequence[str],
        lifetime: float,
        tags: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the claims of a new token.

        Args:
            identity_id: The identity ID.
            pool_id: The identity pool ID.
            pool_arn: The ARN of the identity pool. None for a guest, whose tokens do not contain
                the ARN.
            amr: The authentication methods.
            lifetime: The lifetime of the token, in seconds.
            tags: The content of the session tags claim. None omits the claim.
        """
        now = int(self._clock.now())
        claims: dict[str, Any] = {"sub": identity_id, "aud": pool_id, "amr": list(amr)}
        if tags:
            claims[TAGS_CLAIM] = tags
        claims["iss"] = self.issuer
        if pool_arn is not None:
            claims[POOL_ARN_CLAIM] = pool_arn
        claims["exp"] = now + int(lifetime)
        claims["iat"] = now
        return claims

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return a signed token with these claims, in this order."""
        header = {"kid": self._key_id, "typ": "JWS", "alg": _ALGORITHM}
        payload = json.dumps(claims, separators=(",", ":"))
        return jws.serialize_compact(header, payload, _signing_key(), algorithms=[_ALGORITHM])

    def verify(self, token: str) -> dict[str, Any]:
        """Return the claims of a token that this service issued, in any region with this issuer.

        Raises:
            TokenExpiredError: If the token has expired.
            WrongIssuerError: If the token was not issued by this service.
            AwsError: If the token is malformed, or its signature is wrong.
        """
        signed = parse_token(token)
        issuer = require_text_claim(signed, "iss")
        if issuer != self.issuer:
            raise WrongIssuerError(issuer).with_explanation(
                f"The issuer in the token is {quote(issuer)} (iss), and the issuer of the service"
                f" is {quote(self.issuer)}."
            )
        key_id = str(signed.header.get("kid"))
        if _KEY_ID.fullmatch(key_id):  # All regions have the same key, with different key IDs.
            verify_signature(signed, _make_key_set(key_id))
        else:
            verify_signature(signed, self.key_set())
        check_expiry(signed, self._clock.now())
        return dict(signed.claims)

    def key_set(self) -> dict[str, Any]:
        """Return the JWKS that the service publishes at `/.well-known/jwks_uri`."""
        return _make_key_set(self._key_id)


def _make_key_set(key_id: str) -> dict[str, Any]:
    public = _signing_key().as_dict(private=False)
    return {"keys": [{**public, "kid": key_id, "alg": _ALGORITHM, "use": "sig"}]}


def _signing_key() -> RSAKey:
    with _key_lock:
        if not _keys:
            _keys.append(RSAKey.generate_key(2048))
        return _keys[0]
