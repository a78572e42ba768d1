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
from cognito_credentials.testing import refusal

THROTTLED = refusal(*RATE_EXCEEDED)  # HTTP 400, as the service throttles


def failed(status):
    return refusal("InternalErrorException", "oops", status=status)


def test_throttling_comes_as_http_400_and_is_retried(side):
    assert THROTTLED.status == 400
    subject = side.pool([THROTTLED, THROTTLED, side.id_response(), THROTTLED, side.credentials()])
    assert subject.fetch().identity_id == IDENTITY
    assert subject.operations == [GET_ID] * 3 + [GET_CREDENTIALS] * 2


def test_three_attempts_are_made(side):
    subject = side.identity([THROTTLED])
    error = subject.expect_error(errors.TooManyRequestsException)
    assert subject.operations == [GET_CREDENTIALS] * 3
    assert error.is_retryable
    assert error.http_status == 400
    assert len(side.clock.slept) == 2


@pytest.mark.parametrize("attempts", [1, 2, 5])
def test_max_attempts_counts_the_first(side, attempts):
    subject = side.identity([THROTTLED], client_config={"max_attempts": attempts})
    subject.expect_error(errors.TooManyRequestsException)
    assert len(subject.requests) == attempts


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        (failed(500), errors.InternalErrorException),
        (refusal("", "", status=500), errors.ServiceError),
        (refusal("", "", status=502), errors.ServiceError),
        (refusal("", "", status=503), errors.ServiceError),
        (refusal("", "", status=504), errors.ServiceError),
        (refusal("", "", status=429), errors.ServiceError),
        (refusal("ExternalServiceException", "Facebook"), errors.ExternalServiceException),
        (errors.TransportError("no route"), errors.TransportError),
        (errors.RequestTimeoutError("no answer"), errors.RequestTimeoutError),
    ],
)
def test_what_may_pass_is_retried(side, item, kind):
    subject = side.identity([item, item, side.credentials()])
    assert subject.fetch().identity_id == IDENTITY
    assert len(subject.requests) == 3
    subject = side.identity([item])
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
        ("LimitExceededException", "limit", errors.LimitExceededException),
        ("SomethingNewException", "new", errors.ServiceError),
    ],
)
def test_what_does_not_pass_is_not_retried(side, code, text, kind):
    subject = side.identity([refusal(code, text)])
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


def test_the_request_id_is_kept(side):
    subject = side.identity([refusal(*POOL_NOT_FOUND, headers={"x-amzn-requestid": "abc-1"})])
    assert subject.expect_error(errors.IdentityPoolNotFound).request_id == "abc-1"


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"x-amz-retry-after": "1500"}, 1.5),
        ({"x-amz-retry-after": "1500", "retry-after": "7"}, 1.5),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "86400"}, 20.0),
    ],
)
def test_the_services_wish_is_honoured(side, headers, wait):
    subject = side.identity([refusal(*RATE_EXCEEDED, headers=headers), side.credentials()])
    subject.fetch()
    assert side.clock.slept == [wait]


@pytest.mark.parametrize("value", ["", "soon", "-5", "1.5", "Fri, 15 Jan 2027 10:00:00 GMT", "²"])
def test_a_wish_that_cannot_be_read_is_ignored(side, value):
    subject = side.identity(
        [refusal(*RATE_EXCEEDED, headers={"retry-after": value}), side.credentials()]
    )
    subject.fetch()
    assert side.clock.slept == [0.25]


def test_waits_grow_and_are_drawn(side):
    subject = side.identity([failed(500)], client_config={"max_attempts": 6})
    side.random = 0.5
    subject.expect_error(errors.InternalErrorException)
    assert side.clock.slept == pytest.approx([0.05, 0.1, 0.2, 0.4, 0.8])


def test_throttling_is_waited_out_for_longer(side):
    subject = side.identity([THROTTLED], client_config={"max_attempts": 4})
    side.random = 0.5
    subject.expect_error(errors.TooManyRequestsException)
    assert side.clock.slept == pytest.approx([0.25, 0.5, 1.0])


def test_no_wait_is_longer_than_20_seconds(side):
    subject = side.identity([THROTTLED], client_config={"max_attempts": 12})
    side.random = 0.999
    subject.expect_error(errors.TooManyRequestsException)
    assert max(side.clock.slept) <= 20.0


def test_a_service_that_goes_on_failing_is_not_hammered(side):
    subject = side.identity([failed(500)])
    for _ in range(60):
        subject.expect_error(errors.InternalErrorException)
    # 500 tokens buy 100 retries; 60 calls without a bucket would make 120.
    assert len(subject.requests) == 60 + 100
    subject.expect_error(errors.InternalErrorException)
    assert len(subject.requests) == 161


def test_time_outs_cost_more_retries(side):
    def silence(request):  # an error each time: one that is raised again has a longer traceback
        raise errors.RequestTimeoutError("no answer")

    subject = side.identity([silence])
    for _ in range(60):
        subject.expect_error(errors.RequestTimeoutError)
    assert len(subject.requests) == 60 + 50


def test_successes_fill_the_bucket_again(side):
    script = [failed(500)] * 160 + [side.credentials()] * 5 + [failed(500)]
    subject = side.identity(script)
    for _ in range(60):
        subject.expect_error(errors.InternalErrorException)
    for _ in range(5):
        subject.fetch()
    subject.expect_error(errors.InternalErrorException)
    assert len(subject.requests) == 160 + 5 + 2


def test_a_request_is_sent_again_as_it_was(side):
    subject = side.identity([THROTTLED, side.credentials()])
    subject.fetch()
    first, second = subject.requests
    assert (first.url, first.headers, first.body) == (second.url, second.headers, second.body)
