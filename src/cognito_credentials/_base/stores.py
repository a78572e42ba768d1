"""Wrappers around the stores that a provider uses."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cognito_credentials._core.shared_store import SharedStore


class SharedStores:
    """Wrappers around the stores that a provider uses for identity IDs or credentials.

    Each store has only one wrapper, so that all uses of the store share its failure state.

    Args:
        adapt: Function that converts a store before it is wrapped; async providers convert blocking
            stores, so that their methods run in threads.
    """

    def __init__(self, adapt: Callable[[Any], Any]) -> None:
        self._adapt = adapt
        # Each value contains the store itself to keep the store alive, so that its `id` is not
        # reused.
        self._wrappers: dict[int, tuple[Any, SharedStore]] = {}

    def wrap(self, store: Any) -> SharedStore:
        """Return the wrapper of a store."""
        # Imported here, because most providers have no store.
        from cognito_credentials._core.shared_store import SharedStore

        wrapped = self._wrappers.get(id(store))
        if wrapped is None:
            # Concurrent threads must get the same wrapper.
            wrapped = self._wrappers.setdefault(id(store), (store, SharedStore(self._adapt(store))))
        return wrapped[1]


def pass_through(store: Any) -> Any:
    """Return the store itself, because sync providers need no conversion."""
    return store
