"""The default clock."""

from __future__ import annotations

import time

__all__ = ["SystemClock"]

TYPE_CHECKING = False


class SystemClock:
    """System clock: an implementation of `ports.Clock` for any thread or event loop."""

    if TYPE_CHECKING:  # Type checkers cannot infer the types of functions that are written in C.

        @staticmethod
        def now() -> float:
            """Return the current time in seconds since 1970 (UTC)."""
            ...

        @staticmethod
        def monotonic() -> float:
            """Return a number of seconds that never decreases; the starting point is arbitrary."""
            ...

        @staticmethod
        def sleep(seconds: float, /) -> None:
            """Block the thread for a number of seconds."""
            ...

    else:
        now = staticmethod(time.time)
        monotonic = staticmethod(time.monotonic)
        sleep = staticmethod(time.sleep)

    async def asleep(self, seconds: float) -> None:
        """Wait for a number of seconds without blocking the event loop."""
        import asyncio

        await asyncio.sleep(seconds)
