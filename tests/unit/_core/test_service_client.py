from __future__ import annotations

import time

import pytest
from flows import FlowRunner
from wait_displays import recorded_waits

from cognito_credentials._core import wire_cognito
from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.http import HttpResponse
from cognito_credentials._core.service_client import ServiceClient
from cognito_credentials.errors import (
    InternalErrorException,
    MalformedResponseError,
    RequestTimeoutError,
    TooManyRequestsException,
    TransportError,
)
from cognito_credentials.testing import answer, refusal

NOON = 1_800_007_200.0
NOON_TEXT = "Fri, 15 Jan 2027 10:00:00 GMT"
FAILED = refusal("InternalErrorException", "oops", status=500)


def call(runner, caller=None, members=None):
    caller = caller or ServiceClient(max_attempts=3, user_agent="test/1")
    return runner.run(caller.call(wire_cognito, "https://x", "GetId", members or {}, CallContext()))


def test_the_members_of_the_answer_are_returned():
    runner = FlowRunner(answer(A=1))
    assert call(runner, members={"B": 2}) == {"A": 1}
    (request,) = runner.requests
    assert request.url == "https://x"
    assert request.body == b'{"B":2}'
    assert request.headers["User-Agent"] == "test/1"


def test_the_request_is_made_once_and_sent_again():
    runner = FlowRunner(FAILED, TransportError("x"), answer())
    call(runner)
    assert len(runner.requests) == 3
    assert len(set(map(id, runner.requests))) == 1


def test_the_last_error_is_raised():
    runner = FlowRunner(FAILED, FAILED, TransportError("the last"))
    with pytest.raises(TransportError, match="the last"):
        call(runner)
    assert runner.slept == [0.05, 0.1]


def test_what_the_transport_cannot_read_is_not_retried():
    runner = FlowRunner(MalformedResponseError("larger than 1 MiB"))
    with pytest.raises(MalformedResponseError):
        call(runner)
    assert runner.slept == []


def test_an_unreadable_success_is_not_retried():
    runner = FlowRunner(HttpResponse(200, {}, b"<html>"))
    with pytest.raises(MalformedResponseError):
        call(runner)
    assert len(runner.requests) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"x-amz-retry-after": "250"}, 0.25),
        ({"x-amz-retry-after": "soon", "retry-after": "3"}, 3.0),
        ({"retry-after": "9" * 5000}, 20.0),
    ],
)
def test_the_services_wish_is_read(headers, seconds):
    runner = FlowRunner(refusal("TooManyRequestsException", "", headers=headers), answer())
    call(runner)
    assert runner.slept == [seconds]


def test_the_wish_is_on_the_error():
    runner = FlowRunner(refusal("TooManyRequestsException", "", headers={"retry-after": "3"}))
    with pytest.raises(TooManyRequestsException) as raised:
        call(runner, ServiceClient(max_attempts=1, user_agent=""))
    assert raised.value.retry_after == 3.0


@pytest.mark.parametrize(
    ("offset", "skew"), [(0, 0.0), (2.9, 0.0), (-2.9, 0.0), (3, -3.0), (-3600, 3600.0)]
)
def test_the_services_clock_is_read(offset, skew):
    caller = ServiceClient(max_attempts=1, user_agent="")
    response = answer()
    response.headers["date"] = NOON_TEXT
    runner = FlowRunner(response, now=NOON + offset)
    assert caller.skew is None
    call(runner, caller)
    assert caller.skew == skew
    assert runner.run(caller.service_now()) == NOON + offset + skew


@pytest.mark.parametrize("date", [NOON_TEXT, "Fri, 15 Jan 2027 10:00:00", NOON_TEXT[:-3] + "-0000"])
def test_a_date_is_gmt_wherever_this_machine_is(date, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        caller = ServiceClient(max_attempts=1, user_agent="")
        response = answer()
        response.headers["date"] = date
        call(FlowRunner(response, now=NOON - 60), caller)
        assert caller.skew == 60.0
    finally:
        monkeypatch.undo()
        time.tzset()


def test_without_an_answer_our_clock_is_taken():
    caller = ServiceClient(max_attempts=1, user_agent="")
    assert FlowRunner(now=NOON).run(caller.service_now()) == NOON


def test_an_unreadable_date_keeps_what_was_known():
    caller = ServiceClient(max_attempts=1, user_agent="")
    caller.clock.skew = 77.0
    response = answer()
    response.headers["date"] = "tomorrow"
    call(FlowRunner(response), caller)
    assert caller.skew == 77.0


def test_a_refusal_tells_the_time_as_well():
    caller = ServiceClient(max_attempts=1, user_agent="")
    FAILED_WITH_DATE = refusal("InternalErrorException", "", headers={"date": NOON_TEXT})  # noqa: N806
    with pytest.raises(InternalErrorException):
        call(FlowRunner(FAILED_WITH_DATE, now=NOON - 100), caller)
    assert caller.skew == 100.0


def test_an_empty_bucket_ends_the_retries():
    caller = ServiceClient(max_attempts=3, user_agent="")
    caller.quota.available = 7
    runner = FlowRunner(FAILED, FAILED)
    with pytest.raises(InternalErrorException):
        call(runner, caller)
    assert len(runner.requests) == 2
    assert caller.quota.available == 2


def test_a_success_gives_back_what_its_last_retry_cost():
    caller = ServiceClient(max_attempts=3, user_agent="")
    caller.quota.available = 100
    call(FlowRunner(RequestTimeoutError("x"), answer()), caller)
    assert caller.quota.available == 100
    call(FlowRunner(answer()), caller)
    assert caller.quota.available == 101


def test_the_retries_are_logged_without_values(caplog):
    caplog.set_level("DEBUG", "cognito_credentials")
    call(FlowRunner(refusal("InternalErrorException", "a text of the service"), answer()))
    assert caplog.messages == [
        "GetId, attempt 1: POST https://x: HTTP 400, internal-error in 0 ms",
        "GetId again in 0.05 s",
        "GetId, attempt 2: POST https://x: HTTP 200 in 0 ms",
    ]


@pytest.mark.parametrize("year", ["", "noon", "9" * 20])
def test_a_date_that_is_none_teaches_nothing(year):
    caller, date = ServiceClient(max_attempts=1, user_agent=""), NOON_TEXT.replace("2027", year)
    assert call(FlowRunner(HttpResponse(200, {"date": date}, b"{}")), caller) == {}
    assert not caller.skew


def test_an_address_that_never_answered_is_told_with_attempts_and_time():
    runner = FlowRunner(*(RequestTimeoutError(f"No answer from x ({n}).") for n in (1, 2, 3)))
    runner.random = 100.0  # a wait of 10 s, and one of 20
    with pytest.raises(RequestTimeoutError) as caught:
        call(runner)
    assert caught.value.message == "No answer from x (3). Tried 3 times in 30 s."


def test_one_attempt_is_not_counted():
    with pytest.raises(TransportError) as caught:
        call(FlowRunner(TransportError("x.")), ServiceClient(max_attempts=1, user_agent=""))
    assert caught.value.message == "x."


def test_all_attempts_of_a_call_are_one_wait():
    with recorded_waits() as events:
        call(FlowRunner(FAILED, TransportError("x"), answer()))
    assert events == [
        ("begin", "GetId from https://x"),
        ("end", "GetId, attempt 3, from https://x"),
    ]
