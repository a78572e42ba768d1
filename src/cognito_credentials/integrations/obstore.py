"""Credentials for obstore, and for zarr, xarray, virtualizarr and other libraries that use obstore.

    from obstore.store import S3Store
    from cognito_credentials import from_cognito_identity_pool
    from cognito_credentials.integrations.obstore import credential_provider

    provider = from_cognito_identity_pool("us-east-1:1699ebc0-7900-4099-b910-2df94f52a030")
    store = S3Store("game", credential_provider=credential_provider(provider))

The sync and the async methods of the store can be used. obstore calls the credential provider in
its own thread, so a fetch does not block an event loop.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypedDict

from cognito_credentials.credentials import Credentials
from cognito_credentials.integrations._callables import CredentialsCallable
from cognito_credentials.integrations._libraries import require_library
from cognito_credentials.integrations._provider_types import SyncProvider

__all__ = ["CredentialProvider", "credential_provider"]


class S3Credential(TypedDict):
    """Credentials in the form of `obstore.store.S3Credential`."""

    access_key_id: str
    secret_access_key: str
    token: str
    expires_at: datetime


class CredentialProvider(CredentialsCallable):
    """Callable for `S3Store(credential_provider=...)`."""

    # If fewer than 5 minutes remain, obstore calls the callable again, at most once every 100 ms.
    # With this value, fewer than 5 minutes always remain.
    max_reported_seconds: float = 240.0

    def __init__(self, provider: Any) -> None:
        super().__init__(provider)
        with require_library("obstore", extra="obstore", minimum="0.6"):
            pass
        # obstore reads settings of the store from this attribute; arguments of the store take
        # precedence.
        self.config: dict[str, str] = {"region": self._cache.provider.region}

    def _convert(self, credentials: Credentials, expires_at: float) -> S3Credential:
        return {
            "access_key_id": credentials.access_key_id,
            "secret_access_key": credentials.secret_access_key,
            "token": credentials.session_token,
            "expires_at": datetime.fromtimestamp(expires_at, UTC),
        }


def credential_provider(provider: SyncProvider) -> CredentialProvider:
    """Return a credential provider for `obstore.store.S3Store` and `obstore.store.from_url`.

    If the store has no region, the region of the identity pool is used. obstore calls the
    credential provider at most once every 100 ms, so new credentials are used soon after
    `mark_rejected`.

    Args:
        provider: A provider, a `ProviderConfig`, a cache, or the object that `user(...)` of a broker
            returns. The caller must close the object.

    Raises:
        ConfigurationError: If obstore is not installed, or the provider is async, closed or of
            another type.
    """
    return CredentialProvider(provider)
