"""In-memory stores with an injected clock, which record calls and can fail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from cognito_credentials.errors import ConfigurationError


class FakeStore:
    """Store that records the names of the methods that are called.

    Methods in `broken` raise OSError, and methods in `misconfigured` raise ConfigurationError.
    `lock` calls `on_contention` if another caller holds the lock.
    """

    is_local = True

    def __init__(self, clock: Any, broken: str = "") -> None:
        self.clock = clock
        self.broken = set(broken.split())
        self.misconfigured: set[str] = set()
        self.entries: dict[str, bytes] = {}
        self.expiries: dict[str, float | None] = {}
        self.used: list[str] = []
        self.leases: dict[str, Any] = {}
        self.holders: dict[str, tuple[FakeLease, float]] = {}
        self.on_contention: Callable[[], object] = lambda: None
        self.is_overtaken: Callable[[str, Any], bool] = lambda key, lease: False

    def of_kind(self, kind: str) -> list[str]:
        """Return the keys of one kind, such as `credentials` or `identity-id`."""
        return [key for key in self.entries if key.startswith(f"{kind}:")]

    def use(self, name: str) -> None:
        """Record a call, and raise if the method is in `broken` or `misconfigured`."""
        self.used.append(name)
        if name in self.broken:
            raise OSError(f"{name}: the store is unavailable")
        if name in self.misconfigured:
            raise ConfigurationError("url needs a password")

    def get(self, key: str) -> bytes | None:
        self.use("get")
        return self.entries.get(key)

    def put(
        self, key: str, value: bytes, *, expires_at: float | None, lease: Any = None
    ) -> bool | None:
        self.use("put")
        if self.is_overtaken(key, lease):
            return False
        self.entries[key] = value
        self.expiries[key] = expires_at
        self.leases[key] = lease
        return None

    def delete(self, key: str) -> None:
        self.use("delete")
        self.entries.pop(key, None)

    def lock(self, key: str, seconds: float) -> Any:
        self.use("lock")
        holder = self.holders.get(key)
        if holder is not None:
            self.on_contention()
            holder = self.holders.get(key)
        if holder is not None and self.clock.monotonic() < holder[1]:
            return None
        lease = FakeLease(self, key)
        self.holders[key] = lease, self.clock.monotonic() + seconds
        return lease


class FakeLease:
    """Lease from a `FakeStore`."""

    def __init__(self, store: FakeStore, key: str) -> None:
        self.store = store
        self.key = key

    def release(self) -> None:
        self.store.use("release")
        if self.store.holders.get(self.key, (None,))[0] is self:
            del self.store.holders[self.key]


class AsyncFakeStore:
    """Async interface to a `FakeStore`."""

    def __init__(self, store: FakeStore) -> None:
        self.store = store
        self.is_local = store.is_local

    async def get(self, key: str) -> bytes | None:
        await asyncio.sleep(0)
        return self.store.get(key)

    async def put(self, key: str, value: bytes, **options: Any) -> bool | None:
        await asyncio.sleep(0)
        lease = options.pop("lease", None)
        return self.store.put(key, value, **options, lease=lease and lease.lease)

    async def delete(self, key: str) -> None:
        await asyncio.sleep(0)
        self.store.delete(key)

    async def lock(self, key: str, seconds: float) -> Any:
        await asyncio.sleep(0)
        lease = self.store.lock(key, seconds)
        return None if lease is None else AsyncFakeLease(lease)


class AsyncFakeLease:
    """Async interface to a `FakeLease`."""

    def __init__(self, lease: FakeLease) -> None:
        self.lease = lease

    async def release(self) -> None:
        await asyncio.sleep(0)
        self.lease.release()


class BlockingStore(FakeStore):
    """Store with blocking methods, which async providers call in threads."""

    blocks = True
