"""Tests for the sync driver only; tests/unit/both_sides tests both drivers."""

from __future__ import annotations

import functools

import pytest

from cognito_credentials._core import ops
from cognito_credentials._sync.driver import Driver
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.testing import FakeClock, ScriptedTransport


def driver():
    return Driver(transport=ScriptedTransport([]), clock=FakeClock(1000.0), max_flight_seconds=10.0)


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_interruption_closes_the_flow_and_is_raised(interruption):
    closed = []

    def interrupt():
        raise interruption

    def flow():
        try:
            yield from ops.call(interrupt)
        except Exception:  # noqa: BLE001 - A flow never receives an interruption.
            closed.append("caught")
        finally:
            closed.append("closed")

    with pytest.raises(interruption) as raised:
        driver().run(flow())
    assert closed == ["closed"]
    # The traceback keeps the flow alive, so it was the driver that closed the flow, not the garbage
    # collector.
    assert raised.value.__traceback__


def test_a_lease_is_released_if_its_flow_is_interrupted():
    released = []

    class Lease:
        def release(self):
            released.append(1)

    def interrupt():
        raise KeyboardInterrupt

    def flow():
        yield from ops.acquire_lease(Lease)
        yield from ops.call(interrupt)

    with pytest.raises(KeyboardInterrupt):
        driver().run(flow())
    assert released == [1]


async def coroutine():
    """Do nothing. The driver must close this coroutine: otherwise, Python would warn."""


class Callable:
    async def __call__(self):
        """Do nothing; the driver must close this coroutine as well."""


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
def test_an_asynchronous_function_is_rejected_by_name(function, name):
    with pytest.raises(ConfigurationError, match=f"^{name} ") as raised:
        driver().run(ops.call(function))
    assert "cognito_credentials.aio" in raised.value.hint
