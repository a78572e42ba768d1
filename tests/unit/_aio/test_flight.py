"""Tasks and event loops in async flights.

tests/unit/both_sides tests the behavior that sync and async flights share.
"""

from __future__ import annotations

import asyncio
import contextvars
import gc
import weakref

import pytest

from cognito_credentials._aio.flight import Flights
from cognito_credentials.errors import RefreshTimeoutError, TransportError

CALLER = contextvars.ContextVar("CALLER", default="no caller")


async def value_of(value):
    await asyncio.sleep(0)
    return value


async def test_concurrent_callers_share_the_work():
    flights = Flights(10.0)
    results = await asyncio.gather(*(flights.run("key", lambda n=n: value_of(n)) for n in range(5)))
    assert results == [0] * 5


async def test_a_failed_flight_is_removed_before_its_caller_gets_the_error():
    async def fail():
        await asyncio.sleep(0)
        raise TransportError("x")

    flights = Flights(10.0)
    with pytest.raises(TransportError):
        await flights.run("key", fail)
    assert not flights.is_in_flight("key")
    assert await flights.run("key", lambda: value_of(1)) == 1


async def test_a_background_failure_without_a_waiter_is_not_reported():
    async def fail():
        raise TransportError("x")

    complaints = []
    asyncio.get_running_loop().set_exception_handler(
        lambda loop, context: complaints.append(context)
    )
    flights = Flights(10.0)
    flights.start("key", fail)
    while flights.is_in_flight("key"):  # noqa: ASYNC110 - The task has no waiter.
        await asyncio.sleep(0)
    gc.collect()
    assert complaints == []


async def test_the_work_has_an_empty_context():
    async def caller():
        return CALLER.get()

    CALLER.set("the first caller")
    assert await Flights(10.0).run("key", caller) == "no caller"


async def test_a_canceled_caller_does_not_affect_the_others():
    flights, release = Flights(10.0), asyncio.Event()

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


def test_nothing_is_retained_of_a_closed_event_loop():
    flights, loops = Flights(10.0), []

    async def program():
        loops.append(weakref.ref(asyncio.get_running_loop()))
        return await flights.run("key", lambda: value_of(1))

    assert [asyncio.run(program()) for _ in range(2)] == [1, 1]
    gc.collect()
    assert [loop() for loop in loops] == [None, None]


async def test_the_first_caller_of_a_flight_has_no_time_limit():
    flights, release = Flights(0.0), asyncio.Event()

    async def slow():
        await release.wait()
        return "late"

    first = asyncio.create_task(flights.run("key", slow))
    await asyncio.sleep(0)
    with pytest.raises(RefreshTimeoutError):
        await flights.run("key", slow)
    assert await flights.run("key", lambda: value_of(2)) == 2
    release.set()
    assert await first == "late"


async def test_if_the_work_is_canceled_a_waiter_starts_it_again():
    flights = Flights(10.0)

    async def never():
        await asyncio.Event().wait()

    first = asyncio.create_task(flights.run("key", never))
    await asyncio.sleep(0)
    second = asyncio.create_task(flights.run("key", lambda: value_of(2)))
    await asyncio.sleep(0)
    # The effect is the same if a supplier's own future is canceled.
    flights.start("key", never).task.cancel()
    assert await second == 2
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_if_joined_work_is_canceled_it_is_started_again_once():
    flights, starts = Flights(10.0), []

    async def canceled():
        starts.append(1)
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await flights.join("key", canceled, 10)
    assert starts == [1, 1]


async def test_a_caller_that_joins_canceled_work_retains_its_timeout():
    flights, starts, never = Flights(60.0), [], asyncio.Event()

    async def work():
        if starts:
            await never.wait()
        starts.append(1)
        raise asyncio.CancelledError

    with pytest.raises(RefreshTimeoutError):
        await flights.join("key", work, 0.01)
    never.set()


async def test_an_interrupted_start_cancels_the_work_and_leaves_no_flight():
    class Interrupted(dict):
        def __setitem__(self, key, flight):
            raise KeyboardInterrupt

    flights = Flights(10.0)
    flights._by_loop[asyncio.get_running_loop()] = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        flights.start("key", lambda: value_of("never used"))
    assert not flights.is_in_flight("key")
    (task,) = asyncio.all_tasks() - {asyncio.current_task()}
    with pytest.raises(asyncio.CancelledError):
        await task
