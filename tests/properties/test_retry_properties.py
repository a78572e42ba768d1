from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials._core import retries
from cognito_credentials.errors import ServiceError, TooManyRequestsException, TransportError

attempts = st.integers(1, 10_000)
draws = st.floats(0, 1, exclude_max=True)


@st.composite
def failures(draw):
    kind = draw(st.sampled_from([TransportError, ServiceError, TooManyRequestsException]))
    if kind is TransportError:
        return TransportError("x")
    wish = draw(st.none() | st.floats(0, 1e12))
    return kind("x", operation_name="GetId", code="C", http_status=400, retry_after=wish)


@given(failures(), attempts, draws)
def test_nobody_waits_longer_than_twenty_seconds_or_less_than_not_at_all(error, attempt, draw):
    assert 0 <= retries.delay(error, attempt, draw) <= 20


@given(failures(), attempts, attempts, draws)
def test_a_later_retry_never_waits_less(error, one, other, draw):
    early, late = sorted((one, other))
    assert retries.delay(error, early, draw) <= retries.delay(error, late, draw)


@given(failures(), attempts, st.integers(1, 100))
def test_there_is_never_an_attempt_too_many(error, attempt, most):
    if retries.may_retry(error, attempt, most):
        assert error.is_retryable
        assert attempt < most


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 30))))
def test_the_bucket_is_never_overdrawn_or_overfilled(moves):
    quota = retries.RetryQuota(100)
    for takes, amount in moves:
        before = quota.available
        if takes:
            assert quota.take(amount) is (amount <= before)
        else:
            quota.give_back(amount)
        assert 0 <= quota.available <= 100


@given(st.integers(1, 50), st.floats(0.1, 100))
def test_the_longest_call_is_as_long_as_its_waits(most, timeout):
    worst = most * timeout + sum(
        retries.delay(
            ServiceError("x", operation_name="", code="", http_status=500, retry_after=1e9), n, 0
        )
        for n in range(1, most)
    )
    assert retries.compute_max_call_seconds(most, timeout) >= worst - 1e-6
