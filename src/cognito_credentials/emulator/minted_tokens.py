"""Login tokens that the emulator issues in place of a login provider, so that tests need no provider."""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from cognito_credentials.emulator.clock import EmulatorClock
from cognito_credentials.emulator.identity.opaque_tokens import OPAQUE_TOKEN_PROVIDERS
from cognito_credentials.emulator.identity.pools import IdentityPool
from cognito_credentials.emulator.identity.service import IdentityService
from cognito_credentials.emulator.issuer import id_tokens
from cognito_credentials.emulator.moto.login_providers import MotoLoginProviders


class TokenMinter:
    """Mints login tokens of the providers that the identity pools trust. Thread-safe.

    Args:
        identity_service: The service whose identity pools name the trusted providers.
        login_providers: Receives the key with which the tokens are signed.
        clock: The clock that determines when the tokens expire.
    """

    def __init__(
        self,
        identity_service: IdentityService,
        login_providers: MotoLoginProviders,
        clock: EmulatorClock,
    ) -> None:
        self._identity_service = identity_service
        self._login_providers = login_providers
        self._clock = clock

    def mint(
        self,
        provider_name: str,
        subject: str,
        *,
        audience: str | None = None,
        claims: Mapping[str, Any] | None = None,
        lifetime: float = 3600,
    ) -> str:
        """Return a new login token; see `Emulator.mint_token`."""
        if not subject:
            raise ValueError("subject must be a user at the login provider, not an empty string")
        if not math.isfinite(lifetime):
            raise ValueError(f"lifetime must be a number of seconds, not {lifetime!r}")
        audience = self._choose_audience(provider_name, audience)
        if provider_name in OPAQUE_TOKEN_PROVIDERS:
            token = secrets.token_urlsafe(32)
            self._identity_service.register_opaque_token(provider_name, token, audience, subject)
            return token
        now = self._clock.now()
        (key,) = id_tokens.key_set()["keys"]
        issuer = self._login_providers.trust_key(provider_name, key)
        all_claims = {
            "iss": issuer,
            "sub": subject,
            "aud": audience,
            "iat": int(now),
            "auth_time": int(now),
            "exp": int(now + lifetime),
            "token_use": "id",
            **(claims or {}),
        }
        return id_tokens.sign(all_claims)

    def _choose_audience(self, provider_name: str, audience: str | None) -> str:
        trusted: dict[str, list[str]] = {}
        for pool in self._identity_service.list_pools():
            for name, client_id in self._list_clients(pool):
                trusted.setdefault(name, []).append(client_id)
        if provider_name not in trusted:
            raise ValueError(
                "provider_name must be a login provider that an identity pool trusts"
                f" ({', '.join(sorted(trusted)) or 'there is none yet'}), not {provider_name!r}"
            )
        client_ids = sorted(set(trusted[provider_name]))
        if audience is None:
            if len(client_ids) != 1:
                raise ValueError(
                    "audience is required, because identity pools accept several client IDs of"
                    f" {provider_name}: {', '.join(client_ids)}"
                )
            return client_ids[0]
        return audience

    def _list_clients(self, pool: IdentityPool) -> Iterator[tuple[str, str]]:
        for user_pool in pool.user_pools:
            yield user_pool["ProviderName"], user_pool.get("ClientId", "")
        yield from pool.social_providers.items()
        for arn in pool.oidc_provider_arns:
            try:
                client_ids = self._login_providers.get_oidc_client_ids(arn)
            except KeyError:
                continue  # The provider was deleted from IAM.
            for client_id in client_ids:
                yield arn.partition(":oidc-provider/")[2], client_id
