from __future__ import annotations

import pytest

from cognito_credentials._core import retries
from cognito_credentials.errors import (
    ConfigurationError,
    LimitExceededException,
    LoginTokenRejected,
    MalformedResponseError,
    RequestTimeoutError,
    ServiceError,
    TooManyRequestsException,
    TransportError,
)


def service_error(kind=ServiceError, **changes):
    return kind("text", operation_name="GetId", code="Code", http_status=400, **changes)


@pytest.mark.parametrize("attempt", [1, 2, 3, 4])
def test_a_retryable_error_is_retried_up_to_the_maximum_of_attempts(attempt):
    error = TransportError("no route")
    assert retries.is_retry_allowed(error, attempt, 3) == (attempt < 3)


@pytest.mark.parametrize(
    "error", [ConfigurationError("x"), MalformedResponseError("x"), service_error()]
)
def test_other_errors_are_not_retried(error):
    assert not retries.is_retry_allowed(error, 1, 10)


def test_a_retryable_error_of_the_service_is_retried():
    assert retries.is_retry_allowed(service_error(is_retryable=True), 1, 3)


def test_a_rejected_token_is_retried_once():
    error = service_error(LoginTokenRejected, is_retryable=True)
    assert [retries.is_retry_allowed(error, 3, 10, rejections) for rejections in (1, 2, 3)] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(1, 0.05), (2, 0.1), (3, 0.2), (9, 12.8), (10, 20)]
)
def test_the_maximum_delay_doubles_up_to_20_seconds(attempt, seconds):
    assert retries.compute_delay(TransportError("x"), attempt, 1.0) == pytest.approx(seconds)
    assert retries.compute_delay(TransportError("x"), attempt, 0.25) == pytest.approx(seconds / 4)
    assert retries.compute_delay(TransportError("x"), attempt, 0.0) == 0.0


@pytest.mark.parametrize("kind", [TooManyRequestsException, LimitExceededException])
def test_the_maximum_delay_after_throttling_starts_at_1_second(kind):
    throttled = service_error(kind, is_retryable=True)
    delays = [retries.compute_delay(throttled, attempt, 1.0) for attempt in (1, 2, 5, 6)]
    assert delays == [1.0, 2.0, 16.0, 20.0]


@pytest.mark.parametrize("kind", [ServiceError, TooManyRequestsException])
def test_all_delays_start_at_1_second_in_legacy_mode(kind):
    assert retries.compute_delay(service_error(kind), 1, 1.0, retry_mode="legacy") == 1.0


def test_adaptive_mode_has_the_delays_of_standard_mode():
    error = TransportError("x")
    assert retries.compute_delay(error, 1, 1.0, retry_mode="adaptive") == 0.05


@pytest.mark.parametrize(
    ("retry_after", "seconds"), [(0.0, 0.4), (0.3, 0.4), (3.5, 3.5), (5.4, 5.4), (900.0, 5.4)]
)
def test_a_requested_delay_is_limited_to_the_usual_delay_plus_5_seconds(retry_after, seconds):
    error = service_error(retry_after=retry_after)
    assert retries.compute_delay(error, 5, 0.5) == pytest.approx(seconds)


def test_the_delay_after_many_attempts_does_not_overflow():
    assert retries.compute_delay(TransportError("x"), 100_000, 1.0) == 20.0


def test_the_status_429_is_throttling():
    error = ServiceError("x", operation_name="GetId", code="429", http_status=429)
    assert retries.is_throttling(error)
    assert not retries.is_throttling(service_error())
    assert not retries.is_throttling(TransportError("x"))


def test_a_retry_after_throttling_costs_less():
    assert retries.get_retry_cost(TransportError("x")) == 14
    assert retries.get_retry_cost(RequestTimeoutError("x")) == 14
    assert retries.get_retry_cost(service_error(TooManyRequestsException)) == 5
    assert retries.get_retry_cost(service_error(LimitExceededException)) == 5


def test_the_quota_is_limited():
    quota = retries.RetryQuota(12)
    assert [quota.acquire(5), quota.acquire(5), quota.acquire(5)] == [True, True, False]
    assert quota.available == 2
    quota.release(3)
    assert quota.acquire(5)
    assert quota.available == 0


def test_the_quota_does_not_exceed_its_capacity():
    quota = retries.RetryQuota(12)
    quota.release(100)
    assert quota.available == 12


def test_the_maximum_call_time_includes_attempts_and_delays():
    assert retries.compute_max_call_seconds(3, 15.0) == 3 * 15 + (1 + 5) + (2 + 5)
    assert retries.compute_max_call_seconds(1, 15.0) == 15.0
    delays = (1 + 2 + 4 + 8 + 16) + 94 * 20  # A delay never exceeds 20 s.
    assert retries.compute_max_call_seconds(100, 15.0) == 100 * 15 + delays + 99 * 5
    assert retries.compute_max_call_seconds(2, 15.0, "adaptive") == 2 * (15 + 20) + 1 + 5


def test_the_default_attempts_are_those_of_the_aws_sdks():
    assert retries.DEFAULT_MAX_ATTEMPTS == {"legacy": 5, "standard": 3, "adaptive": 3}


def test_the_default_quota_is_that_of_the_aws_sdks():
    quota = retries.RetryQuota()
    assert quota.available == quota.capacity == 500
