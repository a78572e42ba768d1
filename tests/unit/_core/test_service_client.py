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
    LoginTokenRejected,
    MalformedResponseError,
    RequestTimeoutError,
    TooManyRequestsException,
    TransportError,
)
from cognito_credentials.testing import error_response, success_response

NOON = 1_800_007_200.0
NOON_TEXT = "Fri, 15 Jan 2027 10:00:00 GMT"
FAILED = error_response("InternalErrorException", "oops", status=500)
THROTTLED = error_response("TooManyRequestsException", "Rate exceeded")
UNVERIFIED = error_response(
    "NotAuthorizedException", "Invalid login token. Couldn't verify signed token."
)


def call(runner, client=None, members=None):
    client = client or ServiceClient(max_attempts=3, user_agent="test/1")
    return runner.run(client.call(wire_cognito, "https://x", "GetId", members or {}, CallContext()))


def test_call_returns_the_members_of_the_result():
    runner = FlowRunner(success_response(A=1))
    assert call(runner, members={"B": 2}) == {"A": 1}
    (request,) = runner.requests
    assert request.url == "https://x"
    assert request.body == b'{"B":2}'
    assert request.headers["User-Agent"] == "test/1"


def test_a_retry_sends_the_same_request():
    runner = FlowRunner(FAILED, TransportError("x"), success_response())
    call(runner)
    assert len(runner.requests) == 3
    assert len(set(map(id, runner.requests))) == 1


def test_the_error_of_the_last_attempt_is_raised():
    runner = FlowRunner(FAILED, FAILED, TransportError("the last"))
    with pytest.raises(TransportError, match="the last"):
        call(runner)
    assert runner.slept == [0.025, 0.05]


@pytest.mark.parametrize(
    ("first", "requests"), [([], 2), ([FAILED], 3), ([THROTTLED, FAILED], 4), ([THROTTLED] * 4, 5)]
)
def test_a_rejected_token_is_sent_once_more_whatever_failed_before(first, requests):
    runner = FlowRunner(*first, *[UNVERIFIED] * 3)
    with pytest.raises(LoginTokenRejected):
        call(runner, ServiceClient(max_attempts=5, user_agent="test/1"))
    assert len(runner.requests) == requests


def test_a_malformed_response_error_of_the_transport_is_not_retried():
    runner = FlowRunner(MalformedResponseError("larger than 1 MiB"))
    with pytest.raises(MalformedResponseError):
        call(runner)
    assert runner.slept == []


def test_a_success_with_a_malformed_body_is_not_retried():
    runner = FlowRunner(HttpResponse(200, {}, b"<html>"))
    with pytest.raises(MalformedResponseError):
        call(runner)
    assert len(runner.requests) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"x-amz-retry-after": "750"}, 0.75),
        ({"x-amz-retry-after": "soon", "retry-after": "3"}, 3.0),
        ({"retry-after": "9" * 5000}, 5.5),
    ],
)
def test_the_delay_in_the_response_headers_is_used(headers, seconds):
    runner = FlowRunner(
        error_response("TooManyRequestsException", "", headers=headers), success_response()
    )
    call(runner)
    assert runner.slept == [seconds]


def test_the_error_has_the_delay_of_the_response():
    runner = FlowRunner(
        error_response("TooManyRequestsException", "", headers={"retry-after": "3"})
    )
    with pytest.raises(TooManyRequestsException) as raised:
        call(runner, ServiceClient(max_attempts=1, user_agent=""))
    assert raised.value.retry_after == 3.0


@pytest.mark.parametrize(
    ("offset", "skew"), [(0, 0.0), (2.9, 0.0), (-2.9, 0.0), (3, -3.0), (-3600, 3600.0)]
)
def test_the_skew_is_measured_from_the_date_header(offset, skew):
    client = ServiceClient(max_attempts=1, user_agent="")
    response = success_response()
    response.headers["date"] = NOON_TEXT
    runner = FlowRunner(response, now=NOON + offset)
    assert client.skew is None
    call(runner, client)
    assert client.skew == skew
    assert runner.run(client.service_now()) == NOON + offset + skew


@pytest.mark.parametrize("date", [NOON_TEXT, "Fri, 15 Jan 2027 10:00:00", NOON_TEXT[:-3] + "-0000"])
def test_the_date_header_is_gmt_in_any_local_time_zone(date, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        client = ServiceClient(max_attempts=1, user_agent="")
        response = success_response()
        response.headers["date"] = date
        call(FlowRunner(response, now=NOON - 60), client)
        assert client.skew == 60.0
    finally:
        monkeypatch.undo()
        time.tzset()


def test_service_now_is_the_local_time_before_the_first_response():
    client = ServiceClient(max_attempts=1, user_agent="")
    assert FlowRunner(now=NOON).run(client.service_now()) == NOON


def test_an_invalid_date_header_does_not_change_the_skew():
    client = ServiceClient(max_attempts=1, user_agent="")
    client.clock.skew = 77.0
    response = success_response()
    response.headers["date"] = "tomorrow"
    call(FlowRunner(response), client)
    assert client.skew == 77.0


def test_the_skew_is_measured_from_an_error_response():
    client = ServiceClient(max_attempts=1, user_agent="")
    FAILED_WITH_DATE = error_response("InternalErrorException", "", headers={"date": NOON_TEXT})  # noqa: N806
    with pytest.raises(InternalErrorException):
        call(FlowRunner(FAILED_WITH_DATE, now=NOON - 100), client)
    assert client.skew == 100.0


def test_a_used_up_quota_ends_the_retries():
    client = ServiceClient(max_attempts=3, user_agent="")
    client.quota.available = 16
    runner = FlowRunner(FAILED, FAILED)
    with pytest.raises(InternalErrorException):
        call(runner, client)
    assert len(runner.requests) == 2
    assert client.quota.available == 2


def test_a_success_releases_the_cost_of_the_last_retry():
    client = ServiceClient(max_attempts=3, user_agent="")
    client.quota.available = 100
    call(FlowRunner(RequestTimeoutError("x"), success_response()), client)
    assert client.quota.available == 100
    call(FlowRunner(success_response()), client)
    assert client.quota.available == 101


def test_attempts_are_logged_without_messages_of_the_service(caplog):
    caplog.set_level("DEBUG", "cognito_credentials")
    call(
        FlowRunner(
            error_response("InternalErrorException", "a text of the service"), success_response()
        )
    )
    assert len(caplog.messages) == 3
    assert "HTTP 400, internal-error" in caplog.messages[0]
    assert "0.03 s" in caplog.messages[1]
    assert "HTTP 200" in caplog.messages[2]
    assert "a text of the service" not in caplog.text


@pytest.mark.parametrize("year", ["", "noon", "9" * 20])
def test_a_date_header_with_an_invalid_year_is_ignored(year):
    client, date = ServiceClient(max_attempts=1, user_agent=""), NOON_TEXT.replace("2027", year)
    assert call(FlowRunner(HttpResponse(200, {"date": date}, b"{}")), client) == {}
    assert not client.skew


def test_a_transport_error_names_the_number_of_attempts():
    runner = FlowRunner(*(RequestTimeoutError(f"no response ({n})") for n in (1, 2, 3)))
    runner.random = 100.0  # The delays are 10 s and 20 s.
    with pytest.raises(RequestTimeoutError) as caught:
        call(runner)
    assert caught.value.message == "no response (3), after 3 attempts"


def test_a_single_attempt_does_not_change_the_message():
    with pytest.raises(TransportError) as caught:
        call(FlowRunner(TransportError("x")), ServiceClient(max_attempts=1, user_agent=""))
    assert caught.value.message == "x"


def test_the_attempts_of_a_call_are_one_wait():
    with recorded_waits() as events:
        call(FlowRunner(FAILED, TransportError("x"), success_response()))
    assert events == [
        ("begin", "GetId from https://x"),
        ("end", "GetId, attempt 3, from https://x"),
    ]


# --- retry modes ----------------------------------------------------------------------------


def create_client(retry_mode: str, max_attempts: int = 3) -> ServiceClient:
    return ServiceClient(max_attempts=max_attempts, user_agent="test/1", retry_mode=retry_mode)


@pytest.mark.parametrize(("retry_mode", "attempts"), [("standard", 36), ("legacy", 120)])
def test_only_legacy_mode_has_no_retry_quota(retry_mode, attempts):
    client = create_client(retry_mode, max_attempts=120)
    runner = FlowRunner(*[FAILED] * 120)
    with pytest.raises(InternalErrorException):
        call(runner, client)
    assert len(runner.requests) == attempts


THROTTLED = error_response("TooManyRequestsException", "Rate exceeded")


def test_adaptive_mode_waits_before_calls_after_one_was_throttled():
    client = create_client("adaptive")
    runner = FlowRunner(success_response(), THROTTLED, success_response(), success_response())
    call(runner, client)
    assert runner.slept == []
    call(runner, client)
    backoff, wait = runner.slept
    assert backoff == 0.5  # This is half of the base delay.
    assert wait > 0
    call(runner, client)
    assert len(runner.slept) == 3


def test_limit_exceeded_is_throttling():
    client = create_client("adaptive")
    runner = FlowRunner(error_response("LimitExceededException", "limit"), success_response())
    call(runner, client)
    backoff, wait = runner.slept
    assert backoff == 0.5
    assert wait > 0


def test_the_delays_of_a_client_depend_on_its_retry_mode():
    runner = FlowRunner(FAILED, success_response())
    call(runner, create_client("legacy"))
    assert runner.slept == [0.5]


def test_adaptive_mode_does_not_wait_after_other_errors():
    runner = FlowRunner(FAILED, TransportError("x"), success_response())
    call(runner, create_client("adaptive"))
    assert len(runner.slept) == 2


def test_standard_mode_does_not_limit_the_rate():
    client = create_client("standard")
    runner = FlowRunner(THROTTLED, success_response(), success_response())
    call(runner, client)
    call(runner, client)
    assert len(runner.slept) == 1
