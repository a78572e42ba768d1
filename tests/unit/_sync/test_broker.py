"""Threads of a broker; what both sides do is in `tests/scenarios/test_broker.py`."""

from __future__ import annotations

import threading

import pytest
from brokers import Broker
from harness import GOOGLE, Side, jwt

from cognito_credentials import CredentialBroker
from cognito_credentials._base.broker_users import Request
from cognito_credentials._core.rate_limiting import NotNowError

ALICE = {GOOGLE: jwt(sub="alice")}
CROWD = 8


@pytest.fixture
def side():
    with Side("sync") as made:
        yield made


@pytest.fixture
def broker(side):
    made = Broker(side, prefetch_within=600)
    yield made
    made.close()


def prefetchers():
    return [thread for thread in threading.enumerate() if thread.name == "cognito-prefetcher"]


class Meeting(float):
    """Seconds; who asks whether they are none waits until all have."""

    together: threading.Barrier

    def __bool__(self):
        self.together.wait(10)
        return True


def test_a_crowd_starts_one_prefetcher(side):
    broker = Broker(side, prefetch_within=600)
    before = len(prefetchers())
    meeting = Meeting(600)
    meeting.together = threading.Barrier(CROWD)
    broker.broker._brokerage.prefetch_within = meeting
    threads = [
        threading.Thread(target=broker.broker.get, args=("alice", ALICE)) for _ in range(CROWD)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(prefetchers()) == before + 1
    broker.close()


def refuse(thread):
    raise RuntimeError("can't start new thread")


def test_where_no_thread_can_be_started_all_goes_on(broker, side, monkeypatch):
    monkeypatch.setattr(threading.Thread, "start", refuse)
    for name in "abc":
        broker.get(name, {GOOGLE: jwt(sub=name)})
    side.clock.advance(2600)
    broker.broker._brokerage.prefetch_within = 1e6
    assert broker.prefetch() == 3
    assert broker.service.count() == 6


def test_a_caller_for_whom_a_refresh_gives_way_is_counted_once(broker):
    """It joins the refresh, which gives way to callers, and goes on with a fetch of its own."""

    joined = threading.Event()

    def give_way():
        assert joined.wait(10)
        raise NotNowError("callers need the quota")

    flights = broker.broker._flights
    joins = flights._wait

    def wait(key, flight, longest):
        joined.set()
        joins(key, flight, longest)

    flights._wait = wait
    flights.start(Request("alice", ALICE).flight, give_way)
    assert broker.generation("alice", ALICE) == 1
    metrics = broker.metrics
    assert (metrics.waits, metrics.hits, metrics.timeouts) == (1, 0, 0)
    assert sum(metrics.waited.counts) == 1


def test_a_broker_that_is_closed_has_no_prefetcher(broker):
    broker.get("alice", ALICE)
    thread = broker.broker._prefetcher
    assert thread.is_alive()
    assert thread.daemon
    broker.close()
    thread.join(10)
    assert not thread.is_alive()


def test_the_prefetcher_renews(broker, monkeypatch):
    monkeypatch.setattr("cognito_credentials._base.broker.SECONDS_BETWEEN_PREFETCHES", 0)
    called = threading.Event()
    broker.broker.prefetch = called.set
    broker.get("alice", ALICE)
    assert called.wait(10)


def test_no_prefetcher_is_started_where_nobody_is_to_be_renewed(side):
    broker = Broker(side, prefetch_within=0)
    broker.get("alice", ALICE)
    assert broker.broker._prefetcher is None
    assert isinstance(broker.broker, CredentialBroker)
    broker.close()


def test_who_waited_for_what_gave_way_and_was_served_all_the_same_has_waited(broker):
    request, joined = Request("alice", ALICE), threading.Event()

    def land_elsewhere():
        assert joined.wait(10)
        broker.broker._brokerage.look(request, in_flight=False)
        broker.broker._fetch(request, 10.0)
        raise NotNowError("callers need the quota")

    flights = broker.broker._flights
    joins = flights._wait

    def wait(key, flight, longest):
        joined.set()
        joins(key, flight, longest)

    flights._wait = wait
    flights.start(request.flight, land_elsewhere)
    broker.get("alice", ALICE)
    assert (broker.metrics.waits, broker.metrics.hits) == (1, 0)


def test_a_prefetch_ends_with_the_broker(broker, side, monkeypatch):
    monkeypatch.setattr("cognito_credentials._sync.broker.PREFETCHES_AT_ONCE", 1)
    asked = []

    def supplier():
        asked.append(1)
        if len(asked) == 3:
            broker.broker.close()
        return ALICE[GOOGLE]

    for name in "ab":
        broker.get(name, {GOOGLE: supplier})
    side.clock.advance(2600)
    broker.broker._brokerage.prefetch_within = 1e6
    assert broker.prefetch() == 2
    assert len(asked) == 3
