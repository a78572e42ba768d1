"""An event loop with a virtual clock, whose callbacks run in an order that a seed chooses.

A schedule that fails can be repeated with its seed.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from typing import Any, TypeVar

from cognito_credentials.testing import FakeClock

T = TypeVar("T")


class DeadlockError(AssertionError):
    """No task can continue, and no timer is pending."""


class ShuffledLoop(asyncio.SelectorEventLoop):
    """Event loop for tasks that use neither sockets nor threads.

    Time advances to the next timer if nothing else can be done.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.random = random.Random(seed)  # noqa: S311 - not for cryptography
        self._virtual_time = 0.0

    def time(self) -> float:
        return self._virtual_time

    def _run_once(self) -> None:
        # These are private attributes of asyncio's loop, which have not changed for many years.
        ready: Any = self._ready  # type: ignore[attr-defined]
        timers = [each for each in self._scheduled if not each.cancelled()]  # type: ignore[attr-defined]
        if not ready and not self._stopping:  # type: ignore[attr-defined]
            if not timers:
                raise DeadlockError("no task can continue")
            self._virtual_time = max(self._virtual_time, min(each.when() for each in timers))
        self.random.shuffle(ready)
        super()._run_once()  # type: ignore[misc]


class LoopClock(FakeClock):
    """Clock of a `ShuffledLoop`."""

    def __init__(self, loop: ShuffledLoop) -> None:
        super().__init__(1_800_000_000.0)
        self._loop = loop

    def now(self) -> float:
        return super().now() + self._loop.time()

    def monotonic(self) -> float:
        return super().monotonic() + self._loop.time()

    async def asleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def run(seed: int, main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine with a `ShuffledLoop`."""
    with asyncio.Runner(loop_factory=lambda: ShuffledLoop(seed)) as runner:
        return runner.run(main)
