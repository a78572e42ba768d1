from __future__ import annotations

import functools

import pytest

from cognito_credentials._core import ops
from cognito_credentials._core.http import HttpRequest
from cognito_credentials._sync.driver import Driver
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.testing import FakeClock, ScriptedTransport, answer

REQUEST = HttpRequest("POST", "https://example.com", {}, b"")


def driver(*script, clock=None):
    return Driver(
        transport=ScriptedTransport(script),
        clock=clock or FakeClock(1000.0),
        longest_flight=10.0,
        random=lambda: 0.25,
    )


def test_each_operation_is_answered():
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

    result = driver(response, clock=clock).run(flow())
    assert result == [response, 1005.0, 0.25, 4, {"a": 1}, 1005.0]


@pytest.mark.parametrize("error", [OSError("x"), KeyError("x"), ConfigurationError("x")])
def test_an_error_is_thrown_into_the_flow(error):
    def flow():
        try:
            yield from ops.send(REQUEST)
        except type(error) as thrown:
            return thrown

    assert driver(error).run(flow()) is error


def test_an_error_that_the_flow_does_not_take_comes_out():
    error = OSError("x")
    with pytest.raises(OSError, match="x") as raised:
        driver(error).run(ops.send(REQUEST))
    assert raised.value is error


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_interruption_closes_the_flow_and_goes_on(interruption):
    closed = []

    def interrupt():
        raise interruption

    def flow():
        try:
            yield from ops.call(interrupt)
        except Exception:  # noqa: BLE001 - flows never see an interruption
            closed.append("caught")
        finally:
            closed.append("closed")

    with pytest.raises(interruption) as raised:
        driver().run(flow())
    assert closed == ["closed"]
    assert raised.value.__traceback__  # it holds the flow, which would be closed by its end else


def test_a_callable_that_raises_stop_iteration_does_not_end_the_flow():
    with pytest.raises(RuntimeError):
        driver().run(ops.call(next, iter(())))


# --- what is asynchronous -----------------------------------------------------------------------------


async def coroutine():
    """Never awaited: the driver closes it, or the test's warnings are errors."""


class Callable:
    async def __call__(self):
        """Never awaited either."""


class AwaitableOnly:
    def __await__(self):
        yield


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (coroutine, "coroutine"),
        (Callable(), "Callable"),
        (functools.partial(coroutine), "partial"),
        (AwaitableOnly, "AwaitableOnly"),
    ],
)
def test_what_is_asynchronous_is_refused_by_name(function, name):
    with pytest.raises(ConfigurationError, match=f"^{name} is asynchronous") as raised:
        driver().run(ops.call(function))
    assert "cognito_credentials.aio" in raised.value.hint


# --- leases ------------------------------------------------------------------------------------------


class Lease:
    def __init__(self, error=None):
        self.released = 0
        self.error = error

    def release(self):
        self.released += 1
        if self.error is not None:
            raise self.error


def test_a_lease_is_held_while_its_flow_runs():
    lease = Lease()

    def inner():
        yield from ops.now()
        return lease.released

    assert driver().run(ops.hold(lease, inner)) == 0
    assert lease.released == 1


def test_a_lease_is_released_when_its_flow_fails():
    lease = Lease()

    def inner():
        yield from ops.now()
        raise KeyError("inner")

    with pytest.raises(KeyError, match="inner"):
        driver().run(ops.hold(lease, inner))
    assert lease.released == 1


def test_a_lease_is_released_when_its_flow_is_interrupted():
    lease = Lease()

    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        driver().run(ops.hold(lease, lambda: ops.call(interrupt)))
    assert lease.released == 1


def test_a_lease_that_cannot_be_given_back_does_not_lose_the_answer():
    lease = Lease(OSError("the store is away"))
    assert driver().run(ops.hold(lease, ops.now)) == 1000.0
