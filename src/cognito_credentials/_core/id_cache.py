"""The user's cache of identity ids, as flows.

Two rules: a cache that fails is a cache that has nothing (a warning says so once, no call fails),
and what it holds is not believed before it has the form of an identity id of the pool's region.
"""

from __future__ import annotations

from cognito_credentials._core import endpoints, logs, ops
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cognito_credentials._core.ops import Flow


def cache_key(identity_pool_id: str, user_identifier: str) -> str:
    """Return the key of a user's identity id, written as the JavaScript SDK writes it."""
    return f"aws:cognito-identity-credentials:{identity_pool_id}:{user_identifier}"


class IdCache:
    """A `MutableMapping[str, str]`, or an object with `get`, `set` and `delete`."""

    __slots__ = ("_delete", "_get", "_region", "_set", "_warned")

    def __init__(self, cache: Any, identity_pool_id: str) -> None:
        self._region = endpoints.region_of(identity_pool_id)
        self._warned = False
        self._get: Callable[[str], Any] = cache.get
        if hasattr(cache, "set") and hasattr(cache, "delete"):
            self._set: Callable[[str, str], Any] = cache.set
            self._delete: Callable[[str], Any] = cache.delete
        else:
            self._set = cache.__setitem__
            self._delete = lambda key: cache.pop(key, None)

    def load(self, key: str) -> Flow[str | None]:
        value = yield from self._try(self._get, key)
        if value is None:
            return None
        try:
            endpoints.check_identity_id(value)
        except ConfigurationError:
            self._warn("The identity id cache holds what is no identity id under %s", key)
            return None
        if endpoints.region_of(value) != self._region:
            self._warn("The identity id cache holds an id of another region under %s", key)
            return None
        identity_id: str = value
        return identity_id

    def store(self, key: str, identity_id: str) -> Flow[None]:
        yield from self._try(self._set, key, identity_id)

    def drop(self, key: str, identity_id: str) -> Flow[None]:
        """Delete the key where it still holds this id: another process may have a newer one."""
        if (yield from self._try(self._get, key)) == identity_id:
            yield from self._try(self._delete, key)

    def _try(self, function: Callable[..., Any], *arguments: str) -> Flow[Any]:
        try:
            return (yield from ops.call(function, *arguments))
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
