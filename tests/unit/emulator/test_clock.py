from __future__ import annotations

import math
import time

import pytest

from cognito_credentials.emulator.clock import MovableClock


def test_the_clock_follows_the_system_clock():
    before = time.time()
    assert before <= MovableClock().now() <= time.time()


def test_advance_shifts_the_time_of_the_source():
    clock = MovableClock(lambda: 1000.0)
    clock.advance(3600)
    assert clock.now() == 4600
    clock.advance(-7200.5)
    assert clock.now() == -2600.5


@pytest.mark.parametrize("seconds", [math.nan, math.inf, -math.inf])
def test_advance_rejects_a_number_that_is_not_finite(seconds: float):
    clock = MovableClock(lambda: 1000.0)
    with pytest.raises(ValueError, match="finite"):
        clock.advance(seconds)
    assert clock.now() == 1000
