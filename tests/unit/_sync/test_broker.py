"""Threads in sync brokers; tests/scenarios/test_broker.py tests both kinds of brokers."""

from __future__ import annotations

import threading

import pytest
from brokers import Broker
from harness import GOOGLE, Side, jwt

ALICE = {GOOGLE: jwt(sub="alice")}
CALLERS = 8


@pytest.fixture
def side():
    with Side("sync") as side:
        yield side


@pytest.fixture
def broker(side):
    broker = Broker(side, prefetch_within=600)
    yield broker
    broker.close()


def prefetchers():
    return [thread for thread in threading.enumerate() if thread.name == "cognito-prefetcher"]


class MeetingPoint(float):
    """A number of seconds whose `__bool__` blocks until all callers have called it."""

    barrier: threading.Barrier

    def __bool__(self):
        self.barrier.wait(10)
        return True


def test_concurrent_callers_start_one_prefetcher(broker):
    before = prefetchers()
    meeting_point = MeetingPoint(600)
    meeting_point.barrier = threading.Barrier(CALLERS)
    broker.broker._state._prefetch_within = meeting_point
    threads = [
        threading.Thread(target=broker.broker.get, args=("alice", ALICE)) for _ in range(CALLERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(prefetchers()) == len(before) + 1


def test_without_more_threads_callers_and_prefetch_do_the_work(broker, side, monkeypatch):
    def fail(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", fail)
    for name in "abc":
        broker.get(name, {GOOGLE: jwt(sub=name)})
    side.clock.advance(2600)
    broker.broker._state._prefetch_within = 1e6
    assert broker.prefetch() == 3
    assert broker.service.count() == 6


def test_closing_ends_the_prefetcher(broker):
    before = prefetchers()
    broker.get("alice", ALICE)
    (thread,) = set(prefetchers()) - set(before)
    assert thread.daemon
    broker.close()
    thread.join(10)
    assert not thread.is_alive()


def test_the_prefetcher_calls_prefetch(broker, monkeypatch):
    monkeypatch.setattr("cognito_credentials._base.broker.PREFETCH_INTERVAL_SECONDS", 0)
    called = threading.Event()
    broker.broker.prefetch = called.set
    broker.get("alice", ALICE)
    assert called.wait(10)


def test_no_prefetcher_is_started_if_prefetching_is_disabled(side):
    before = prefetchers()
    broker = Broker(side, prefetch_within=0)
    broker.get("alice", ALICE)
    assert set(prefetchers()) <= set(before)
    broker.close()


def test_closing_ends_a_prefetch(broker, side, monkeypatch):
    monkeypatch.setattr("cognito_credentials._sync.broker.MAX_CONCURRENT_PREFETCHES", 1)
    calls = []

    def supplier():
        calls.append(1)
        if len(calls) == 3:
            broker.broker.close()
        return ALICE[GOOGLE]

    for name in "ab":
        broker.get(name, {GOOGLE: supplier})
    side.clock.advance(2600)
    broker.broker._state._prefetch_within = 1e6
    assert broker.prefetch() == 2
    assert len(calls) == 3
