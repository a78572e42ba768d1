"""One thread after another; tests/concurrency has many at once."""

from __future__ import annotations

import threading

import pytest

from cognito_credentials._sync.flight import Flights
from cognito_credentials.errors import ConfigurationError, RefreshTimeoutError, TransportError


def test_work_is_done_each_time_nobody_is_at_it():
    flights = Flights(1.0)
    done = []
    for number in range(3):
        assert flights.run("key", lambda number=number: done.append(number) or number) == number
    assert done == [0, 1, 2]


def test_a_leaders_error_is_its_own():
    error = TransportError("x")

    def fail():
        raise error

    flights = Flights(1.0)
    for _ in range(2):
        with pytest.raises(TransportError) as raised:
            flights.run("key", fail)
        assert raised.value is error
    assert not flights.in_flight("key")


def test_another_key_is_another_flight():
    flights = Flights(1.0)
    assert flights.run("a", lambda: flights.run("b", lambda: 5)) == 5


def test_it_is_known_what_is_under_way():
    flights = Flights(1.0)
    seen = flights.run("key", lambda: (flights.in_flight("key"), flights.in_flight("other")))
    assert seen == (True, False)
    assert not flights.in_flight("key")


def test_who_waits_too_long_is_told():
    flights = Flights(0.0)
    release, under_way = threading.Event(), threading.Event()

    def slow():
        under_way.set()
        assert release.wait(10)

    leader = threading.Thread(target=flights.run, args=("key", slow))
    leader.start()
    assert under_way.wait(10)
    with pytest.raises(RefreshTimeoutError) as raised:
        flights.run("key", lambda: None)
    assert raised.value.is_retryable
    release.set()
    leader.join(10)


def test_background_work_is_done_in_a_daemon_thread():
    flights = Flights(1.0)
    threads = []
    done = threading.Event()

    def work():
        threads.append(threading.current_thread())
        done.set()

    flights.start("key", work)
    assert done.wait(10)
    threads[0].join(10)
    assert threads[0].daemon
    assert threads[0].name == "cognito-credentials"
    assert not flights.in_flight("key")


def test_background_work_is_not_started_twice():
    flights = Flights(1.0)
    release = threading.Event()
    started = []

    def work():
        started.append(threading.current_thread())
        assert release.wait(10)

    for _ in range(3):
        flights.start("key", work)
    release.set()
    for thread in started:
        thread.join(10)
    assert len(started) == 1


def test_a_failure_in_the_background_makes_no_noise(capfd):
    flights = Flights(1.0)
    threads = []

    def fail():
        threads.append(threading.current_thread())
        raise TransportError("x")

    flights.start("key", fail)
    while flights.in_flight("key"):
        threading.Event().wait(0)
    threads[0].join(10)
    assert capfd.readouterr() == ("", "")


def test_a_waiter_takes_the_background_works_answer():
    flights = Flights(10.0)
    release = threading.Event()
    flights.start("key", lambda: release.wait(10) and "the answer")
    release.set()
    assert flights.run("key", lambda: "the answer") == "the answer"


def test_where_no_thread_can_be_started_callers_do_the_work(monkeypatch):
    def refuse(thread):
        raise RuntimeError("can't start new thread")

    flights = Flights(1.0)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    flights.start("key", lambda: 1)
    assert not flights.in_flight("key")
    assert flights.run("key", lambda: 2) == 2


def test_reset_forgets_flights_and_a_lock_that_is_held():
    flights = Flights(1.0)
    flights._lock.acquire()
    flights._flights["key"] = None  # type: ignore[assignment]
    flights.reset()
    assert flights.run("key", lambda: 3) == 3


def test_a_flight_that_ends_after_a_reset_leaves_the_new_one_alone():
    flights = Flights(1.0)

    def forked():
        flights.reset()
        return flights.run("key", lambda: flights.run("other", lambda: "inner"))

    assert flights.run("key", forked) == "inner"

    def forked_while_another_flies():
        flights.reset()
        flights._flights["key"] = other = object()
        return other

    other = flights.run("key", forked_while_another_flies)
    assert flights._flights["key"] is other


def test_work_that_asks_for_itself_is_told_so():
    flights = Flights(10.0)

    def work():
        return flights.run("key", work)

    with pytest.raises(ConfigurationError, match="wait for itself"):
        flights.run("key", work)
    assert flights.run("key", lambda: 1) == 1


def test_after_a_flight_that_never_ends_the_next_starts_anew():
    flights = Flights(0.0)
    release = threading.Event()
    flights.start("key", lambda: release.wait(10))
    with pytest.raises(RefreshTimeoutError):
        flights.run("key", lambda: 1)
    assert flights.run("key", lambda: 2) == 2
    release.set()


# --- work that is done apart -------------------------------------------------------------------------


def test_work_apart_is_done_in_another_thread_and_its_answer_is_everybody_s():
    flights = Flights(10)
    assert flights.run_apart("key", threading.get_ident, 10) != threading.get_ident()
    assert not flights.in_flight("key")


def test_who_gives_up_leaves_the_work_to_go_on():
    flights, go, done = Flights(10), threading.Event(), []

    def work():
        assert go.wait(10)
        done.append(1)
        return "answer"

    with pytest.raises(RefreshTimeoutError, match=r"within 0\.0 s"):
        flights.run_apart("key", work, 0)
    assert flights.in_flight("key")
    threading.Timer(0.01, go.set).start()
    assert flights.run_apart("key", work, 10) == "answer"
    assert done == [1]


def test_each_waiter_of_work_apart_has_an_error_of_its_own():
    def work():
        raise TransportError("no route")

    flights = Flights(10)
    with pytest.raises(TransportError, match="no route") as caught:
        flights.run_apart("key", work, 10)
    assert isinstance(caught.value.__cause__, TransportError)


def test_work_apart_that_waits_for_itself_is_told_so():
    flights = Flights(10)
    with pytest.raises(ConfigurationError, match="wait for itself"):
        flights.run_apart("key", lambda: flights.run_apart("key", int, 10), 10)


def test_work_apart_that_never_ends_is_left_to_itself():
    """Else one hung supplier would keep its user out for ever."""
    flights, release = Flights(0.0), threading.Event()
    with pytest.raises(RefreshTimeoutError):
        flights.run_apart("key", lambda: release.wait(10), 0)
    assert flights.run_apart("key", lambda: 2, 10) == 2
    release.set()


def test_work_apart_that_has_time_left_is_not():
    flights, release = Flights(60.0), threading.Event()
    for _ in range(2):
        with pytest.raises(RefreshTimeoutError):
            flights.run_apart("key", lambda: release.wait(10), 0)
    assert flights.in_flight("key")
    release.set()


def test_where_no_thread_can_be_started_a_waiter_keeps_its_deadline(monkeypatch):
    def refuse(thread):
        raise RuntimeError("can't start new thread")

    flights, under_way, release = Flights(60.0), threading.Event(), threading.Event()

    def slow():
        under_way.set()
        assert release.wait(10)

    def work():
        raise AssertionError("it is under way")

    leader = threading.Thread(target=flights.run, args=("key", slow))
    leader.start()
    assert under_way.wait(10)
    start = flights.start

    def start_elsewhere(key, work):
        return start("another", work)  # the leader came between this and the wait

    monkeypatch.setattr(threading.Thread, "start", refuse)
    flights.start = start_elsewhere
    with pytest.raises(RefreshTimeoutError):
        flights.run_apart("key", work, 0.01)
    release.set()
    leader.join(10)
