"""The clock of the emulator, which tests advance at will."""

from __future__ import annotations

import contextlib
import functools
import threading
import time
from collections.abc import Callable, Generator
from contextvars import ContextVar
from email.utils import formatdate
from typing import Protocol

from cognito_credentials._validation import format_value
from cognito_credentials.emulator.argument_checks import check_number_type

_offset: ContextVar[float] = ContextVar("clock_offset", default=0.0)
_issues_expired: ContextVar[bool] = ContextVar("issues_expired", default=False)
_EXPIRED_SECONDS_AGO = 60.0
# The end of the year 2999. Windows does not support dates after the year 3000.
MAX_TIME = 32_503_679_999


class EmulatorClock(Protocol):
    """The source of the time for the whole emulator."""

    def now(self) -> float:
        """Return the time in seconds since the epoch (UTC)."""
        ...


# Set the attribute here, because a type checker would treat a class attribute as a member of the
# protocol.
EmulatorClock.__module__ = "cognito_credentials.emulator"


class MovableClock:
    """A clock that shows the time of its source, shifted by the sum of all `advance` calls.

    This clock determines the expiration of tokens, credentials and presigned URLs, and the `Date`
    header of every response. Two kinds of times follow the system clock instead: timestamps that
    moto only records, such as the last modification of an object, and the start times of presigned
    URLs that boto3 creates. If this clock is far ahead of the system clock, a new presigned URL has
    therefore already expired.

    Pass the clock to a provider as well (`client_config={"clock": emulator.clock}`), so that tokens and
    credentials expire at the same time in the provider and in the emulator. Thread-safe.

    Args:
        source: Function that returns the unshifted time in seconds since the epoch (UTC). Default:
            the system clock.
    """

    __module__ = "cognito_credentials.emulator"

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._offset = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        """Return the time in seconds since the epoch (UTC)."""
        return self._source() + self._offset

    def advance(self, seconds: float) -> None:
        """Advance the clock immediately, or set it back if `seconds` is negative.

        Raises:
            TypeError: If `seconds` is not a number.
            ValueError: If the time would not be in the years 1970 to 2999, for example because
                milliseconds were passed.
        """
        check_number_type("seconds", seconds)
        with self._lock:
            is_possible = -MAX_TIME <= seconds <= MAX_TIME
            if not is_possible or not 0 <= self.now() + seconds <= MAX_TIME:
                raise ValueError(
                    "seconds must result in a time between the years 1970 and 2999, so it cannot be"
                    f" {format_value(seconds)}"
                )
            self._offset += seconds

    def reset(self) -> None:
        """Undo all `advance` calls."""
        with self._lock:
            self._offset = 0.0

    def monotonic(self) -> float:
        """Return the seconds since a fixed point, shifted like `now`."""
        return time.monotonic() + self._offset

    def sleep(self, seconds: float) -> None:
        """Advance the clock instead of waiting."""
        self.advance(seconds)

    async def asleep(self, seconds: float) -> None:
        """Advance the clock instead of waiting."""
        self.advance(seconds)


class ServiceClock:
    """The clock of the emulated services, which a fault can shift during a request."""

    def __init__(self, clock: EmulatorClock) -> None:
        self._clock = clock

    def now(self) -> float:
        """Return the time in seconds since the epoch (UTC)."""
        return self._clock.now() + _offset.get()


def http_date(seconds: float) -> str:
    """Return a time in seconds since the epoch (UTC) as the value of a `Date` header."""
    return _format_date(int(seconds))


@functools.lru_cache(maxsize=16)
def _format_date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


@contextlib.contextmanager
def faulty_times(*, offset: float, issues_expired: bool) -> Generator[None]:
    """Shift each `ServiceClock` within this context.

    Args:
        offset: The number of seconds by which the clock is ahead.
        issues_expired: Whether `find_expiration` returns a time in the past.
    """
    tokens = _offset.set(offset), _issues_expired.set(issues_expired)
    try:
        yield
    finally:
        _offset.reset(tokens[0])
        _issues_expired.reset(tokens[1])


def find_expiration(clock: EmulatorClock, lifetime: float) -> float:
    """Return the expiration of credentials issued now, in seconds since the epoch (UTC)."""
    return clock.now() + (-_EXPIRED_SECONDS_AGO if _issues_expired.get() else lifetime)
