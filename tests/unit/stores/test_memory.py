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


def test_the_least_used_goes_first(clock):
    store = MemoryStore(2, clock=clock)
    store.put("credentials:a", b"a", expires_at=2000)
    store.put("credentials:b", b"b", expires_at=2000)
    store.get("credentials:a")
    store.put("credentials:c", b"c", expires_at=2000)
    assert store.get("credentials:b") is None
    assert store.get("credentials:a") == b"a"
    assert len(store) == 2


def test_identity_ids_go_last(clock):
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
    assert store.get("identity-id:3") is None, "the least used of them"


def test_what_is_over_is_gone(clock):
    store = MemoryStore(clock=clock)
    store.put("credentials:a", b"a", expires_at=1010)
    clock.advance(10)
    assert store.get("credentials:a") is None
    assert len(store) == 0


def test_an_entry_may_change_its_kind(clock):
    store = MemoryStore(clock=clock)
    store.put("key", b"a", expires_at=1010)
    store.put("key", b"b", expires_at=None)
    clock.advance(100)
    assert store.get("key") == b"b"
    assert len(store) == 1


def test_a_slow_holder_does_not_overwrite_a_newer_generation(clock):
    store = MemoryStore(clock=clock)
    slow = store.lock("key", 10)
    clock.advance(11)
    quick = store.lock("key", 10)
    store.put("key", b"newer", expires_at=2000, lease=quick)
    store.put("key", b"older", expires_at=2000, lease=slow)
    assert store.get("key") == b"newer"
    quick.release()
    store.put("key", b"older", expires_at=None, lease=slow)
    assert store.get("key") == b"newer", "after the quick one has gone, too"
    slow.release()
    assert store.lock("key", 10) is not None


def test_a_lease_is_over_when_its_seconds_are(clock):
    store = MemoryStore(clock=clock)
    store.lock("key", 10)
    clock.advance(9.5)
    assert store.lock("key", 10) is None
    clock.advance(0.5)
    assert store.lock("key", 10) is not None


def test_a_slow_holder_whom_nobody_followed_may_still_put(clock):
    store = MemoryStore(clock=clock)
    slow = store.lock("key", 10)
    clock.advance(11)
    store.put("key", b"value", expires_at=2000, lease=slow)
    assert store.get("key") == b"value"


def test_who_has_no_lease_puts_what_it_has(clock):
    store = MemoryStore(clock=clock)
    lease = store.lock("key", 10)
    store.put("key", b"one", expires_at=None, lease=lease)
    store.put("key", b"two", expires_at=None)
    assert store.get("key") == b"two"
    store.put("key", b"late", expires_at=2000, lease=lease)
    assert store.get("key") == b"two"


@pytest.mark.parametrize("entries", [0, -1, 1.5, True, "10", None])
def test_a_bound_that_is_none_is_refused(entries):
    with pytest.raises(ConfigurationError, match="max_entries"):
        MemoryStore(entries)


def test_threads_get_one_lease():
    store, leases = MemoryStore(), []
    together = threading.Barrier(32)

    def work():
        together.wait(30)
        leases.append(store.lock("key", 10))

    threads = [threading.Thread(target=work) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(lease is not None for lease in leases) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_does_not_wait_for_a_lock_of_its_parent():
    store = MemoryStore()
    store.put("key", b"value", expires_at=None)
    store.lock("key", 1e9)
    with store._lock:  # as another thread would have it
        child = os.fork()
        if child == 0:
            works = store.get("key") == b"value" and store.lock("key", 1) is not None
            os._exit(0 if works else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_nothing_of_it_shows(clock):
    store = MemoryStore(clock=clock)
    store.put("credentials:a", b"a-value", expires_at=2000)
    assert repr(store) == "<MemoryStore of 1 entries>"
