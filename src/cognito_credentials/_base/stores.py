"""The stores of one provider, each wrapped once."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cognito_credentials._core.shared_store import SharedStore


class SharedStores:
    """Wrappers of the stores that a provider uses as identity ID cache or as credential store.

    Each store has one wrapper, so that all users of the store share the knowledge of its failures.

    Args:
        adapt: Converts a store before it is wrapped; the async side runs blocking stores in
            threads.
    """

    def __init__(self, adapt: Callable[[Any], Any]) -> None:
        self._adapt = adapt
        # The pair keeps the store alive, so that its identifier is not reused.
        self._wrappers: dict[int, tuple[Any, SharedStore]] = {}

    def wrap(self, store: Any) -> SharedStore:
        """Return the wrapper of a store."""
        # Most providers have no store.
        from cognito_credentials._core.shared_store import SharedStore

        wrapped = self._wrappers.get(id(store))
        if wrapped is None:
            # Concurrent threads must get the same wrapper.
            wrapped = self._wrappers.setdefault(id(store), (store, SharedStore(self._adapt(store))))
        return wrapped[1]


def pass_through(store: Any) -> Any:
    """Return the store itself, because the sync side needs no conversion."""
    return store
