from __future__ import annotations

import pytest

from cognito_credentials._core import retries
from cognito_credentials.errors import (
    ConfigurationError,
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
def test_a_passing_error_is_retried_until_the_attempts_are_used_up(attempt):
    error = TransportError("no route")
    assert retries.may_retry(error, attempt, 3) == (attempt < 3)


@pytest.mark.parametrize(
    "error", [ConfigurationError("x"), MalformedResponseError("x"), service_error()]
)
def test_another_error_never_is(error):
    assert not retries.may_retry(error, 1, 10)


def test_what_the_service_calls_passing_is_retried():
    assert retries.may_retry(service_error(is_retryable=True), 1, 3)


def test_a_token_that_cannot_be_verified_is_retried_once():
    error = service_error(LoginTokenRejected, is_retryable=True)
    assert [retries.may_retry(error, attempt, 10) for attempt in (1, 2, 3)] == [True, False, False]


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 0.1), (2, 0.2), (3, 0.4), (8, 12.8), (9, 20)])
def test_the_delay_doubles_up_to_20_seconds(attempt, seconds):
    assert retries.delay(TransportError("x"), attempt, 1.0) == pytest.approx(seconds)
    assert retries.delay(TransportError("x"), attempt, 0.25) == pytest.approx(seconds / 4)
    assert retries.delay(TransportError("x"), attempt, 0.0) == 0.0


def test_throttling_waits_five_times_as_long():
    throttled = service_error(TooManyRequestsException, is_retryable=True)
    assert retries.delay(throttled, 1, 1.0) == 0.5


@pytest.mark.parametrize(("wish", "seconds"), [(0.0, 0.0), (3.5, 3.5), (20.0, 20.0), (900.0, 20.0)])
def test_the_services_wish_wins(wish, seconds):
    assert retries.delay(service_error(retry_after=wish), 5, 0.5) == seconds


def test_a_retry_after_many_attempts_does_not_overflow():
    assert retries.delay(TransportError("x"), 100_000, 1.0) == 20.0


def test_a_timeout_costs_twice_as_much():
    assert retries.cost_of(TransportError("x")) == 5
    assert retries.cost_of(RequestTimeoutError("x")) == 10


def test_the_bucket_gives_what_it_has_and_no_more():
    quota = retries.RetryQuota(12)
    assert [quota.take(5), quota.take(5), quota.take(5)] == [True, True, False]
    assert quota.available == 2
    quota.give_back(3)
    assert quota.take(5)
    assert quota.available == 0


def test_the_bucket_never_overflows():
    quota = retries.RetryQuota(12)
    quota.give_back(100)
    assert quota.available == 12


def test_the_longest_call_counts_attempts_and_waits():
    assert retries.compute_max_call_seconds(3, 15.0) == 3 * 15 + 2 * 20
    assert retries.compute_max_call_seconds(1, 15.0) == 15.0
