from __future__ import annotations

import pytest
from flows import FlowRunner

from cognito_credentials._base.rate_limits import RateLimiter
from cognito_credentials._core import ops
from cognito_credentials._core.http import HttpRequest
from cognito_credentials._core.rate_limiting import (
    RateLimits,
    RefreshDeferredError,
    rate_limited,
)
from cognito_credentials._core.shared_store import SharedStore
from cognito_credentials.errors import RefreshTimeoutError
from cognito_credentials.metrics import BrokerMetrics


def request(operation: str) -> HttpRequest:
    target = {"X-Amz-Target": f"AWSCognitoIdentityService.{operation}"} if operation else {}
    return HttpRequest("POST", "https://example.com", target, b"")


GET_ID, STS = request("GetId"), request("")


class RecordingWait:
    """A fake rate limit that delays each request by half a second, and records the requests."""

    def __init__(self) -> None:
        self.requests: list[HttpRequest] = []

    def __call__(self, http_request):
        self.requests.append(http_request)
        yield from ops.sleep(0.5)


def send(http_request):
    return (yield from ops.send(http_request))


def test_a_flow_waits_before_each_request_of_its_own_and_of_inner_flows():
    def flow():
        first = yield from ops.send(GET_ID)
        second = yield from ops.single_flight("key", lambda: send(STS))
        third = yield from send(STS)
        now = yield from ops.now()
        return first, second, third, now

    wait, runner = RecordingWait(), FlowRunner("a", "b", "c", now=0.0)
    assert runner.run(rate_limited(flow(), wait)) == ("a", "b", "c", 1.5)
    assert wait.requests == [GET_ID, STS, STS]
    assert runner.slept == [0.5] * 3


def test_an_inner_flight_retains_its_key_and_maximum():
    flow = ops.single_flight("key", lambda: send(STS), max_seconds=5.0)
    operation = next(rate_limited(flow, RecordingWait()))
    assert (operation.key, operation.max_seconds) == ("key", 5.0)


def test_an_error_of_an_operation_is_thrown_into_the_flow():
    def flow():
        try:
            yield from ops.send(GET_ID)
        except OSError as error:
            return str(error)

    runner = FlowRunner(OSError("no route"))
    assert runner.run(rate_limited(flow(), RecordingWait())) == "no route"


def test_an_error_of_the_wait_is_thrown_into_the_flow():
    def fail(http_request):
        yield from ops.now()
        raise RefreshTimeoutError("too late")

    def flow():
        try:
            yield from ops.send(GET_ID)
        except RefreshTimeoutError as error:
            return error.message

    assert FlowRunner("a").run(rate_limited(flow(), fail)) == "too late"


def test_closing_a_rate_limited_flow_closes_the_inner_flow():
    closed = []

    def flow():
        try:
            yield from ops.now()
        finally:
            closed.append(1)

    running = rate_limited(flow(), RecordingWait())
    next(running)
    running.close()
    assert closed == [1]


class Limits:
    """A limit of one GetId request per second, with a stopped clock."""

    def __init__(self, store=None):
        self.metrics = BrokerMetrics()
        limiters = {"GetId": RateLimiter(1, lambda: 0.0)}
        self.limits = RateLimits(limiters, store, "account", self.metrics)
        self.delayed = []

    def wait(self, http_request=GET_ID, *, max_wait=10.0, is_background=False, runner=None):
        """Return the pauses with which the limits delay the request, in seconds."""
        runner = runner or FlowRunner()
        flow = self.limits.wait(
            http_request,
            max_wait=max_wait,
            is_background=is_background,
            on_wait=lambda: self.delayed.append(1),
        )
        runner.run(flow)
        return runner.slept


def test_a_request_without_a_quota_does_not_wait():
    limits = Limits()
    assert [limits.wait(STS) for _ in range(3)] == [[], [], []]


def test_a_request_waits_for_the_quota_up_to_its_maximum():
    limits = Limits()
    assert limits.wait() == []
    assert limits.delayed == []
    assert limits.wait() == [1.0]
    assert limits.delayed == [1]
    assert limits.metrics.rate_limited == 1
    with pytest.raises(RefreshTimeoutError, match="GetId") as caught:
        limits.wait(max_wait=0.5)
    assert not isinstance(caught.value, RefreshDeferredError)


def test_a_background_request_is_deferred_instead_of_waiting():
    limits = Limits()
    limits.wait()
    with pytest.raises(RefreshDeferredError):
        limits.wait(is_background=True)
    assert limits.delayed == []


class ReservingStore:
    """A store that enforces rate limits across hosts."""

    def __init__(self, *results):
        self.results = list(results)
        self.calls = []

    def reserve(self, name, **options):
        self.calls.append((name, options))
        result = self.results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result


def test_a_store_with_reserve_limits_the_rate_of_all_hosts():
    store = ReservingStore(3.0, None)
    limits = Limits(SharedStore(store))
    assert limits.wait() == [3.0]
    with pytest.raises(RefreshDeferredError):
        limits.wait(is_background=True)
    assert store.calls == [
        ("account GetId", {"interval": 1.0, "burst_seconds": 0.0, "max_wait": 10.0}),
        ("account GetId", {"interval": 1.0, "burst_seconds": 0.0, "max_wait": 0.0}),
    ]


def test_a_store_without_reserve_does_not_limit_the_rate():
    limits = Limits(SharedStore(object()))
    assert limits.wait() == []
    assert limits.wait() == [1.0]


def test_each_host_limits_its_own_rate_while_the_store_is_unavailable():
    limits = Limits(SharedStore(ReservingStore(OSError("down"))))
    runner = FlowRunner()
    assert limits.wait(runner=runner) == []
    assert limits.wait(runner=runner) == [1.0]
