"""Few tasks at once; tests/concurrency has many."""

from __future__ import annotations

import asyncio
import contextvars
import gc

import pytest

from cognito_credentials._aio.flight import Flights
from cognito_credentials.errors import ConfigurationError, RefreshTimeoutError, TransportError

WHO = contextvars.ContextVar("WHO", default="nobody")


async def value_of(value):
    await asyncio.sleep(0)
    return value


async def test_work_is_done_each_time_nobody_is_at_it():
    flights = Flights(10.0)
    assert [await flights.run("key", lambda n=n: value_of(n)) for n in range(3)] == [0, 1, 2]


async def test_those_who_come_together_share_the_work():
    flights = Flights(10.0)
    results = await asyncio.gather(*(flights.run("key", lambda n=n: value_of(n)) for n in range(5)))
    assert results == [0] * 5


async def test_another_key_is_another_flight():
    flights = Flights(10.0)
    results = await asyncio.gather(
        flights.run("a", lambda: value_of(1)), flights.run("b", lambda: value_of(2))
    )
    assert results == [1, 2]


async def test_it_is_known_what_is_under_way():
    flights = Flights(10.0)
    task = flights.start("key", lambda: value_of(1))
    assert flights.in_flight("key")
    assert not flights.in_flight("other")
    await task
    await asyncio.sleep(0)
    assert not flights.in_flight("key")


async def test_a_failed_flight_is_gone_when_its_waiters_learn_of_it():
    async def fail():
        await asyncio.sleep(0)
        raise TransportError("x")

    flights = Flights(10.0)
    with pytest.raises(TransportError):
        await flights.run("key", fail)
    assert not flights.in_flight("key")
    assert await flights.run("key", lambda: value_of(1)) == 1


async def test_a_failure_that_nobody_waits_for_makes_no_noise():
    async def fail():
        raise TransportError("x")

    complaints = []
    asyncio.get_running_loop().set_exception_handler(
        lambda loop, context: complaints.append(context)
    )
    flights = Flights(10.0)
    flights.start("key", fail)
    while flights.in_flight("key"):  # noqa: ASYNC110 - nobody waits for it
        await asyncio.sleep(0)
    gc.collect()
    assert complaints == []


async def test_an_error_of_another_library_comes_out_as_it_is():
    error = KeyError("x")

    async def fail():
        raise error

    with pytest.raises(KeyError) as raised:
        await Flights(10.0).run("key", fail)
    assert raised.value is error


async def test_the_work_starts_in_an_empty_context():
    async def who():
        return WHO.get()

    WHO.set("the first caller")
    assert await Flights(10.0).run("key", who) == "nobody"


async def test_a_cancelled_caller_takes_nothing_from_the_others():
    flights = Flights(10.0)
    release = asyncio.Event()

    async def work():
        await release.wait()
        return 1

    first = asyncio.create_task(flights.run("key", work))
    second = asyncio.create_task(flights.run("key", work))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    release.set()
    assert await second == 1
    assert first.cancelled()


def test_nothing_is_kept_of_a_loop_that_is_gone():
    flights = Flights(10.0)
    assert asyncio.run(flights.run("key", lambda: value_of(1))) == 1
    assert asyncio.run(flights.run("key", lambda: value_of(2))) == 2
    gc.collect()
    assert len(flights._by_loop) == 0


async def test_work_that_asks_for_itself_is_told_so():
    flights = Flights(10.0)

    async def work():
        return await flights.run("key", work)

    with pytest.raises(ConfigurationError, match="wait for itself"):
        await flights.run("key", work)
    assert await flights.run("key", lambda: value_of(1)) == 1


async def test_who_waits_too_long_is_told_and_the_next_starts_anew():
    flights = Flights(0.0)
    release = asyncio.Event()

    async def stuck():
        await release.wait()
        return "late"

    first = asyncio.create_task(flights.run("key", stuck))
    await asyncio.sleep(0)
    with pytest.raises(RefreshTimeoutError):
        await flights.run("key", stuck)
    assert await flights.run("key", lambda: value_of(2)) == 2
    release.set()
    assert await first == "late"  # whoever started it has all the time that it needs


async def test_when_the_work_is_cancelled_a_waiter_starts_it_anew():
    flights = Flights(10.0)

    async def never():
        await asyncio.Event().wait()

    first = asyncio.create_task(flights.run("key", never))
    await asyncio.sleep(0)
    second = asyncio.create_task(flights.run("key", lambda: value_of(2)))
    await asyncio.sleep(0)
    flights.start("key", never).cancel()  # as a supplier does whose own future was cancelled
    assert await second == 2
    with pytest.raises(asyncio.CancelledError):
        await first


# --- work that is done apart -------------------------------------------------------------------------


async def test_who_gives_up_leaves_the_work_to_go_on():
    flights, go, done = Flights(10), asyncio.Event(), []

    async def work():
        await go.wait()
        done.append(1)
        return "answer"

    with pytest.raises(RefreshTimeoutError, match=r"within 0\.0 s"):
        await flights.run_apart("key", work, 0)
    assert flights.in_flight("key")
    go.set()
    assert await flights.run_apart("key", work, 10) == "answer"
    assert done == [1]


async def test_each_waiter_of_work_apart_has_an_error_of_its_own():
    async def work():
        raise TransportError("no route")

    with pytest.raises(TransportError, match="no route") as caught:
        await Flights(10).run_apart("key", work, 10)
    assert isinstance(caught.value.__cause__, TransportError)


async def test_work_apart_that_waits_for_itself_is_told_so():
    flights = Flights(10)

    async def work():
        return await flights.run_apart("key", work, 10)

    with pytest.raises(ConfigurationError, match="wait for itself"):
        await flights.run_apart("key", work, 10)


async def test_work_apart_that_never_ends_is_left_to_itself():
    """Else one hung supplier would keep its user out for ever."""
    flights, release = Flights(0.0), asyncio.Event()
    with pytest.raises(RefreshTimeoutError):
        await flights.run_apart("key", release.wait, 0)
    assert await flights.run_apart("key", lambda: value_of(2), 10) == 2
    release.set()


async def test_work_apart_that_has_time_left_is_not():
    flights, release = Flights(60.0), asyncio.Event()
    for _ in range(2):
        with pytest.raises(RefreshTimeoutError):
            await flights.run_apart("key", release.wait, 0)
    assert flights.in_flight("key")
    release.set()


async def test_when_work_apart_is_cancelled_a_waiter_starts_it_anew_once():
    flights, begun = Flights(10.0), []

    async def cancelled():
        begun.append(1)
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await flights.run_apart("key", cancelled, 10)
    assert begun == [1, 1]


async def test_a_waiter_of_cancelled_work_keeps_its_deadline():
    flights, never = Flights(60.0), asyncio.Event()

    async def work():
        if flights_begun:
            await never.wait()
        flights_begun.append(1)
        raise asyncio.CancelledError

    flights_begun = []
    with pytest.raises(RefreshTimeoutError):
        await flights.run_apart("key", work, 0.01)
    never.set()
