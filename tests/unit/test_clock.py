from __future__ import annotations

import asyncio
import time

from cognito_credentials.clock import SystemClock


def test_it_reads_this_machines_clocks():
    clock = SystemClock()
    assert abs(clock.now() - time.time()) < 60
    assert abs(clock.monotonic() - time.monotonic()) < 60


def test_it_waits():
    clock = SystemClock()
    start = time.monotonic()
    clock.sleep(0.01)
    asyncio.run(clock.asleep(0.01))
    assert time.monotonic() - start >= 0.02
