from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials._base.rate_limits import BURST_SECONDS, Quotas, RateLimiter
from cognito_credentials.errors import ConfigurationError


class StoppedClock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


RATES = st.floats(0.1, 1000)


@given(RATES, st.lists(st.floats(0, 0.5), max_size=200))
def test_requests_never_exceed_the_rate_and_a_burst(rate, gaps):
    clock = StoppedClock()
    limiter, times = RateLimiter(rate, clock), []
    for gap in gaps:
        clock.now += gap
        times.append(clock.now + limiter.reserve())
    assert times == sorted(times)
    for start in range(len(times)):
        for end in range(start, len(times), 7):
            allowed = max(rate * BURST_SECONDS, 1) + rate * (times[end] - times[start])
            assert end - start + 1 <= allowed + 1e-3


@given(RATES)
def test_a_request_after_a_pause_never_waits(rate):
    clock = StoppedClock()
    limiter = RateLimiter(rate, clock)
    for _ in range(10):
        clock.now += 100
        assert limiter.reserve() == 0


def test_a_request_that_would_wait_too_long_reserves_nothing():
    limiter = RateLimiter(50, StoppedClock())
    assert [limiter.reserve() for _ in range(10)] == [0] * 10
    assert limiter.reserve(max_wait=0.01) is None
    assert limiter.reserve(max_wait=1) == pytest.approx(0.02)
    assert limiter.reserve(max_wait=1) == pytest.approx(0.04)


def test_background_requests_never_wait_and_leave_a_part_of_the_burst_to_callers():
    clock = StoppedClock()
    limiter = RateLimiter(50, clock)
    assert [limiter.reserve(is_background=True) for _ in range(9)] == [0] * 8 + [None]
    assert [limiter.reserve() for _ in range(2)] == [0, 0]
    assert limiter.reserve() == pytest.approx(0.02)
    # A background request does not wait, even if `max_wait` permits it.
    assert limiter.reserve(is_background=True, max_wait=100) is None
    clock.now = 2
    assert limiter.reserve(is_background=True) == 0


def test_a_quota_below_one_per_second_permits_one_request():
    clock = StoppedClock()
    limiter = RateLimiter(0.5, clock)
    assert limiter.reserve() == 0
    assert limiter.reserve() == pytest.approx(2)
    clock.now = 100
    assert limiter.reserve(is_background=True) == 0


def test_each_thread_gets_its_own_time():
    limiter, waits = RateLimiter(50, StoppedClock()), []
    threads = [threading.Thread(target=lambda: waits.append(limiter.reserve())) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits)[9] == 0
    assert len({round(wait, 6) for wait in waits}) == 91


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["get_id", "get_credentials"])
def test_an_invalid_quota_is_rejected(name, value):
    with pytest.raises(ConfigurationError, match=name):
        Quotas(**{name: value})


def test_the_defaults_are_the_quotas_of_an_account():
    assert repr(Quotas()) == (
        "Quotas(get_id=25.0, get_credentials=200.0, get_developer_token=50.0)"
    )


def test_a_child_process_does_not_wait_for_a_lock_of_its_parent():
    limiter = RateLimiter(50, StoppedClock())
    limiter._lock.acquire()
    limiter.reset()
    assert limiter.reserve() == 0
