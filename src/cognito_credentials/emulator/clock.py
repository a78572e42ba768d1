"""The clock that the emulator goes by: one that a test moves at will."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class MovableClock:
    """Run with another clock, ahead of it (or behind) by what ``advance`` was told.

    ``source`` tells the time to start from, in seconds since the epoch: by default the system
    clock.

    All that expires goes by this clock: identity pool tokens, user pool tokens, credentials,
    presigned URLs; so does the ``Date`` of every answer. A presigned URL that boto3 makes begins
    by the system clock, and ends at once where this one is far ahead. What moto merely records
    (when an object was written) has the system's time.
    It is also a clock for a provider (``client_config={"clock": emulator.clock}``): the two then
    agree on what has expired.
    Thread-safe.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._ahead = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        """Return the time in seconds since the Unix epoch (UTC)."""
        return self._source() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move the clock by ``seconds``, at once; a negative number moves it back."""
        with self._lock:
            self._ahead += seconds

    def monotonic(self) -> float:
        """Return seconds from some fixed point, moved forward together with ``now``."""
        return time.monotonic() + self._ahead

    def sleep(self, seconds: float) -> None:
        """Move the clock instead of waiting."""
        self.advance(seconds)

    async def asleep(self, seconds: float) -> None:
        """Move the clock instead of waiting."""
        self.advance(seconds)
