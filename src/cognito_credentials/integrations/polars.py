"""Credentials for polars.

Functions such as `scan_parquet` accept the result of `credential_provider`:

    import polars as pl
    from cognito_credentials import from_cognito_identity_pool
    from cognito_credentials.integrations.polars import credential_provider

    provider = from_cognito_identity_pool("us-east-1:1699ebc0-7900-4099-b910-2df94f52a030")
    scores = pl.scan_parquet(
        "s3://game/scores/*.parquet",
        storage_options={"aws_region": "us-east-1"},
        credential_provider=credential_provider(provider),
    )
"""

from __future__ import annotations

from typing import Any

from cognito_credentials.credentials import Credentials
from cognito_credentials.integrations._callables import CredentialsCallable
from cognito_credentials.integrations._libraries import require_library
from cognito_credentials.integrations._provider_types import SyncProvider

__all__ = ["CredentialProvider", "credential_provider"]


class CredentialProvider(CredentialsCallable):
    """Callable for the parameter `credential_provider` of polars' functions."""

    # polars calls the callable again only after the reported expiration.
    max_reported_seconds: float = 10.0

    def __init__(self, provider: Any) -> None:
        super().__init__(provider)
        with require_library("polars", extra="polars", minimum="1.25"):
            pass

    def _convert(self, credentials: Credentials, expires_at: float) -> tuple[dict[str, str], int]:
        keys = {
            "aws_access_key_id": credentials.access_key_id,
            "aws_secret_access_key": credentials.secret_access_key,
            "aws_session_token": credentials.session_token,
        }
        return keys, int(expires_at)


def credential_provider(provider: SyncProvider) -> CredentialProvider:
    """Return a credential provider for the scan, read, sink and write functions of polars.

    polars calls the credential provider every 5 to 10 seconds, so new credentials are used soon after
    `mark_rejected`. Create one credential provider and pass it to all functions, because polars
    caches credentials separately for each object.

    Args:
        provider: A provider, a `ProviderConfig`, a cache, or the object that `user(...)` of a broker
            returns. The caller must close the object.

    Raises:
        ConfigurationError: If polars is not installed, or the provider is async, closed or of
            another type.
    """
    return CredentialProvider(provider)
