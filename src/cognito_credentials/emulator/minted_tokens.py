"""Login tokens that the emulator issues in place of a login provider, so that tests need no provider."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from cognito_credentials.emulator.clock import EmulatorClock
from cognito_credentials.emulator.identity.opaque_tokens import OPAQUE_TOKEN_PROVIDERS
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
        audience = self._choose_audience(provider_name, audience)
        if provider_name in OPAQUE_TOKEN_PROVIDERS:
            token = secrets.token_urlsafe(32)
            self._identity_service.register_opaque_token(provider_name, token, audience, subject)
            return token
        (key,) = id_tokens.key_set()["keys"]
        return id_tokens.issue(
            issuer=self._login_providers.trust_key(provider_name, key),
            subject=subject,
            audience=audience,
            now=self._clock.now(),
            lifetime=lifetime,
            claims={"token_use": "id", **(claims or {})},
        )

    def _choose_audience(self, provider_name: str, audience: str | None) -> str:
        trusted = self._list_trusted_clients()
        if provider_name not in trusted:
            raise ValueError(
                "provider_name must be a login provider that an identity pool trusts, and not a SAML"
                " or developer provider"
                f" ({', '.join(sorted(trusted)) or 'there is none yet'}), not {provider_name!r}"
            )
        client_ids = trusted[provider_name]
        if audience is not None:
            return audience
        if len(client_ids) > 1:
            raise ValueError(
                "audience is required, because identity pools accept several client IDs of"
                f" {provider_name}: {', '.join(sorted(client_ids))}"
            )
        return min(client_ids)

    def _list_trusted_clients(self) -> dict[str, set[str]]:
        """Return the client IDs that identity pools accept, by login provider name."""
        service = self._identity_service
        trusted: dict[str, set[str]] = {}
        for pool in service.list_pools():
            for name in pool.public_providers:
                client_ids = service.list_client_ids(pool, name)
                if client_ids:
                    trusted.setdefault(name, set()).update(client_ids)
        return trusted
