from __future__ import annotations

import threading

from fake_store import BlockingStore, FakeStore

from cognito_credentials.stores._threaded import wrap_blocking_store
from cognito_credentials.testing import FakeClock


class RecordingStore(BlockingStore):
    def __init__(self) -> None:
        super().__init__(FakeClock())
        self.threads: list[int] = []

    def use(self, name: str) -> None:
        self.threads.append(threading.get_ident())
        super().use(name)


async def test_every_method_runs_in_a_thread():
    store = RecordingStore()
    threaded = wrap_blocking_store(store)
    await threaded.put("key", b"value", expires_at=None, lease=None)
    assert await threaded.get("key") == b"value"
    lease = await threaded.lock("key", 10)
    assert lease is not None
    assert await threaded.lock("key", 10) is None
    lease.release()
    await threaded.delete("key")
    assert store.entries == {}
    assert threading.get_ident() not in store.threads[:4]
    assert store.threads[4:] == [threading.get_ident(), store.threads[5]], (
        "`release` must be called in the event loop's thread"
    )
    assert store.threads[5] != threading.get_ident()
    assert store.used == ["put", "get", "lock", "lock", "release", "delete"]


def test_other_stores_are_not_wrapped():
    store = FakeStore(FakeClock())
    assert wrap_blocking_store(store) is store
    assert wrap_blocking_store(None) is None


def test_only_stores_with_reserve_can_reserve():
    assert not hasattr(wrap_blocking_store(RecordingStore()), "reserve")


def test_the_wrapper_has_the_is_local_of_its_store():
    store = RecordingStore()
    assert wrap_blocking_store(store).is_local
    store.is_local = False
    assert not wrap_blocking_store(store).is_local
