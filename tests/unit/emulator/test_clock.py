from __future__ import annotations

import math
import time

import pytest

from cognito_credentials.emulator.clock import MovableClock, http_date


def test_the_clock_follows_the_system_clock():
    before = time.time()
    assert before <= MovableClock().now() <= time.time()


def test_advance_shifts_the_time_of_the_source():
    clock = MovableClock(lambda: 10_000.0)
    clock.advance(3600)
    assert clock.now() == 13_600
    clock.advance(-7200.5)
    assert clock.now() == 6399.5


@pytest.mark.parametrize("seconds", [math.nan, math.inf, -math.inf])
def test_advance_rejects_a_number_that_is_not_finite(seconds: float):
    clock = MovableClock(lambda: 1000.0)
    with pytest.raises(ValueError, match="2999"):
        clock.advance(seconds)
    assert clock.now() == 1000


@pytest.mark.parametrize("seconds", [1.8e12, -1001])  # The first number is a time in milliseconds.
def test_advance_rejects_a_time_that_no_date_can_express(seconds: float):
    clock = MovableClock(lambda: 1000.0)
    with pytest.raises(ValueError, match="2999"):
        clock.advance(seconds)
    assert clock.now() == 1000


def test_a_date_header_has_whole_seconds():
    assert http_date(1.9) == http_date(1) == "Thu, 01 Jan 1970 00:00:01 GMT"
