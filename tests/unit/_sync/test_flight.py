"""Threads in sync flights; tests/unit/both_sides tests both kinds of flights."""

from __future__ import annotations

import threading

import pytest

from cognito_credentials._sync.flight import Flight, Flights
from cognito_credentials.errors import RefreshTimeoutError


def test_background_work_is_done_in_a_daemon_thread():
    flights, threads, done = Flights(1.0), [], threading.Event()

    def work():
        threads.append(threading.current_thread())
        done.set()

    flights.start("key", work)
    assert done.wait(10)
    threads[0].join(10)
    assert threads[0].daemon
    assert threads[0].name == "cognito-credentials"
    assert not flights.is_in_flight("key")


def test_join_does_the_work_in_another_thread():
    assert Flights(10).join("key", threading.get_ident, 10) != threading.get_ident()


def test_a_waiter_times_out_while_the_leader_works():
    flights, release, in_progress = Flights(0.0), threading.Event(), threading.Event()

    def slow():
        in_progress.set()
        assert release.wait(10)

    leader = threading.Thread(target=flights.run, args=("key", slow))
    leader.start()
    assert in_progress.wait(10)
    with pytest.raises(RefreshTimeoutError):
        flights.run("key", lambda: None)
    release.set()
    leader.join(10)


# --- no more threads --------------------------------------------------------------------------------


@pytest.fixture
def no_more_threads(monkeypatch):
    def fail(thread):
        raise RuntimeError("can't start new thread")

    return lambda: monkeypatch.setattr(threading.Thread, "start", fail)


def test_without_background_threads_callers_do_the_work(no_more_threads):
    no_more_threads()
    flights = Flights(1.0)
    flights.start("key", lambda: 1)
    assert not flights.is_in_flight("key")
    assert flights.run("key", lambda: 2) == 2
    assert flights.join("key", lambda: 3, 10) == 3


class SlowStart(Flights):
    """Flights whose `start` does not start a flight for the key, as if no thread were available."""

    def start(self, key, work, max_seconds=None):
        return super().start("another key", work, max_seconds)


def test_without_background_threads_a_waiter_retains_its_timeout(no_more_threads):
    flights, in_progress, release = SlowStart(60.0), threading.Event(), threading.Event()

    def slow():
        in_progress.set()
        assert release.wait(10)

    def unexpected():
        raise AssertionError("the function must not run while the flight is in progress")

    leader = threading.Thread(target=flights.run, args=("key", slow))
    leader.start()
    assert in_progress.wait(10)
    no_more_threads()
    with pytest.raises(RefreshTimeoutError):
        flights.join("key", unexpected, 0.01)
    release.set()
    leader.join(10)


# --- a fork -----------------------------------------------------------------------------------------


def test_reset_discards_the_flights_of_the_parent():
    flights = Flights(10.0)

    def child():
        flights.reset()
        assert not flights.is_in_flight("key")
        return flights.run("key", lambda: "child")

    assert flights.run("key", child) == "child"


def test_a_flight_that_lands_after_a_reset_does_not_remove_its_successor():
    flights, release, landed = Flights(10.0), threading.Event(), threading.Event()

    def parent():
        assert release.wait(10)

    def lead():
        flights.run("key", parent)
        landed.set()

    threading.Thread(target=lead, daemon=True).start()
    while not flights.is_in_flight("key"):
        pass
    flights.reset()

    def child():
        release.set()
        assert landed.wait(10)
        return flights.is_in_flight("key")

    assert flights.run("key", child)


# --- races and interruptions ----------------------------------------------------------------------


def test_a_caller_waits_for_a_flight_that_was_added_after_its_lookup():
    flights, other = Flights(10.0), Flight(10.0)
    other.was_interrupted, other.result = False, "result of the other thread"
    other.is_done.set()

    class Lookup(dict):
        def get(self, key):
            found = super().get(key)
            self.setdefault(key, other)
            return found

    flights._flights = Lookup()
    assert flights.run("key", lambda: pytest.fail("the work was repeated")) == other.result


def test_an_interrupted_start_leaves_no_flight():
    class Interrupted(Flights):
        def _start_thread(self, key, flight, work):
            raise KeyboardInterrupt

    flights = Interrupted(10.0)
    with pytest.raises(KeyboardInterrupt):
        flights.start("key", lambda: None)
    assert not flights.is_in_flight("key")


def test_a_thread_does_no_work_after_its_flight_was_removed():
    work_of_removed_flight = Flights(10.0)._lead("key", Flight(10.0), pytest.fail, is_new=False)
    assert work_of_removed_flight is False
