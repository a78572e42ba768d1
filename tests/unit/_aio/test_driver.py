from __future__ import annotations

import asyncio
import functools
import threading

import pytest

from cognito_credentials._aio.driver import Driver
from cognito_credentials._core import ops
from cognito_credentials._core.http import HttpRequest
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.testing import AsyncScriptedTransport, FakeClock, answer

REQUEST = HttpRequest("POST", "https://example.com", {}, b"")


def driver(*script, clock=None):
    return Driver(
        transport=AsyncScriptedTransport(script),
        clock=clock or FakeClock(1000.0),
        longest_flight=10.0,
        random=lambda: 0.25,
    )


async def test_each_operation_is_answered():
    clock, response = FakeClock(1000.0), answer()

    def flow():
        yield from ops.sleep(5)
        return [
            (yield from ops.send(REQUEST)),
            (yield from ops.now()),
            (yield from ops.random()),
            (yield from ops.call(max, 3, 4)),
            (yield from ops.call(dict, a=1)),
            (yield from ops.share("key", ops.now)),
        ]

    result = await driver(response, clock=clock).run(flow())
    assert result == [response, 1005.0, 0.25, 4, {"a": 1}, 1005.0]


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


def a_future():
    future = asyncio.get_running_loop().create_future()
    future.set_result(4)
    return future


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (coroutine, 1),
        (Callable(), 2),
        (AwaitableOnly, 3),
        (a_future, 4),
        (functools.partial(coroutine, 5), 5),
        (lambda: 6, 6),
    ],
)
async def test_whatever_is_awaitable_is_awaited(function, expected):
    assert await driver().run(ops.call(function)) == expected


async def test_what_blocks_is_called_in_a_thread_and_the_loop_goes_on():
    came, goes_on = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    class Blocking:
        blocks = True

        def __call__(self, *, refresh):
            loop.call_soon_threadsafe(goes_on.set)
            assert came.wait(30), "the loop stands still"
            return threading.current_thread(), refresh

    async def meanwhile():
        await goes_on.wait()
        came.set()

    call = driver().run(ops.call(Blocking(), refresh=True))
    (thread, refresh), _ = await asyncio.gather(call, meanwhile())
    assert thread is not threading.current_thread()
    assert refresh


@pytest.mark.parametrize("error", [OSError("x"), KeyError("x"), ConfigurationError("x")])
async def test_an_error_is_thrown_into_the_flow(error):
    def flow():
        try:
            yield from ops.send(REQUEST)
        except type(error) as thrown:
            return thrown

    assert await driver(error).run(flow()) is error


async def test_an_error_of_a_coroutine_is_thrown_into_the_flow():
    async def fail():
        await asyncio.sleep(0)
        raise OSError("x")

    with pytest.raises(OSError, match="x"):
        await driver().run(ops.call(fail))


async def test_a_cancellation_closes_the_flow_and_goes_on():
    closed = []
    waits = asyncio.Event()

    async def wait():
        waits.set()
        await asyncio.Event().wait()

    def flow():
        try:
            yield from ops.call(wait)
        except Exception:  # noqa: BLE001 - flows never see a cancellation
            closed.append("caught")
        finally:
            closed.append("closed")

    task = asyncio.create_task(driver().run(flow()))
    await waits.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert closed == ["closed"]


# --- leases ------------------------------------------------------------------------------------------


class Lease:
    def __init__(self, error=None):
        self.released = 0
        self.error = error

    async def release(self):
        self.released += 1
        if self.error is not None:
            raise self.error


async def test_a_lease_is_held_while_its_flow_runs():
    lease = Lease()

    def inner():
        yield from ops.now()
        return lease.released

    assert await driver().run(ops.hold(lease, inner)) == 0
    assert lease.released == 1


async def test_a_lease_is_released_when_its_flow_fails():
    lease = Lease()

    def inner():
        yield from ops.now()
        raise KeyError("inner")

    with pytest.raises(KeyError, match="inner"):
        await driver().run(ops.hold(lease, inner))
    assert lease.released == 1


async def test_a_lease_is_released_when_its_flow_is_interrupted():
    lease = Lease()

    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await driver().run(ops.hold(lease, lambda: ops.call(interrupt)))
    assert lease.released == 1


async def test_a_lease_that_cannot_be_given_back_does_not_lose_the_answer():
    lease = Lease(OSError("the store is away"))
    assert await driver().run(ops.hold(lease, ops.now)) == 1000.0


async def test_a_lease_is_released_when_its_task_is_cancelled():
    lease, started = Lease(), asyncio.Event()

    async def wait():
        started.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(driver().run(ops.hold(lease, lambda: ops.call(wait))))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert lease.released == 1


async def test_a_lease_that_is_not_awaited_is_released_as_well():
    released = []

    class Plain:
        def release(self):
            released.append(1)

    assert await driver().run(ops.hold(Plain(), ops.now)) == 1000.0
    assert released == [1]
