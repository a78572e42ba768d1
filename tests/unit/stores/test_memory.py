from __future__ import annotations

import os
import threading

import pytest

from cognito_credentials.errors import ConfigurationError
from cognito_credentials.stores import MemoryStore
from cognito_credentials.testing import FakeClock


@pytest.fixture
def clock():
    return FakeClock(1000.0)


def test_the_least_recently_used_credentials_are_evicted_first(clock):
    store = MemoryStore(2, clock=clock)
    store.put("credentials:a", b"a", expires_at=2000)
    store.put("credentials:b", b"b", expires_at=2000)
    store.get("credentials:a")
    store.put("credentials:c", b"c", expires_at=2000)
    assert store.get("credentials:b") is None
    assert store.get("credentials:a") == b"a"
    assert len(store) == 2


def test_identity_ids_are_evicted_last(clock):
    store = MemoryStore(3, clock=clock)
    store.put("identity-id:1", b"1", expires_at=None)
    store.put("identity-id:2", b"2", expires_at=None)
    for number in range(5):
        store.put(f"credentials:{number}", b"c", expires_at=2000)
    assert store.get("identity-id:1") == b"1"
    assert store.get("identity-id:2") == b"2"
    assert store.get("credentials:4") == b"c"
    store.put("identity-id:3", b"3", expires_at=None)
    store.put("identity-id:4", b"4", expires_at=None)
    assert store.get("identity-id:1") is None
    assert [store.get(f"identity-id:{number}") for number in (3, 4, 2)] == [b"3", b"4", b"2"]
    store.put("identity-id:5", b"5", expires_at=None)
    assert store.get("identity-id:3") is None, "the least recently used ID must be evicted"


def test_an_expired_entry_is_removed(clock):
    store = MemoryStore(clock=clock)
    store.put("credentials:a", b"a", expires_at=1010)
    clock.advance(10)
    assert store.get("credentials:a") is None
    assert len(store) == 0


def test_a_permanent_entry_may_replace_an_expiring_one(clock):
    store = MemoryStore(clock=clock)
    store.put("key", b"a", expires_at=1010)
    store.put("key", b"b", expires_at=None)
    clock.advance(100)
    assert store.get("key") == b"b"
    assert len(store) == 1


def test_the_owner_of_an_expired_lease_does_not_overwrite_a_later_value(clock):
    store = MemoryStore(clock=clock)
    slow = store.lock("key", 10)
    clock.advance(11)
    quick = store.lock("key", 10)
    store.put("key", b"newer", expires_at=2000, lease=quick)
    assert store.put("key", b"older", expires_at=2000, lease=slow) is False
    assert store.get("key") == b"newer"
    quick.release()
    assert store.put("key", b"older", expires_at=None, lease=slow) is False
    assert store.get("key") == b"newer", "the expired lease must not overwrite the value"
    slow.release()
    assert store.lock("key", 10) is not None


def test_a_lease_expires(clock):
    store = MemoryStore(clock=clock)
    store.lock("key", 10)
    clock.advance(9.5)
    assert store.lock("key", 10) is None
    clock.advance(0.5)
    assert store.lock("key", 10) is not None


def test_an_expired_lease_is_valid_until_there_is_another(clock):
    store = MemoryStore(clock=clock)
    slow = store.lock("key", 10)
    clock.advance(11)
    store.put("key", b"value", expires_at=2000, lease=slow)
    assert store.get("key") == b"value"


def test_a_put_without_a_lease_overwrites_earlier_values(clock):
    store = MemoryStore(clock=clock)
    lease = store.lock("key", 10)
    store.put("key", b"one", expires_at=None, lease=lease)
    store.put("key", b"two", expires_at=None)
    assert store.get("key") == b"two"
    store.put("key", b"late", expires_at=2000, lease=lease)
    assert store.get("key") == b"two"


@pytest.mark.parametrize("entries", [0, -1, 1.5, True, "10", None])
def test_max_entries_must_be_a_positive_integer(entries):
    with pytest.raises(ConfigurationError, match="max_entries"):
        MemoryStore(entries)


def test_only_one_of_many_threads_gets_a_lease():
    store, leases = MemoryStore(), []
    barrier = threading.Barrier(32)

    def work():
        barrier.wait(30)
        leases.append(store.lock("key", 10))

    threads = [threading.Thread(target=work) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(lease is not None for lease in leases) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="requires fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_does_not_wait_for_locks_of_its_parent():
    class StallingClock(FakeClock):
        """Clock that blocks if `is_stalled`, so that the store's `get` does not release its lock."""

        is_stalled = False
        stalled, resumed = threading.Event(), threading.Event()

        def now(self):
            if self.is_stalled:
                self.stalled.set()
                assert self.resumed.wait(30)
            return super().now()

    clock = StallingClock(1000.0)
    store = MemoryStore(clock=clock)
    store.put("key", b"value", expires_at=2000)
    store.lock("key", 1e9)
    clock.is_stalled = True
    thread = threading.Thread(target=store.get, args=("key",))
    thread.start()
    assert clock.stalled.wait(30)
    child = os.fork()
    if child == 0:
        clock.is_stalled = False
        works = store.get("key") == b"value" and store.lock("key", 1) is not None
        os._exit(0 if works else 1)
    clock.resumed.set()
    thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_the_repr_shows_the_number_of_entries_only(clock):
    store = MemoryStore(clock=clock)
    store.put("credentials:a", b"a-value", expires_at=2000)
    assert repr(store) == "<MemoryStore of 1 entries>"


def test_an_evicted_identity_id_is_logged_once(clock, caplog):
    store = MemoryStore(2, clock=clock)
    store.put("credentials:1", b"c", expires_at=2000)
    for number in range(2):
        store.put(f"identity-id:{number}", b"i", expires_at=None)
    assert caplog.messages == []
    for number in range(2, 5):
        store.put(f"identity-id:{number}", b"i", expires_at=None)
    (warning,) = caplog.messages
    assert "max_entries=2" in warning


def test_a_store_that_does_not_evict_identity_ids_evicts_credentials_only(clock, caplog):
    store = MemoryStore(2, evict_identity_ids=False, clock=clock)
    for number in range(5):
        store.put(f"identity-id:{number}", b"i", expires_at=None)
        store.put(f"credentials:{number}", b"c", expires_at=2000)
    assert len(store) == 7
    assert store.get("identity-id:0") == b"i"
    assert store.get("credentials:2") is None
    assert store.get("credentials:3") == b"c"
    assert caplog.messages == []
