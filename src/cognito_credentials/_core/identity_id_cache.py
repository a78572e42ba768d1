"""The user's cache of identity ids, as flows.

Two rules: a cache that fails is a cache that has nothing (a warning says so once, no call fails),
and what it holds is not believed before it has the form of an identity id of the pool's region.
"""

from __future__ import annotations

from cognito_credentials._core import endpoints, logs, ops, records
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cognito_credentials._core.ops import Flow
    from cognito_credentials._core.shared_fetch import SharedStore

GUEST = "ANONYMOUS"  # what the JavaScript SDK calls whoever signs in as nobody


def format_cache_key(identity_pool_id: str, user_identifier: str) -> str:
    """Return the key of a user's identity id, written as the JavaScript SDK writes it."""
    return f"aws:cognito-identity-credentials:{identity_pool_id}:{user_identifier}"


class CacheAdapter:
    """A `MutableMapping[str, str]`, or an object with `get`, `set` and `delete`."""

    __slots__ = ("_delete", "_get", "_name", "_region", "_set", "_warned")

    def __init__(self, cache: Any, identity_pool_id: str) -> None:
        self._name = type(cache).__qualname__  # its repr may be all that it holds
        self._region = endpoints.get_region(identity_pool_id)
        self._warned = False
        self._get: Callable[[str], Any] = cache.get
        if hasattr(cache, "delete") and (hasattr(cache, "set") or is_store(cache)):
            self._set: Callable[..., Any] = cache.put if is_store(cache) else cache.set
            self._delete: Callable[[str], Any] = cache.delete
        else:
            self._set = cache.__setitem__
            self._delete = lambda key: cache.pop(key, None)

    def load(self, key: str) -> Flow[str | None]:
        value = yield from self._read(key)
        if value is None:
            return None
        try:
            endpoints.check_identity_id(value)
        except ConfigurationError:
            self._warn("The identity id cache holds what is no identity id under %s", key)
            return None
        if endpoints.get_region(value) != self._region:
            self._warn("The identity id cache holds an id of another region under %s", key)
            return None
        identity_id: str = value
        return identity_id

    def store(self, key: str, identity_id: str) -> Flow[None]:
        yield from self._try(self._set, key, identity_id)

    def drop(self, key: str, identity_id: str) -> Flow[None]:
        """Delete the key where it still holds this id: another process may have a newer one."""
        if (yield from self._read(key)) == identity_id:
            yield from self._remove(key)

    def _read(self, key: str) -> Flow[Any]:
        return (yield from self._try(self._get, key))

    def _remove(self, key: str) -> Flow[None]:
        yield from self._try(self._delete, key)

    def _try(self, function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Flow[Any]:
        try:
            return (yield from ops.call(function, *arguments, **keywords))
        except ConfigurationError:
            raise  # an async cache in a sync provider is a mistake, not an outage
        except Exception as error:  # noqa: BLE001 - whatever the user's cache raises
            self._warn(
                "The identity id cache failed with %s: going on without it", type(error).__name__
            )
            return None

    def _warn(self, text: str, *arguments: object) -> None:
        if not self._warned:
            self._warned = True
            logs.warning(text, *arguments)

    def __repr__(self) -> str:
        return self._name


class StoreAdapter(CacheAdapter):
    """Identity ids in a `SharedStore`, which keeps records, and knows when it is to be left alone."""

    __slots__ = ("_shared",)

    def __init__(self, shared: SharedStore, identity_pool_id: str) -> None:
        super().__init__(shared.store, identity_pool_id)
        self._shared = shared

    def store(self, key: str, identity_id: str) -> Flow[None]:
        # Each process that finds credentials there finds this id there, too: a write to the disk
        # would take most of them longer than all else that they do.
        found, is_other_version = yield from self._look(key)
        # Another version's stays: for whoever can read it, it may be a guest's only way back.
        if found == identity_id or is_other_version:
            return
        key = records.identity_id_key(key)
        value = records.encode_identity_id(key, identity_id)
        yield from self._try(self._set, key, value, expires_at=None)

    def _read(self, key: str) -> Flow[str | None]:
        return (yield from self._look(key))[0]

    def _look(self, key: str) -> Flow[tuple[str | None, bool]]:
        """Return the id, and whether another version of this program has stored what is there."""
        key = records.identity_id_key(key)
        value = yield from self._try(self._get, key)
        if value is None:
            return None, False
        try:
            return records.decode_identity_id(key, value), False
        except records.UnreadableRecordError as error:
            self._warn("An identity id in the store is not read, since %s", error)
            return None, isinstance(error, records.OtherVersionError)

    def _remove(self, key: str) -> Flow[None]:
        yield from self._try(self._delete, records.identity_id_key(key))

    def _try(self, function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Flow[Any]:
        from cognito_credentials._core.shared_fetch import StoreDownError

        try:
            return (yield from self._shared.call(function, *arguments, **keywords))
        except StoreDownError:
            return None  # which the log has said already

    def __repr__(self) -> str:
        return repr(self._shared)


def adapt_cache(cache: Any, identity_pool_id: str) -> CacheAdapter:
    """Return the flows of whatever the user gave to keep identity ids in, or of a `SharedStore`."""
    from cognito_credentials._core.shared_fetch import SharedStore

    if is_store(cache):
        cache = SharedStore(cache)
    if isinstance(cache, SharedStore):
        return StoreAdapter(cache, identity_pool_id)
    return CacheAdapter(cache, identity_pool_id)


def is_store(cache: Any) -> bool:
    return all(hasattr(cache, name) for name in ("get", "put", "delete", "lock"))
