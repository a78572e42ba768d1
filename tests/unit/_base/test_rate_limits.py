from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials._base.rate_limits import BURST, Quotas, RateLimiter
from cognito_credentials.errors import ConfigurationError


class Moment:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


RATES = st.floats(0.1, 1000)


@given(RATES, st.lists(st.floats(0, 0.5), max_size=200))
def test_calls_never_come_faster_than_the_rate_and_a_burst(rate, gaps):
    clock = Moment()
    pacer, moments = RateLimiter(rate, clock), []
    for gap in gaps:
        clock.now += gap
        moments.append(clock.now + pacer.reserve())
    assert moments == sorted(moments)
    for start in range(len(moments)):
        for end in range(start, len(moments), 7):
            allowed = max(rate * BURST, 1) + rate * (moments[end] - moments[start])
            assert end - start + 1 <= allowed + 1e-3


@given(RATES)
def test_a_call_after_a_rest_never_waits(rate):
    clock = Moment()
    pacer = RateLimiter(rate, clock)
    for _ in range(10):
        clock.now += 100
        assert pacer.reserve() == 0


def test_a_call_that_would_wait_too_long_takes_no_moment():
    pacer = RateLimiter(50, Moment())
    assert [pacer.reserve() for _ in range(10)] == [0] * 10
    assert pacer.reserve(longest=0.01) is None
    assert pacer.reserve(longest=1) == pytest.approx(0.02)
    assert pacer.reserve(longest=1) == pytest.approx(0.04)


def test_background_work_never_queues_and_leaves_room_for_callers():
    clock = Moment()
    pacer = RateLimiter(50, clock)
    assert [pacer.reserve(background=True) for _ in range(9)] == [0] * 8 + [None]
    assert [pacer.reserve() for _ in range(2)] == [0, 0]
    assert pacer.reserve() == pytest.approx(0.02)
    # Even with a wait allowed, it asks again later.
    assert pacer.reserve(background=True, longest=100) is None
    clock.now = 2
    assert pacer.reserve(background=True) == 0


def test_a_quota_of_less_than_one_a_second_allows_one_call():
    clock = Moment()
    pacer = RateLimiter(0.5, clock)
    assert pacer.reserve() == 0
    assert pacer.reserve() == pytest.approx(2)
    clock.now = 100
    assert pacer.reserve(background=True) == 0


def test_threads_get_moments_of_their_own():
    pacer, waits = RateLimiter(50, Moment()), []
    threads = [threading.Thread(target=lambda: waits.append(pacer.reserve())) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits)[9] == 0
    assert len({round(wait, 6) for wait in waits}) == 91


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["get_id", "get_credentials"])
def test_a_quota_that_is_none_is_refused(name, value):
    with pytest.raises(ConfigurationError, match=name):
        Quotas(**{name: value})


def test_the_quotas_are_those_of_an_account():
    assert repr(Quotas()) == "Quotas(get_id=25.0, get_credentials=200.0)"
