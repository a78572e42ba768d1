"""The objects that a process has created from configs: one set of objects for equal configs."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from cognito_credentials._base.after_fork import reset_after_fork
from cognito_credentials._base.open_caches import is_cache_open
from cognito_credentials._base.provider import create_cache
from cognito_credentials._sync import provider as sync_providers
from cognito_credentials._sync.cache import CredentialsCache
from cognito_credentials.stores.config import create_store

if TYPE_CHECKING:
    from collections.abc import Hashable

    from cognito_credentials._aio.cache import AsyncCredentialsCache

__all__ = ["ProcessObjects", "process_objects"]

COMMON_ARGUMENTS = ("custom_role_arn", "logins", "client_config", "basic_flow")
POOL_ARGUMENTS = ("account_id", "user_identifier")


class ProcessObjects:
    """The store, the provider and the caches that this process has created from equal configs.

    The sync and the async cache use the same store. Reading an open cache takes no lock.

    Args:
        arguments: The arguments of the config.
    """

    def __init__(self, arguments: dict[str, Any]) -> None:
        self._arguments = arguments
        self._store: Any = None
        self._cache: CredentialsCache | None = None
        self._async_cache: AsyncCredentialsCache | None = None

    def get_cache(self) -> CredentialsCache:
        """Return the sync cache; create it if there is none, or if it is closed."""
        cache = self._cache
        if cache is not None and is_cache_open(cache):
            return cache
        with _registry.lock:
            cache = self._cache
            if cache is None or not is_cache_open(cache):
                cache = self._cache = self._create_cache(sync_providers, CredentialsCache)
            return cache

    def get_async_cache(self) -> AsyncCredentialsCache:
        """Return the async cache; create it if there is none, or if it is closed."""
        cache = self._async_cache
        if cache is not None and is_cache_open(cache):
            return cache
        # Imported here, because sync programs do not need asyncio.
        from cognito_credentials._aio import provider as async_providers
        from cognito_credentials._aio.cache import AsyncCredentialsCache

        with _registry.lock:
            cache = self._async_cache
            if cache is None or not is_cache_open(cache):
                cache = self._async_cache = self._create_cache(
                    async_providers, AsyncCredentialsCache
                )
            return cache

    def close(self) -> None:
        """Close the sync provider and, unless the async provider uses it, the store."""
        with _registry.lock:
            cache, self._cache = self._cache, None
        if cache is not None:
            cache.provider.close()
        self._close_store()

    async def aclose(self) -> None:
        """Close the async provider and, unless the sync provider uses it, the store."""
        with _registry.lock:
            cache, self._async_cache = self._async_cache, None
        if cache is not None:
            await cache.provider.aclose()
        self._close_store()

    def _create_cache(self, providers: Any, cache_class: Any) -> Any:
        arguments = self._arguments
        if self._store is None and arguments["store"] is not None:
            self._store = create_store(arguments["store"])
        store, policy = self._store, arguments["policy"]
        common = {name: arguments[name] for name in COMMON_ARGUMENTS}
        if arguments["identity_id"] is not None:
            provider = providers.from_cognito_identity(arguments["identity_id"], **common)
        else:
            others = {name: arguments[name] for name in POOL_ARGUMENTS}
            provider = providers.from_cognito_identity_pool(
                arguments["identity_pool_id"], **common, **others
            )
        return create_cache(provider, lambda it: cache_class(it, policy, store=store))

    def _close_store(self) -> None:
        with _registry.lock:
            if self._cache is not None or self._async_cache is not None:
                return
            store, self._store = self._store, None
        if hasattr(store, "close"):
            store.close()


class _Registry:
    """The objects of all configs, and the lock under which they are created."""

    def __init__(self) -> None:
        self.objects: dict[Hashable, ProcessObjects] = {}
        self.reset()
        reset_after_fork(self)

    def reset(self) -> None:
        """Replace the lock, because a thread in the parent process may have held it."""
        # The lock is reentrant, because a signal handler may use a config while the interrupted
        # code holds the lock.
        self.lock = threading.RLock()


_registry = _Registry()


def process_objects(config: Hashable, arguments: dict[str, Any]) -> ProcessObjects:
    """Return the objects of this process for a config; equal configs have the same objects."""
    return _registry.objects.get(config) or _registry.objects.setdefault(
        config, ProcessObjects(arguments)
    )
