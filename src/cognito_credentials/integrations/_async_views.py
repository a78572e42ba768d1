"""Async access to the caches of sync providers, for libraries that sign requests in tasks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from cognito_credentials._aio.cache import AsyncCredentialsCache
from cognito_credentials._aio.user_credentials import AsyncUserCredentials
from cognito_credentials._base.daemon_threads import call_in_thread
from cognito_credentials._sync.cache import CredentialsCache
from cognito_credentials._sync.user_credentials import UserCredentials
from cognito_credentials.credentials import Credentials
from cognito_credentials.integrations._providers import any_cache

__all__ = ["AsyncView", "as_async_cache", "get_fresh_reader"]


class AsyncView:
    """Async interface to the cache of a sync provider.

    Fresh credentials are returned immediately. If the cache has to wait for a fetch or a lock, the
    wait happens in a daemon thread, so it delays neither the event loop nor the exit of the
    program. Several event loops may use the object.
    """

    def __init__(self, cache: CredentialsCache | UserCredentials) -> None:
        self._cache = cache
        self.provider: Any = cache.provider
        self._get_fresh = get_fresh_reader(cache)

    async def get(self) -> Credentials:
        """Return valid credentials; see `CredentialsCache.get`."""
        fresh = self._get_fresh()
        if fresh is not None:
            return fresh
        return await call_in_thread(self._cache.get)

    @property
    def cache(self) -> CredentialsCache | UserCredentials:
        """The sync cache."""
        return self._cache

    def __getattr__(self, name: str) -> Any:
        # Forward the methods that do not wait, such as `mark_rejected`.
        return getattr(self._cache, name)

    def __repr__(self) -> str:
        return repr(self._cache)


def get_fresh_reader(
    cache: CredentialsCache | UserCredentials | AsyncCredentialsCache | AsyncUserCredentials,
) -> Callable[[], Credentials | None]:
    """Return a function that returns the credentials if they need no refresh, otherwise None.

    The function never waits and takes no lock.
    """
    if isinstance(cache, UserCredentials | AsyncUserCredentials):
        read = cache.provider._get_fresh  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        return partial(read, cache.user_identifier, cache.logins)
    return cache._get_fresh  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


def as_async_cache(provider: Any) -> AsyncCredentialsCache | AsyncUserCredentials | AsyncView:
    """Return a cache with an async method `get` for a provider, sync or async, or for a config.

    Raises:
        ConfigurationError: If the argument is not a provider, a cache or one user's credentials, or
            is closed.
    """
    cache = any_cache(provider)
    if isinstance(cache, CredentialsCache | UserCredentials):
        return AsyncView(cache)
    return cache
