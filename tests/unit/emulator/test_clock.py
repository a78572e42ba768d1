from __future__ import annotations

import time

from cognito_credentials.emulator.clock import MovableClock


def test_it_runs_with_the_system_clock_and_moves():
    clock = MovableClock()
    assert abs(clock.now() - time.time()) < 5
    clock.advance(3600)
    assert abs(clock.now() - time.time() - 3600) < 5
    clock.advance(-7200)
    assert abs(clock.now() - time.time() + 3600) < 5
