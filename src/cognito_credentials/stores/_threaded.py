"""Stores that block, on an event loop: their methods run in a thread, for that call alone."""

from __future__ import annotations

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["wrap_blocking_store"]


class ThreadedStore:
    """A store whose `blocks` is set, awaited.

    A lease is released where it is: that takes no time worth a thread, and must not be lost to a
    loop that is on its way out.
    """

    def __init__(self, store: Any) -> None:
        self.store = store
        self.is_local: bool = getattr(store, "is_local", False)
        if hasattr(store, "reserve"):
            self.reserve = self._reserve

    async def get(self, key: str) -> bytes | None:
        return await asyncio.to_thread(self.store.get, key)

    async def put(self, key: str, value: bytes, **options: Any) -> None:
        await asyncio.to_thread(self.store.put, key, value, **options)

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self.store.delete, key)

    async def lock(self, key: str, seconds: float) -> Any:
        return await asyncio.to_thread(self.store.lock, key, seconds)

    async def _reserve(self, name: str, **options: Any) -> Any:
        return await asyncio.to_thread(self.store.reserve, name, **options)


def wrap_blocking_store(store: Any) -> Any:
    """Return what can be awaited of a store that blocks, and any other as it is."""
    return ThreadedStore(store) if getattr(store, "blocks", False) else store
