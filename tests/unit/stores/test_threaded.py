from __future__ import annotations

import threading

from fake_store import BlockingStore, FakeStore

from cognito_credentials.stores._threaded import wrap_blocking_store
from cognito_credentials.testing import FakeClock


class Watched(BlockingStore):
    def __init__(self) -> None:
        super().__init__(FakeClock())
        self.threads: list[int] = []

    def use(self, name: str) -> None:
        self.threads.append(threading.get_ident())
        super().use(name)


async def test_every_method_runs_in_a_thread_of_its_own():
    store = Watched()
    awaited = wrap_blocking_store(store)
    await awaited.put("key", b"value", expires_at=None, lease=None)
    assert await awaited.get("key") == b"value"
    lease = await awaited.lock("key", 10)
    assert lease is not None
    assert await awaited.lock("key", 10) is None
    lease.release()
    await awaited.delete("key")
    assert store.entries == {}
    assert threading.get_ident() not in store.threads[:4]
    assert store.threads[4:] == [threading.get_ident(), store.threads[5]], "a lease, where it is"
    assert store.threads[5] != threading.get_ident()
    assert store.used == ["put", "get", "lock", "lock", "release", "delete"]


def test_what_does_not_block_stays_as_it_is():
    store = FakeStore(FakeClock())
    assert wrap_blocking_store(store) is store
    assert wrap_blocking_store(None) is None


def test_it_reserves_where_its_store_does():
    assert not hasattr(wrap_blocking_store(Watched()), "reserve")


def test_it_is_as_local_as_its_store():
    store = Watched()
    assert wrap_blocking_store(store).is_local
    store.is_local = False
    assert not wrap_blocking_store(store).is_local
