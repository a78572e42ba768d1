from __future__ import annotations

import pytest
from flows import FlowRunner

from cognito_credentials._base.rate_limits import RateLimiter
from cognito_credentials._core import ops
from cognito_credentials._core.http import HttpRequest
from cognito_credentials._core.rate_limiting import NotNowError, Pacing, paced
from cognito_credentials._core.shared_fetch import SharedStore
from cognito_credentials.errors import RefreshTimeoutError
from cognito_credentials.metrics import BrokerMetrics


def request(operation: str) -> HttpRequest:
    target = {"X-Amz-Target": f"AWSCognitoIdentityService.{operation}"} if operation else {}
    return HttpRequest("POST", "https://example.com", target, b"")


GET_ID, STS = request("GetId"), request("")


class Turns:
    def __init__(self) -> None:
        self.asked: list[HttpRequest] = []

    def __call__(self, asked):
        self.asked.append(asked)
        yield from ops.sleep(0.5)


def test_a_flow_waits_before_each_request_and_those_within():
    def inner():
        return (yield from ops.send(STS))

    def flow():
        first = yield from ops.send(GET_ID)
        second = yield from ops.share("key", inner)
        third = yield from ops.share("other", inner)
        now = yield from ops.now()
        return first, second, third, now

    turns, runner = Turns(), FlowRunner("a", "b", "c", now=0.0)
    assert runner.run(paced(flow(), turns)) == ("a", "b", "c", 1.5)
    assert turns.asked == [GET_ID, STS, STS]
    assert runner.slept == [0.5] * 3


def test_what_an_operation_raises_is_thrown_into_the_flow():
    def flow():
        try:
            yield from ops.send(GET_ID)
        except OSError as error:
            return str(error)

    assert FlowRunner(OSError("no route")).run(paced(flow(), Turns())) == "no route"


def test_a_turn_that_does_not_come_is_an_error_of_the_flow():
    def refuse(asked):
        yield from ops.now()
        raise RefreshTimeoutError("too late")

    def flow():
        yield from ops.send(GET_ID)

    with pytest.raises(RefreshTimeoutError, match="too late"):
        FlowRunner("a").run(paced(flow(), refuse))


def test_a_flow_that_is_closed_closes_what_it_paces():
    closed = []

    def flow():
        try:
            yield from ops.now()
        finally:
            closed.append(1)

    running = paced(flow(), Turns())
    next(running)
    running.close()
    assert closed == [1]


def wait(pacing, asked=GET_ID, *, longest=10.0, background=False, runner=None):
    runner = runner or FlowRunner()
    runner.run(pacing.wait(asked, longest=longest, background=background))
    return runner.slept


def pacing(fleet=None):
    return Pacing({"GetId": RateLimiter(1, lambda: 0.0)}, fleet, "account", BrokerMetrics())


def test_what_has_no_quota_goes_at_once():
    local = pacing()
    assert [wait(local, STS) for _ in range(3)] == [[], [], []]


def test_who_comes_too_early_waits_or_is_told():
    local = pacing()
    assert wait(local) == []
    assert wait(local) == [1.0]
    assert local.metrics.paced == 1
    with pytest.raises(RefreshTimeoutError, match="quota of GetId"):
        wait(local, longest=0.5)
    with pytest.raises(NotNowError):
        wait(local, background=True)


class Fleet:
    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def reserve(self, name, **pace):
        self.asked.append((name, pace))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_the_fleet_decides_where_the_store_can():
    fleet = Fleet(3.0, None)
    local = pacing(SharedStore(fleet))
    assert wait(local) == [3.0]
    with pytest.raises(NotNowError):
        wait(local, background=True)
    assert fleet.asked == [
        ("account GetId", {"interval": 1.0, "ahead": 0.0, "longest": 10.0}),
        ("account GetId", {"interval": 1.0, "ahead": 0.0, "longest": 0.0}),
    ]


def test_a_fleet_that_is_down_leaves_each_host_to_itself():
    local = pacing(SharedStore(Fleet(OSError("away"))))
    runner = FlowRunner()
    assert wait(local, runner=runner) == []
    assert wait(local, runner=runner) == [1.0]
