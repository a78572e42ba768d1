"""Properties of delays, attempts and the retry quota that hold for every error."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials._core import retries
from cognito_credentials.errors import (
    LimitExceededException,
    ServiceError,
    TooManyRequestsException,
    TransportError,
)

attempts = st.integers(1, 10_000)
random_numbers = st.floats(0, 1, exclude_max=True)
modes = st.sampled_from(sorted(retries.DEFAULT_MAX_ATTEMPTS))
KINDS = [TransportError, ServiceError, TooManyRequestsException, LimitExceededException]


@st.composite
def errors(draw):
    kind = draw(st.sampled_from(KINDS))
    if kind is TransportError:
        return TransportError("x")
    retry_after = draw(st.none() | st.floats(0, 1e12))
    return kind("x", operation_name="GetId", code="C", http_status=400, retry_after=retry_after)


@given(errors(), attempts, random_numbers, modes)
def test_a_delay_is_between_0_and_25_seconds(error, attempt, random, mode):
    delay = retries.compute_delay(error, attempt, random, retry_mode=mode)
    assert 0 <= delay <= (20 if error.retry_after is None else 25)


@given(errors(), attempts, random_numbers, modes)
def test_a_requested_delay_adds_at_most_5_seconds(error, attempt, random, mode):
    delay = retries.compute_delay(error, attempt, random, retry_mode=mode)
    requested, error.retry_after = error.retry_after, None
    usual = retries.compute_delay(error, attempt, random, retry_mode=mode)
    assert usual <= delay <= usual + 5
    if requested is not None and usual <= requested <= usual + 5:
        assert delay == requested


@given(errors(), attempts, attempts, random_numbers, modes)
def test_a_later_delay_is_not_shorter(error, first, second, random, mode):
    early, late = (
        retries.compute_delay(error, attempt, random, retry_mode=mode)
        for attempt in sorted((first, second))
    )
    assert early <= late


@given(errors(), attempts, random_numbers)
def test_a_delay_in_legacy_mode_is_not_shorter(error, attempt, random):
    delay = retries.compute_delay(error, attempt, random)
    assert delay <= retries.compute_delay(error, attempt, random, retry_mode="legacy")


@given(errors(), attempts, st.integers(1, 100))
def test_the_maximum_of_attempts_is_never_exceeded(error, attempt, max_attempts):
    if retries.is_retry_allowed(error, attempt, max_attempts):
        assert error.is_retryable
        assert attempt < max_attempts


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 30))))
def test_the_quota_stays_between_0_and_its_capacity(steps):
    quota = retries.RetryQuota(100)
    for is_acquired, amount in steps:
        available = quota.available
        if is_acquired:
            assert quota.acquire(amount) is (amount <= available)
        else:
            quota.release(amount)
        assert 0 <= quota.available <= 100


@given(errors(), st.integers(1, 50), st.floats(0.1, 100), random_numbers, modes)
def test_no_call_takes_longer_than_the_maximum_call_time(
    error, max_attempts, timeout, random, mode
):
    delays = sum(
        retries.compute_delay(error, attempt, random, retry_mode=mode)
        for attempt in range(1, max_attempts)
    )
    longest = max_attempts * timeout + delays
    assert retries.compute_max_call_seconds(max_attempts, timeout, mode) >= longest - 1e-6
