"""Credentials for DuckDB.

    import duckdb
    from cognito_credentials import from_cognito_identity_pool
    from cognito_credentials.integrations.duckdb import create_secret

    provider = from_cognito_identity_pool("us-east-1:1699ebc0-7900-4099-b910-2df94f52a030")
    connection = duckdb.connect()
    secret = create_secret(connection, provider)
    connection.sql("SELECT * FROM 's3://game/scores.parquet'")
    secret.refresh()  # before a query that may run an hour later
    connection.sql("SELECT * FROM 's3://game/scores.parquet'")

DuckDB stores the credentials in a secret of the database, and does not ask for new credentials.
"""

from __future__ import annotations

import re
from typing import Any

from cognito_credentials.credentials import Credentials
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.integrations._libraries import require_library
from cognito_credentials.integrations._provider_types import SyncProvider
from cognito_credentials.integrations._providers import sync_cache

__all__ = ["S3Secret", "create_secret"]

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}", re.ASCII)
KEYS = ("key_id", "secret", "session_token")


class S3Secret:
    """A secret of a DuckDB database, with the current credentials of a provider.

    Like a DuckDB connection, the object must not be used by several threads at the same time. For
    another thread, create a secret with a cursor of the connection.
    """

    def __init__(self, connection: Any, provider: Any, name: str, options: dict[str, Any]) -> None:
        for identifier in (name, *options):
            _check_identifier(identifier)
        for key in KEYS:
            if key in options:
                raise ConfigurationError(
                    f"{key} must not be passed, because the provider supplies it",
                    hint="Remove the option.",
                )
        self._connection = connection
        self._cache: Any = sync_cache(provider)
        # Older versions accept no parameters in CREATE SECRET.
        with require_library("duckdb", extra="duckdb", minimum="1.3"):
            pass
        options = {"region": self._cache.provider.region, **options}
        parameters = ", ".join(f"{key} ?" for key in (*KEYS, *options))
        self._statement = f'CREATE OR REPLACE TEMPORARY SECRET "{name}" (TYPE s3, {parameters})'
        self._options = [*options.values()]
        self._last: Credentials | None = None

    def refresh(self) -> None:
        """Replace the secret if the provider has new credentials.

        Call this method before a query; if nothing has changed, it returns within a microsecond.
        Afterwards, the credentials are valid for at least a minute, unless the cache has a different
        refresh policy or the last refresh failed. If the cache is used frequently, they are valid
        for about 17 minutes or longer, because each use can start the refresh in the background. If
        a query has failed with `ExpiredToken`, call `mark_rejected` of the provider's cache first.

        Raises:
            CognitoCredentialsError: If there are no valid credentials and the fetch failed.
        """
        credentials: Credentials = self._cache.get()
        if credentials is self._last:
            return
        keys = (
            credentials.access_key_id,
            credentials.secret_access_key,
            credentials.session_token,
        )
        self._connection.execute(self._statement, [*keys, *self._options])
        self._last = credentials

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._cache!r}>"


def create_secret(
    connection: Any, provider: SyncProvider, *, name: str = "cognito", **options: Any
) -> S3Secret:
    """Fetch credentials, and store them in a temporary secret of a DuckDB database.

    DuckDB needs its extension `httpfs`, and installs the extension automatically if it can.

    Args:
        connection: A DuckDB connection.
        provider: A provider, a `ProviderConfig`, a cache, or the object that `user(...)` of a broker
            returns. The caller must close the object.
        name: Name of the secret. An existing secret with this name is replaced.
        **options: Further parameters of the secret, such as `scope`, `endpoint`, `url_style` and
            `use_ssl`. The default `region` is the region of the identity pool.

    Raises:
        ConfigurationError: If DuckDB is older than 1.3, the provider is async, closed or of an
            unsupported type, or the name of the secret or of an option is invalid.
        CognitoCredentialsError: If the fetch failed.
    """
    secret = S3Secret(connection, provider, name, options)
    secret.refresh()
    return secret


def _check_identifier(identifier: str) -> None:
    if not IDENTIFIER.fullmatch(identifier):
        raise ConfigurationError(
            f"{identifier!r} is not a valid name for a secret or for its options",
            hint="Use at most 63 ASCII letters, digits and underscores, beginning with a letter.",
        )
