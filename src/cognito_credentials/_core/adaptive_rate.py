"""Client-side rate limit of the adaptive retry mode, as in the AWS SDKs.

There is no limit until the service throttles a call. Then the rate drops to 70 % of the measured
rate, and grows again along a cubic curve: fast at first, slowly near the rate at which calls were
throttled, and fast beyond that rate.
"""

from __future__ import annotations

__all__ = ["AdaptiveRate"]

MIN_RATE = 0.5  # Calls per second.
MAX_WAIT_SECONDS = 20.0
# The constants of botocore's adaptive mode.
THROTTLED_FACTOR = 0.7
CUBIC_SCALE = 0.4
SMOOTHING = 0.8
MEASUREMENT_SECONDS = 0.5


class AdaptiveRate:
    """Rate limit of one client.

    Times are in seconds since 1970. Several threads may use an instance without a lock. If two
    threads race, a call may be missing from the count, but a lock for every call would cost more.
    """

    __slots__ = (
        "_available",
        "_calls",
        "_max_rate",
        "_measured_at",
        "_measured_rate",
        "_rate",
        "_refilled_at",
        "_throttled_at",
    )

    def __init__(self) -> None:
        self._rate: float | None = None  # Calls per second; None if there is no limit.
        self._available = 0.0  # Number of calls that need not wait; negative if calls are waiting.
        self._refilled_at = 0.0
        self._calls = 0
        self._measured_rate = 0.0
        self._measured_at: float | None = None
        self._max_rate = 0.0  # Calls per second at the time of the last throttled call.
        self._throttled_at = 0.0

    def reserve(self, now: float) -> float:
        """Reserve a call, and return the seconds to wait before making the call."""
        if self._rate is None:
            return 0.0
        self._refill(now, self._rate)
        # The lower limit ensures that no call waits for more than `MAX_WAIT_SECONDS`.
        self._available = max(self._available - 1, -self._rate * MAX_WAIT_SECONDS)
        return max(0.0, -self._available / self._rate)

    def update(self, now: float, *, is_throttled: bool) -> None:
        """Adapt the rate after a call."""
        self._measure(now)
        if is_throttled:
            rate = self._measured_rate
            if self._rate is not None:
                rate = min(rate, self._rate)
            self._max_rate, self._throttled_at = rate, now
            rate *= THROTTLED_FACTOR
        elif self._rate is None:
            return
        else:
            # After this time, the curve has returned to the rate at which calls were throttled.
            recovery = (self._max_rate * (1 - THROTTLED_FACTOR) / CUBIC_SCALE) ** (1 / 3)
            seconds = now - self._throttled_at - recovery
            rate = CUBIC_SCALE * seconds**3 + self._max_rate
        self._set_rate(now, min(rate, 2 * self._measured_rate))

    def _set_rate(self, now: float, rate: float) -> None:
        if self._rate is None:
            self._refilled_at = now
        else:
            self._refill(now, self._rate)
        self._rate = max(rate, MIN_RATE)
        self._available = min(self._available, max(1.0, self._rate))

    def _refill(self, now: float, rate: float) -> None:
        seconds = max(0.0, now - self._refilled_at)
        self._available = min(self._available + seconds * rate, max(1.0, rate))
        self._refilled_at = now

    def _measure(self, now: float) -> None:
        self._calls += 1
        if self._measured_at is None:
            self._measured_at = now
        seconds = now - self._measured_at
        if seconds >= MEASUREMENT_SECONDS:
            current = self._calls / seconds
            self._measured_rate = SMOOTHING * current + (1 - SMOOTHING) * self._measured_rate
            self._calls, self._measured_at = 0, now
