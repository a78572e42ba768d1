"""The default clock."""

from __future__ import annotations

import time

__all__ = ["SystemClock"]


class SystemClock:
    """Clock of this machine; implements `ports.Clock`. Safe to use from any thread or event loop."""

    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)

    async def asleep(self, seconds: float) -> None:
        """Wait for a number of seconds without blocking the event loop."""
        import asyncio

        await asyncio.sleep(seconds)
