"""Operations that both drivers must perform in the same way."""

from __future__ import annotations

import pytest
from harness import RecordingClock

from cognito_credentials._aio.driver import Driver as AsyncDriver
from cognito_credentials._core import ops
from cognito_credentials._core.http import HttpRequest
from cognito_credentials._sync.driver import Driver
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.testing import AsyncScriptedTransport, ScriptedTransport, success_response

REQUEST = HttpRequest("POST", "https://example.com", {}, b"")


class Subject:
    """A blocking interface to a sync or async driver."""

    def __init__(self, side, *script):
        self.side = side
        self.clock = RecordingClock()
        kind, transport = (
            (Driver, ScriptedTransport) if side.is_sync else (AsyncDriver, AsyncScriptedTransport)
        )
        self.driver = kind(
            transport=transport(script),
            clock=self.clock,
            max_flight_seconds=10.0,
            random=lambda: 0.25,
        )

    def run(self, flow):
        return self.side.run(self.driver.run, flow)


class Lease:
    """A sync or async lease; `release` raises `error` unless it is None."""

    def __init__(self, side, error=None):
        self.released = 0
        self.error = error
        if not side.is_sync:
            self.release = self.release_async

    def release(self):
        self.released += 1
        if self.error is not None:
            raise self.error

    async def release_async(self):
        Lease.release(self)


def test_each_operation_returns_its_result(side):
    response = success_response()
    subject = Subject(side, response)

    def flow():
        started_at = yield from ops.now()
        yield from ops.sleep(5)
        return [
            (yield from ops.send(REQUEST)),
            (yield from ops.now()) - started_at,
            (yield from ops.random()),
            (yield from ops.call(max, 3, 4)),
            (yield from ops.call(dict, a=1)),
            (yield from ops.single_flight("key", ops.random)),
            (yield from ops.join_flight("key", ops.random, timeout_seconds=10)),
            (yield from ops.is_in_flight("key")),
            (yield from ops.acquire_lease(max, 3, 4)),
        ]

    expected = [response, 5.0, 0.25, 4, {"a": 1}, 0.25, 0.25, False, 4]
    assert subject.run(flow()) == expected
    assert subject.clock.slept == [5]


@pytest.mark.parametrize("error", [OSError("x"), KeyError("x"), ConfigurationError("x")])
def test_an_error_is_thrown_into_the_flow(side, error):
    def flow():
        try:
            yield from ops.send(REQUEST)
        except type(error) as thrown:
            return thrown

    assert Subject(side, error).run(flow()) is error


def test_an_error_that_the_flow_does_not_catch_is_raised(side):
    error = OSError("x")
    with pytest.raises(OSError, match="x") as raised:
        Subject(side, error).run(ops.send(REQUEST))
    assert raised.value is error


def test_a_function_that_raises_stop_iteration_does_not_end_the_flow(side):
    with pytest.raises(RuntimeError):
        Subject(side).run(ops.call(next, iter(())))


def test_a_closed_driver_sends_no_request(side):
    subject = Subject(side)
    subject.driver.is_closed = True
    with pytest.raises(ConfigurationError, match="closed"):
        subject.run(ops.send(REQUEST))
    with pytest.raises(ConfigurationError, match="closed"):
        subject.driver.check_open()


def test_a_lease_is_held_until_its_flow_ends(side):
    lease = Lease(side)

    def flow():
        assert (yield from ops.acquire_lease(lambda: lease)) is lease
        yield from ops.now()
        return lease.released

    assert Subject(side).run(flow()) == 0
    assert lease.released == 1


def test_a_lease_of_an_inner_flow_is_released_with_the_inner_flow(side):
    lease = Lease(side)

    def flow():
        yield from ops.single_flight("key", lambda: ops.acquire_lease(lambda: lease))
        return lease.released

    assert Subject(side).run(flow()) == 1


def test_a_lease_is_released_if_its_flow_fails(side):
    lease = Lease(side)

    def flow():
        yield from ops.acquire_lease(lambda: lease)
        raise KeyError("flow")

    with pytest.raises(KeyError, match="flow"):
        Subject(side).run(flow())
    assert lease.released == 1


def test_a_flow_that_gets_no_lease_continues(side):
    def flow():
        yield from ops.acquire_lease(lambda: None)
        return (yield from ops.random())

    assert Subject(side).run(flow()) == 0.25


def test_a_lease_that_cannot_be_released_does_not_lose_the_result(side):
    lease = Lease(side, OSError("the store is down"))

    def flow():
        yield from ops.acquire_lease(lambda: lease)
        return (yield from ops.random())

    assert Subject(side).run(flow()) == 0.25
    assert lease.released == 1
