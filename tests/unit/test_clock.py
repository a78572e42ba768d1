from __future__ import annotations

import asyncio
import time

from cognito_credentials.clock import SystemClock


def test_the_system_clock_returns_the_times_of_this_machine():
    clock = SystemClock()
    assert abs(clock.now() - time.time()) < 60
    assert abs(clock.monotonic() - time.monotonic()) < 60


def test_sleep_and_asleep_wait_for_the_given_time():
    clock = SystemClock()
    start = time.monotonic()
    clock.sleep(0.01)
    asyncio.run(clock.asleep(0.01))
    assert time.monotonic() - start >= 0.02
