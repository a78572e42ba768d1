"""The clock that everything uses unless another is given."""

from __future__ import annotations

import time

__all__ = ["SystemClock"]


class SystemClock:
    """Read this machine's clocks; see `ports.Clock`."""

    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)

    async def asleep(self, seconds: float) -> None:
        """Wait, in a provider that is awaited."""
        import asyncio

        await asyncio.sleep(seconds)
