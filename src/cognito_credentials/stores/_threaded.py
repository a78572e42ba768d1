"""Wrapper that calls blocking stores in threads, for use on an event loop."""

from __future__ import annotations

from cognito_credentials._base.daemon_threads import call_in_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["wrap_blocking_store"]


class ThreadedStore:
    """Async interface of a blocking store: each call runs in a thread.

    Leases come from the blocking store and are released in the calling thread, because releasing a
    lease is fast, and has to succeed while the event loop is shutting down.
    """

    def __init__(self, store: Any) -> None:
        self.store = store
        self.is_local: bool = getattr(store, "is_local", False)
        if hasattr(store, "reserve"):
            self.reserve = self._reserve
        if hasattr(store, "add"):
            self.add = self._add

    async def get(self, key: str) -> bytes | None:
        return await call_in_thread(self.store.get, key)

    async def put(self, key: str, value: bytes, **options: Any) -> bool | None:
        return await call_in_thread(self.store.put, key, value, **options)

    async def _add(self, key: str, value: bytes) -> Any:
        return await call_in_thread(self.store.add, key, value)

    async def delete(self, key: str) -> None:
        await call_in_thread(self.store.delete, key)

    async def lock(self, key: str, seconds: float) -> Any:
        return await call_in_thread(self.store.lock, key, seconds)

    async def _reserve(self, name: str, **options: Any) -> Any:
        return await call_in_thread(self.store.reserve, name, **options)


def wrap_blocking_store(store: Any) -> Any:
    """Return the store, wrapped in a `ThreadedStore` if its attribute `blocks` is true."""
    return ThreadedStore(store) if getattr(store, "blocks", False) else store
