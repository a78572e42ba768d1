"""Tests for the async driver only; tests/unit/both_sides tests both drivers."""

from __future__ import annotations

import asyncio
import functools
import threading

import pytest

from cognito_credentials._aio.driver import Driver
from cognito_credentials._core import ops
from cognito_credentials.testing import AsyncScriptedTransport, FakeClock


def driver():
    return Driver(
        transport=AsyncScriptedTransport([]), clock=FakeClock(1000.0), max_flight_seconds=10.0
    )


async def coroutine(value=1):
    await asyncio.sleep(0)
    return value


class Callable:
    async def __call__(self):
        return 2


class AwaitableOnly:
    def __await__(self):
        yield
        return 3


def create_future():
    future = asyncio.get_running_loop().create_future()
    future.set_result(4)
    return future


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (coroutine, 1),
        (Callable(), 2),
        (AwaitableOnly, 3),
        (create_future, 4),
        (functools.partial(coroutine, 5), 5),
        (lambda: 6, 6),
    ],
)
async def test_an_awaitable_result_is_awaited(function, expected):
    assert await driver().run(ops.call(function)) == expected


async def test_an_error_of_a_coroutine_is_thrown_into_the_flow():
    async def fail():
        await asyncio.sleep(0)
        raise OSError("x")

    def flow():
        try:
            yield from ops.call(fail)
        except OSError as error:
            return str(error)

    assert await driver().run(flow()) == "x"


async def test_a_blocking_function_is_called_in_a_thread_and_the_loop_continues():
    came, goes_on = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    class Blocking:
        blocks = True

        def __call__(self, *, refresh):
            loop.call_soon_threadsafe(goes_on.set)
            assert came.wait(30), "the event loop was blocked"
            return threading.current_thread(), refresh

    async def meanwhile():
        await goes_on.wait()
        came.set()

    call = driver().run(ops.call(Blocking(), refresh=True))
    (thread, refresh), _ = await asyncio.gather(call, meanwhile())
    assert thread is not threading.current_thread()
    assert refresh


async def test_a_cancellation_closes_the_flow_and_is_raised():
    closed = []
    waits = asyncio.Event()

    async def wait():
        waits.set()
        await asyncio.Event().wait()

    def flow():
        try:
            yield from ops.call(wait)
        except Exception:  # noqa: BLE001 - A flow never receives a cancellation.
            closed.append("caught")
        finally:
            closed.append("closed")

    task = asyncio.create_task(driver().run(flow()))
    await waits.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert closed == ["closed"]


async def test_a_lease_is_released_if_its_task_is_canceled():
    released, started = [], asyncio.Event()

    class Lease:
        async def release(self):
            released.append(1)

    async def wait():
        started.set()
        await asyncio.Event().wait()

    def flow():
        yield from ops.acquire_lease(Lease)
        yield from ops.call(wait)

    task = asyncio.create_task(driver().run(flow()))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert released == [1]


async def test_a_synchronous_lease_is_released():
    released = []

    class Lease:
        def release(self):
            released.append(1)

    assert isinstance(await driver().run(ops.acquire_lease(Lease)), Lease)
    assert released == [1]
