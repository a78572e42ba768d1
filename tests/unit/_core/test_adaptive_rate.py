from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials._core.adaptive_rate import MAX_WAIT_SECONDS, AdaptiveRate


def throttle_after(rate: AdaptiveRate, *, calls_per_second: float, seconds: float) -> float:
    """Make calls at a steady rate, and throttle the last call; return the time of that call."""
    now = 1000.0
    for number in range(round(calls_per_second * seconds)):
        now = 1000.0 + number / calls_per_second
        assert rate.reserve(now) == 0
        rate.update(now, is_throttled=False)
    rate.update(now, is_throttled=True)
    return now


def calls_without_wait(rate: AdaptiveRate, now: float, seconds: float) -> int:
    """Return how many calls are made in a period if each is made as soon as the limit permits it."""
    calls, end = 0, now + seconds
    while (now := now + rate.reserve(now)) < end:
        calls += 1
    return calls


def test_there_is_no_limit_before_a_call_is_throttled():
    rate = AdaptiveRate()
    for _ in range(1000):
        assert rate.reserve(1000.0) == 0
        rate.update(1000.0, is_throttled=False)


def test_a_throttled_call_reduces_the_rate_to_70_percent():
    rate = AdaptiveRate()
    now = throttle_after(rate, calls_per_second=20, seconds=10)
    assert calls_without_wait(rate, now, 10) == pytest.approx(140, rel=0.1)


def test_the_rate_grows_again_after_successful_calls():
    rate = AdaptiveRate()
    now = throttle_after(rate, calls_per_second=20, seconds=10)
    calls, end = 0, now + 20
    while (now := now + rate.reserve(now)) < end:
        rate.update(now, is_throttled=False)
        calls += 1
    assert calls > 20 * 20


def test_another_throttled_call_reduces_the_rate_further():
    rate = AdaptiveRate()
    now = throttle_after(rate, calls_per_second=20, seconds=10)
    rate.update(now, is_throttled=True)
    assert calls_without_wait(rate, now, 10) == pytest.approx(98, rel=0.1)


def test_the_rate_has_a_minimum():
    rate = AdaptiveRate()
    for _ in range(10):
        rate.update(1000.0, is_throttled=True)
    assert rate.reserve(1000.0) == pytest.approx(2)
    assert rate.reserve(1000.0) == pytest.approx(4)


def test_an_idle_client_does_not_wait():
    rate = AdaptiveRate()
    rate.update(1000.0, is_throttled=True)
    assert rate.reserve(4600.0) == 0


@given(
    st.lists(
        st.tuples(st.floats(-10, 10_000), st.booleans(), st.booleans()), min_size=1, max_size=100
    )
)
def test_no_wait_is_negative_or_longer_than_the_maximum(steps):
    rate, now = AdaptiveRate(), 1e9
    for seconds, is_call, is_throttled in steps:
        now += seconds  # The clock may be set back.
        if is_call:
            assert 0 <= rate.reserve(now) <= MAX_WAIT_SECONDS + 1e-6
        else:
            rate.update(now, is_throttled=is_throttled)
