"""Adapters through which flows read and write the application's cache of identity IDs.

A cache that fails is treated as empty: one warning is logged, and no call fails. A cached value is
used only if it is an identity ID in the pool's region.
"""

from __future__ import annotations

from cognito_credentials._core import endpoints, logs, ops, records
from cognito_credentials._core.identity_id_keys import format_cache_key, format_store_key
from cognito_credentials._core.shared_store import (
    RETRY_DELAYS_SECONDS,
    SharedStore,
    StoreUnavailableError,
    locate,
)
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cognito_credentials._core.ops import Flow


def adapt_cache(cache: Any, identity_pool_id: str) -> CacheAdapter:
    """Return the adapter for a cache of identity IDs, or for a `SharedStore`."""
    if isinstance(cache, SharedStore):
        return StoreAdapter(cache, identity_pool_id)
    return CacheAdapter(cache, identity_pool_id)


class CacheAdapter:
    """Adapter for a `MutableMapping[str, str]`, or for an object with `get`, `set` and `delete`."""

    __slots__ = ("_delete", "_get", "_has_warned", "_name", "_region", "_set")

    def __init__(self, cache: Any, identity_pool_id: str) -> None:
        # Log records contain only the name of the type, because the repr of a mapping shows its
        # contents.
        self._name = type(cache).__qualname__
        self._region = endpoints.get_region(identity_pool_id)
        self._has_warned = False
        self._get: Callable[[str], Any] = cache.get
        self._set, self._delete = self._find_methods(cache)

    def _find_methods(self, cache: Any) -> tuple[Callable[..., Any], Callable[[str], Any]]:
        """Return the methods that write and delete an entry."""
        if hasattr(cache, "delete") and hasattr(cache, "set"):
            return cache.set, cache.delete
        return cache.__setitem__, lambda key: cache.pop(key, None)

    def load(self, key: str) -> Flow[str | None]:
        """Return the cached identity ID, or None."""
        return (yield from self.find(key))[0]

    def find(self, key: str, *, is_precious: bool = False) -> Flow[tuple[str | None, bool]]:
        """Return the cached identity ID or None, and whether the cache could be read.

        If `is_precious`, a failed read is retried, because without the ID, a guest would get a new
        identity.
        """
        value, is_readable = yield from self._read(key, is_precious=is_precious)
        if value is None:
            return None, is_readable
        try:
            endpoints.check_identity_id(value)
        except ConfigurationError:
            self._warn("Ignoring the value under %s in the cache: it is not an identity ID.", key)
            return None, True
        if endpoints.get_region(value) != self._region:
            self._warn(
                "Ignoring the identity ID under %s in the cache: it belongs to another region.", key
            )
            return None, True
        return str(value), True

    def save(self, key: str, identity_id: str, *, is_precious: bool = False) -> Flow[None]:
        """Write an identity ID to the cache; if `is_precious`, a failed write is retried."""
        yield from self._call_cache(self._set, key, identity_id, is_precious=is_precious)

    def add(
        self, key: str, identity_id: str, *, evicted_id: str | None, is_precious: bool = False
    ) -> Flow[str]:
        """Write an identity ID unless the cache contains another one; return the ID in the cache.

        If the cache still contains the invalid ID `evicted_id`, because deleting the ID failed,
        that ID is replaced. If `is_precious`, failed calls are retried.
        """
        cached_id, _ = yield from self.find(key, is_precious=is_precious)
        if cached_id is not None and cached_id != evicted_id:
            return cached_id
        yield from self.save(key, identity_id, is_precious=is_precious)
        return identity_id

    def evict(self, key: str, identity_id: str) -> Flow[None]:
        """Delete an identity ID, unless another process has replaced it."""
        if (yield from self._read(key))[0] == identity_id:
            yield from self._remove(key)

    def _read(self, key: str, *, is_precious: bool = False) -> Flow[tuple[Any, bool]]:
        """Return the cached value, and whether the cache could be read."""
        return (yield from self._call_cache(self._get, key, is_precious=is_precious))

    def _remove(self, key: str) -> Flow[None]:
        yield from self._call_cache(self._delete, key)

    def _call_cache(
        self, function: Callable[..., Any], *arguments: Any, is_precious: bool = False
    ) -> Flow[tuple[Any, bool]]:
        """Call a method of the cache; return its result or None, and whether the call succeeded."""
        for delay in (*(RETRY_DELAYS_SECONDS if is_precious else ()), None):
            try:
                return (yield from ops.call(function, *arguments)), True
            except ConfigurationError:
                raise  # An async cache in a sync provider is a programming error.
            except Exception as error:  # noqa: BLE001 - the user's cache may raise any exception
                if delay is None:
                    self._warn(
                        "Identity ID cache unavailable (%s%s). Continuing without it.",
                        type(error).__name__,
                        locate(error),
                    )
                    return None, False
            yield from ops.sleep(delay)
        raise AssertionError("unreachable")

    def _warn(self, text: str, *arguments: object) -> None:
        if not self._has_warned:
            self._has_warned = True
            logs.warning(text, *arguments)

    def __repr__(self) -> str:
        return self._name


class StoreAdapter(CacheAdapter):
    """Adapter for a `SharedStore`; stores identity IDs as records, and handles outages."""

    __slots__ = ("_identity_pool_id", "_is_readable", "_shared_store")

    def __init__(self, shared_store: SharedStore, identity_pool_id: str) -> None:
        super().__init__(shared_store.store, identity_pool_id)
        self._identity_pool_id = identity_pool_id
        self._shared_store = shared_store
        self._is_readable = True  # Whether the last read of a guest's ID succeeded.

    def _find_methods(self, cache: Any) -> tuple[Callable[..., Any], Callable[[str], Any]]:
        return cache.put, cache.delete

    def save(self, key: str, identity_id: str, *, is_precious: bool = False) -> Flow[None]:
        """Write an identity ID to the store, unless another version of the library wrote the entry.

        An unchanged ID is not written again. A process that finds credentials in the store usually
        finds the ID there as well, and the write would take longer than everything else that the
        process does.
        """
        # Do not retry if the previous read and all its retries failed: the store is unavailable.
        is_precious = is_precious and self._is_readable
        stored_id, is_readable, is_other_version = yield from self._read_record(
            key, is_precious=is_precious
        )
        # Do not overwrite an entry that another version wrote, or that cannot be read at the
        # moment: it may contain the only copy of a guest's identity ID.
        if stored_id == identity_id or is_other_version or not is_readable:
            return
        from contextlib import suppress

        key = self._store_key(key)
        value = records.encode_identity_id(key, identity_id)
        with suppress(StoreUnavailableError):
            call = self._call(is_precious=is_precious)
            yield from call(self._set, key, value, expires_at=None)

    def add(
        self, key: str, identity_id: str, *, evicted_id: str | None, is_precious: bool = False
    ) -> Flow[str]:
        """Write an identity ID unless the store contains another one; return the ID in the store.

        A store that has a method `add` reads and writes in one step, so that several processes
        cannot overwrite each other's IDs.
        """
        add = getattr(self._shared_store.store, "add", None)
        if add is not None:
            if evicted_id is not None:
                yield from self.evict(key, evicted_id)
            store_key = self._store_key(key)
            value = records.encode_identity_id(store_key, identity_id)
            call = self._call(is_precious=is_precious)
            try:
                is_added = yield from call(add, store_key, value)
            except StoreUnavailableError:
                return identity_id
            if is_added:
                return identity_id
        # The store contains an entry, or has no method `add`.
        return (
            yield from super().add(key, identity_id, evicted_id=evicted_id, is_precious=is_precious)
        )

    def _read(self, key: str, *, is_precious: bool = False) -> Flow[tuple[str | None, bool]]:
        return (yield from self._read_record(key, is_precious=is_precious))[:2]

    def _read_record(
        self, key: str, *, is_precious: bool = False
    ) -> Flow[tuple[str | None, bool, bool]]:
        """Return the stored ID, and whether the store is readable.

        The third item is True if another version of the library wrote the record.
        """
        key = self._store_key(key)
        try:
            value = yield from self._call(is_precious=is_precious)(self._get, key)
        except StoreUnavailableError:
            self._is_readable = self._is_readable and not is_precious
            return None, False, False  # `SharedStore` has logged the outage.
        self._is_readable = True
        if value is None:
            return None, True, False
        try:
            return records.decode_identity_id(key, value), True, False
        except records.UnreadableRecordError as error:
            self._warn("Ignoring an identity ID in the store: %s.", error)
            return None, True, isinstance(error, records.OtherVersionError)

    def _call(self, *, is_precious: bool) -> Callable[..., Flow[Any]]:
        store = self._shared_store
        return store.call_with_retries if is_precious else store.call

    def _remove(self, key: str) -> Flow[None]:
        yield from self._shared_store.delete(self._store_key(key))

    def _store_key(self, cache_key: str) -> str:
        user_identifier = cache_key.removeprefix(format_cache_key(self._identity_pool_id, ""))
        return format_store_key(self._identity_pool_id, user_identifier)

    def __repr__(self) -> str:
        return repr(self._shared_store)
