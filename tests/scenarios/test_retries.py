from __future__ import annotations

import pytest
from harness import (
    GET_CREDENTIALS,
    GET_ID,
    IDENTITY,
    POOL_NOT_FOUND,
    RATE_EXCEEDED,
)

from cognito_credentials import errors
from cognito_credentials.testing import error_response

THROTTLED = error_response(*RATE_EXCEEDED)


def internal_error(status):
    return error_response("InternalErrorException", "oops", status=status)


def test_throttling_has_the_status_400_and_is_retried(side):
    assert THROTTLED.status == 400
    subject = side.pool([THROTTLED, THROTTLED, side.id_response(), THROTTLED, side.credentials()])
    assert subject.fetch().identity_id == IDENTITY
    assert subject.operations == [GET_ID] * 3 + [GET_CREDENTIALS] * 2


def test_a_call_has_three_attempts_by_default(side):
    subject = side.identity([THROTTLED])
    error = subject.expect_error(errors.TooManyRequestsException)
    assert subject.operations == [GET_CREDENTIALS] * 3
    assert error.is_retryable
    assert error.http_status == 400
    assert len(side.clock.slept) == 2


@pytest.mark.parametrize("attempts", [1, 2, 5])
def test_max_attempts_includes_the_first_attempt(side, attempts):
    subject = side.identity([THROTTLED], client_config={"max_attempts": attempts})
    subject.expect_error(errors.TooManyRequestsException)
    assert len(subject.requests) == attempts


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (internal_error(500), errors.InternalErrorException),
        (error_response("", "", status=500), errors.ServiceError),
        (error_response("", "", status=502), errors.ServiceError),
        (error_response("", "", status=503), errors.ServiceError),
        (error_response("", "", status=504), errors.ServiceError),
        (error_response("", "", status=429), errors.ServiceError),
        (error_response("LimitExceededException", "limit"), errors.LimitExceededException),
        (error_response("ExternalServiceException", "Facebook"), errors.ExternalServiceException),
        (errors.TransportError("no route"), errors.TransportError),
        (errors.RequestTimeoutError("no response"), errors.RequestTimeoutError),
    ],
)
def test_transient_errors_are_retried(side, failure, kind):
    subject = side.identity([failure, failure, side.credentials()])
    assert subject.fetch().identity_id == IDENTITY
    assert len(subject.requests) == 3
    subject = side.identity([failure])
    assert subject.expect_error(kind).is_retryable
    assert len(subject.requests) == 3


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        ("NotAuthorizedException", "", errors.NotAuthorizedException),
        ("InvalidParameterException", "Please provide", errors.InvalidParameterException),
        (*POOL_NOT_FOUND, errors.IdentityPoolNotFound),
        ("ResourceNotFoundException", "no such thing", errors.ResourceNotFoundException),
        ("ResourceConflictException", "taken", errors.ResourceConflictException),
        (
            "InvalidIdentityPoolConfigurationException",
            "Invalid identity pool configuration.",
            errors.InvalidIdentityPoolConfigurationException,
        ),
        ("ValidationException", "1 validation error", errors.ValidationException),
        ("SomethingNewException", "new", errors.ServiceError),
    ],
)
def test_other_errors_are_not_retried(side, code, text, kind):
    subject = side.identity([error_response(code, text)])
    error = subject.expect_error(kind)
    assert len(subject.requests) == 1
    assert not error.is_retryable
    assert side.clock.slept == []
    assert error.code == code
    assert error.operation_name == GET_CREDENTIALS
    assert error.response == {
        "Error": {"Code": code, "Message": error.message},
        "ResponseMetadata": {"RequestId": "", "HTTPStatusCode": 400},
    }


def test_the_error_has_the_request_id(side):
    subject = side.identity(
        [error_response(*POOL_NOT_FOUND, headers={"x-amzn-requestid": "abc-1"})]
    )
    assert subject.expect_error(errors.IdentityPoolNotFound).request_id == "abc-1"


@pytest.mark.parametrize(
    ("headers", "delay"),
    [
        ({"x-amz-retry-after": "1500"}, 1.5),
        ({"x-amz-retry-after": "1500", "retry-after": "3"}, 1.5),
        ({"x-amz-retry-after": "0"}, 0.5),
        ({"x-amz-retry-after": "600000"}, 5.5),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "86400"}, 5.5),
    ],
)
def test_the_delay_in_the_response_headers_is_used(side, headers, delay):
    subject = side.identity([error_response(*RATE_EXCEEDED, headers=headers), side.credentials()])
    subject.fetch()
    assert side.clock.slept == [delay]


@pytest.mark.parametrize("value", ["", "soon", "-5", "1.5", "Fri, 15 Jan 2027 10:00:00 GMT", "²"])
def test_an_invalid_retry_after_header_is_ignored(side, value):
    subject = side.identity(
        [error_response(*RATE_EXCEEDED, headers={"retry-after": value}), side.credentials()]
    )
    subject.fetch()
    assert side.clock.slept == [0.5]


def test_delays_grow_exponentially_with_jitter(side):
    subject = side.identity([internal_error(500)], client_config={"max_attempts": 6})
    side.random = 0.5
    subject.expect_error(errors.InternalErrorException)
    assert side.clock.slept == pytest.approx([0.025, 0.05, 0.1, 0.2, 0.4])


def test_delays_after_throttling_are_longer(side):
    subject = side.identity([THROTTLED], client_config={"max_attempts": 4})
    side.random = 0.5
    subject.expect_error(errors.TooManyRequestsException)
    assert side.clock.slept == pytest.approx([0.5, 1.0, 2.0])


def test_delays_in_legacy_mode_start_at_1_second(side):
    subject = side.identity([internal_error(500)], client_config={"retry_mode": "legacy"})
    side.random = 0.5
    subject.expect_error(errors.InternalErrorException)
    assert side.clock.slept == pytest.approx([0.5, 1.0, 2.0, 4.0])


def test_no_delay_is_longer_than_20_seconds(side):
    subject = side.identity([THROTTLED], client_config={"max_attempts": 12})
    side.random = 0.999
    subject.expect_error(errors.TooManyRequestsException)
    assert max(side.clock.slept) <= 20.0


def test_the_quota_limits_the_retries_of_a_failing_service(side):
    subject = side.identity([internal_error(500)])
    for _ in range(30):
        subject.expect_error(errors.InternalErrorException)
    # 500 tokens allow 35 retries; without a quota, 30 calls would cause 60 retries.
    assert len(subject.requests) == 30 + 35
    subject.expect_error(errors.InternalErrorException)
    assert len(subject.requests) == 66


def test_a_retry_after_throttling_uses_up_less_of_the_quota(side):
    subject = side.identity([THROTTLED])
    for _ in range(60):
        subject.expect_error(errors.TooManyRequestsException)
    assert len(subject.requests) == 60 + 100


def test_successful_calls_refill_the_quota(side):
    script = [THROTTLED] * 160 + [side.credentials()] * 5 + [THROTTLED]
    subject = side.identity(script)
    for _ in range(60):
        subject.expect_error(errors.TooManyRequestsException)
    for _ in range(5):
        subject.fetch()
    subject.expect_error(errors.TooManyRequestsException)
    assert len(subject.requests) == 160 + 5 + 2


def test_a_retry_sends_the_same_request(side):
    subject = side.identity([THROTTLED, side.credentials()])
    subject.fetch()
    first, second = subject.requests
    assert (first.url, first.headers, first.body) == (second.url, second.headers, second.body)
