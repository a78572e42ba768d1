"""Credentials for icechunk.

Functions such as `s3_storage` accept the result of `get_credentials`:

    import icechunk
    from cognito_credentials import from_cognito_identity_pool
    from cognito_credentials.integrations.icechunk import get_credentials

    provider = from_cognito_identity_pool("us-east-1:1699ebc0-7900-4099-b910-2df94f52a030")
    storage = icechunk.s3_storage(
        bucket="game", prefix="maps", region="us-east-1", get_credentials=get_credentials(provider)
    )
"""

from __future__ import annotations

import pickle
import secrets
import weakref
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from cognito_credentials.credentials import Credentials
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.integrations._callables import CredentialsCallable
from cognito_credentials.integrations._libraries import require_library
from cognito_credentials.integrations._provider_types import SyncProvider

__all__ = ["CredentialsGetter", "get_credentials"]


# The getters that cannot be pickled, by the keys that are pickled instead.
_getters: weakref.WeakValueDictionary[str, CredentialsGetter] = weakref.WeakValueDictionary()


class CredentialsGetter(CredentialsCallable):
    """Callable for the parameter `get_credentials` of icechunk's functions."""

    # icechunk calls the callable again shortly before the reported expiration.
    max_reported_seconds: float = 30.0

    def __init__(self, provider: Any) -> None:
        super().__init__(provider)
        with require_library("icechunk", extra="icechunk", minimum="1"):
            self._type = import_module("icechunk").S3StaticCredentials
        self._key = secrets.token_hex(16)

    def __reduce__(self) -> tuple[Any, ...]:
        try:
            pickle.dumps(self._provider)
        except TypeError:
            return _find_getter, (self._register(),)
        return super().__reduce__()

    def _register(self) -> str:
        """Register this object, and return the key under which this process can find it."""
        # The cache keeps this object alive: icechunk stores only the pickled callable.
        self._cache.__dict__.setdefault("_getters_of_icechunk", set()).add(self)
        _getters[self._key] = self
        return self._key

    def _convert(self, credentials: Credentials, expires_at: float) -> Any:
        return self._type(
            access_key_id=credentials.access_key_id,
            secret_access_key=credentials.secret_access_key,
            session_token=credentials.session_token,
            expires_after=datetime.fromtimestamp(expires_at, UTC),
        )


def get_credentials(provider: SyncProvider) -> CredentialsGetter:
    """Return a callable for `icechunk.s3_storage(get_credentials=...)` and similar functions.

    Args:
        provider: A provider, a `ProviderConfig`, a cache, or the object that `user(...)` of a broker
            returns. The caller must close the object.

    Raises:
        ConfigurationError: If icechunk is not installed, or the provider is async, closed or of
            another type.
    """
    return CredentialsGetter(provider)


def _find_getter(key: str) -> CredentialsGetter:
    """Return the getter that is registered under a key.

    Raises:
        ConfigurationError: If the getter was pickled in another process, or its provider no longer
            exists.
    """
    getter = _getters.get(key)
    if getter is None:
        raise ConfigurationError(
            "the credentials of an icechunk storage belong to a provider that this process does not "
            "have",
            hint="Pass a ProviderConfig to get_credentials, so that each process creates its own "
            "provider. Otherwise, use the storage only while its provider exists.",
        )
    return getter
