"""Credentials for Daft.

`S3Config` accepts the result of `credentials_provider`:

    import daft
    from daft.io import IOConfig, S3Config
    from cognito_credentials import from_cognito_identity_pool
    from cognito_credentials.integrations.daft import credentials_provider

    provider = from_cognito_identity_pool("us-east-1:1699ebc0-7900-4099-b910-2df94f52a030")
    s3 = S3Config(region_name="us-east-1", credentials_provider=credentials_provider(provider))
    scores = daft.read_parquet("s3://game/scores/*.parquet", io_config=IOConfig(s3=s3))
"""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from cognito_credentials.credentials import Credentials
from cognito_credentials.integrations._callables import CredentialsCallable
from cognito_credentials.integrations._libraries import require_library
from cognito_credentials.integrations._provider_types import SyncProvider

__all__ = ["CredentialsProvider", "credentials_provider"]


class CredentialsProvider(CredentialsCallable):
    """Callable for `daft.io.S3Config(credentials_provider=...)`."""

    # Daft calls the callable again at most 10 seconds before the reported expiration.
    max_reported_seconds: float = 30.0

    def __init__(self, provider: Any) -> None:
        super().__init__(provider)
        with require_library("daft", extra="daft", minimum="0.7"):
            self._type = import_module("daft.io").S3Credentials

    def _convert(self, credentials: Credentials, expires_at: float) -> Any:
        return self._type(
            key_id=credentials.access_key_id,
            access_key=credentials.secret_access_key,
            session_token=credentials.session_token,
            expiry=datetime.fromtimestamp(expires_at, UTC),
        )


def credentials_provider(provider: SyncProvider) -> CredentialsProvider:
    """Return a credentials provider for `daft.io.S3Config`.

    Daft calls the credentials provider every 20 to 30 seconds, so new credentials are used soon after
    `mark_rejected`.

    Args:
        provider: A provider, a `ProviderConfig`, a cache, or the object that `user(...)` of a broker
            returns. The caller must close the object.

    Raises:
        ConfigurationError: If Daft is not installed, or the provider is async, closed or of
            another type.
    """
    return CredentialsProvider(provider)
