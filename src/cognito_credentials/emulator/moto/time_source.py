"""moto's user pools stamp their tokens by the clock of the emulator that they work for.

moto reads the system's time through the name ``time`` of one module. While any emulator runs,
that name is a stand-in, which tells an emulator's time inside a request of that emulator and the
system's to everybody else: other users of moto in the process, other emulators.
"""

from __future__ import annotations

import contextlib
import threading
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator

    from cognito_credentials.emulator.identity.ports import EmulatorClock

_clock: ContextVar[EmulatorClock | None] = ContextVar("emulator_clock", default=None)
_lock = threading.Lock()
_users = 0


class _StandIn:
    def time(self) -> float:
        clock = _clock.get()
        return time.time() if clock is None else clock.now()

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


_stand_in = _StandIn()


@contextlib.contextmanager
def time_of(clock: EmulatorClock) -> Generator[None, None, None]:
    """Let moto's user pools go by ``clock`` in this context."""
    token = _clock.set(clock)
    try:
        yield
    finally:
        _clock.reset(token)


def install() -> None:
    """Put the stand-in in place; each call wants one of ``uninstall``."""
    _count(1)


def uninstall() -> None:
    """Put the real ``time`` back, with the last user's call."""
    _count(-1)


def _count(change: int) -> None:
    global _users  # noqa: PLW0603 - there is one moto in a process
    from moto.cognitoidp import models

    with _lock:
        _users += change
        setattr(models, "time", _stand_in if _users else time)  # noqa: B010 - typed as a module
