"""The clock of moto's user pools, which makes tokens expire according to the emulator's clock.

moto's user pools read the system time through the name `time` in their module. While an emulator
runs, that name refers to a substitute. During a request to an emulator, the substitute returns the
time of that emulator; otherwise, it returns the system time.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Generator
from contextvars import ContextVar
from typing import Any

from cognito_credentials.emulator.clock import EmulatorClock

_clock: ContextVar[EmulatorClock | None] = ContextVar("emulator_clock", default=None)
_lock = threading.Lock()
_running_emulators = 0


class _TimeModule:
    """Substitute for the `time` module."""

    def time(self) -> float:
        clock = _clock.get()
        return time.time() if clock is None else clock.now()

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


_time_module = _TimeModule()


@contextlib.contextmanager
def use_clock(clock: EmulatorClock) -> Generator[None, None, None]:
    """Make moto's user pools use `clock` within this context."""
    token = _clock.set(clock)
    try:
        yield
    finally:
        _clock.reset(token)


def install() -> None:
    """Install the substitute. Every call requires a matching call to `uninstall`."""
    _change_count(1)


def uninstall() -> None:
    """Undo one call to `install`; the last call restores the real `time` module."""
    _change_count(-1)


def _change_count(change: int) -> None:
    global _running_emulators  # noqa: PLW0603 - a process has only one moto
    # Imported here, because the import takes a second, and only a running emulator needs this
    # module.
    from moto.cognitoidp import models

    with _lock:
        _running_emulators += change
        setattr(models, "time", _time_module if _running_emulators else time)  # noqa: B010 - type checkers see a module
