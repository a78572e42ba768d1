"""A store in a dict, by a clock that is moved: the port's rules, and ways to break them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from cognito_credentials.errors import ConfigurationError

METHODS = ("get", "put", "delete", "lock", "release")


class FakeStore:
    """Keeps what it is given; `broken` names the methods that raise, `mistaken` those that say why.

    `others_turn` is called while somebody waits for a lock, as often as the lock is asked for.
    """

    is_local = True

    def __init__(self, clock: Any, broken: str = "") -> None:
        self.clock = clock
        self.broken = set(broken.split())
        self.mistaken: set[str] = set()
        self.entries: dict[str, bytes] = {}
        self.expiries: dict[str, float | None] = {}
        self.used: list[str] = []
        self.leases: dict[str, Any] = {}
        self.holders: dict[str, tuple[FakeLease, float]] = {}
        self.others_turn: Callable[[], object] = lambda: None

    def of_kind(self, kind: str) -> list[str]:
        return [key for key in self.entries if key.startswith(f"{kind}:")]

    def use(self, name: str) -> None:
        self.used.append(name)
        if name in self.broken:
            raise OSError(f"{name}: the store is away")
        if name in self.mistaken:
            raise ConfigurationError("url needs a password")

    def get(self, key: str) -> bytes | None:
        self.use("get")
        return self.entries.get(key)

    def put(self, key: str, value: bytes, *, expires_at: float | None, lease: Any = None) -> None:
        self.use("put")
        self.entries[key] = value
        self.expiries[key] = expires_at
        self.leases[key] = lease

    def delete(self, key: str) -> None:
        self.use("delete")
        self.entries.pop(key, None)

    def lock(self, key: str, seconds: float) -> Any:
        self.use("lock")
        held = self.holders.get(key)
        if held is not None:
            self.others_turn()
            held = self.holders.get(key)
        if held is not None and self.clock.monotonic() < held[1]:
            return None
        lease = FakeLease(self, key)
        self.holders[key] = lease, self.clock.monotonic() + seconds
        return lease


class FakeLease:
    def __init__(self, store: FakeStore, key: str) -> None:
        self.store = store
        self.key = key

    def release(self) -> None:
        self.store.use("release")
        if self.store.holders.get(self.key, (None,))[0] is self:
            del self.store.holders[self.key]


class AwaitableStore:
    """The same, awaited."""

    def __init__(self, store: FakeStore) -> None:
        self.store = store
        self.is_local = store.is_local

    async def get(self, key: str) -> bytes | None:
        await asyncio.sleep(0)
        return self.store.get(key)

    async def put(self, key: str, value: bytes, **options: Any) -> None:
        await asyncio.sleep(0)
        lease = options.pop("lease", None)
        self.store.put(key, value, **options, lease=lease and lease.lease)

    async def delete(self, key: str) -> None:
        await asyncio.sleep(0)
        self.store.delete(key)

    async def lock(self, key: str, seconds: float) -> Any:
        await asyncio.sleep(0)
        lease = self.store.lock(key, seconds)
        return None if lease is None else AwaitableLease(lease)


class AwaitableLease:
    def __init__(self, lease: FakeLease) -> None:
        self.lease = lease

    async def release(self) -> None:
        await asyncio.sleep(0)
        self.lease.release()


class BlockingStore(FakeStore):
    """One that an awaited provider calls in threads."""

    blocks = True
