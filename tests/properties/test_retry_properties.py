from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials._core import retries
from cognito_credentials.errors import ServiceError, TooManyRequestsException, TransportError

attempts = st.integers(1, 10_000)
random_numbers = st.floats(0, 1, exclude_max=True)


@st.composite
def errors(draw):
    kind = draw(st.sampled_from([TransportError, ServiceError, TooManyRequestsException]))
    if kind is TransportError:
        return TransportError("x")
    retry_after = draw(st.none() | st.floats(0, 1e12))
    return kind("x", operation_name="GetId", code="C", http_status=400, retry_after=retry_after)


@given(errors(), attempts, random_numbers)
def test_a_delay_is_between_0_and_20_seconds(error, attempt, random):
    assert 0 <= retries.compute_delay(error, attempt, random) <= 20


@given(errors(), attempts, attempts, random_numbers)
def test_a_later_delay_is_not_shorter(error, first, second, random):
    early, late = sorted((first, second))
    assert retries.compute_delay(error, early, random) <= retries.compute_delay(error, late, random)


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


@given(st.integers(1, 50), st.floats(0.1, 100))
def test_no_call_takes_longer_than_the_maximum_call_time(max_attempts, timeout):
    error = ServiceError("x", operation_name="", code="", http_status=500, retry_after=1e9)
    delays = sum(retries.compute_delay(error, attempt, 0) for attempt in range(1, max_attempts))
    longest = max_attempts * timeout + delays
    assert retries.compute_max_call_seconds(max_attempts, timeout) >= longest - 1e-6
