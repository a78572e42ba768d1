from __future__ import annotations

import time

from cognito_credentials.emulator.clock import MovableClock


def test_it_runs_with_the_system_clock():
    before = time.time()
    assert before <= MovableClock().now() <= time.time()


def test_it_moves_from_where_its_source_stands():
    clock = MovableClock(lambda: 1000.0)
    clock.advance(3600)
    assert clock.now() == 4600
    clock.advance(-7200.5)
    assert clock.now() == -2600.5
