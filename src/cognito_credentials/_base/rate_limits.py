"""Rate limits that keep a broker within the account's quotas, so that its requests are not throttled.

The algorithm is the generic cell rate algorithm (ITU-T I.371): requests are due at regular
intervals. A request may be sent early as part of a burst; all other requests wait until they are
due. The state is a single number, so that a store can limit the rate of all hosts
(`stores/_redis_scripts.py`).
"""

from __future__ import annotations

import threading

from cognito_credentials._base.after_fork import reset_after_fork
from cognito_credentials._validation import check_argument_names, check_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

__all__ = ["Quotas", "RateLimiter", "create_rate_limiters"]

# A burst consists of as many requests as the quota permits in this many seconds. AWS does not
# document the period over which it enforces its quotas. With this burst, the requests within a
# second exceed the quota by at most a fifth. The library retries requests that AWS throttles.
BURST_SECONDS: Final = 0.2
# Background requests leave a fifth of the burst to callers.
BACKGROUND_BURST_SECONDS: Final = 0.8 * BURST_SECONDS


class Quotas:
    """Requests per second that Amazon Cognito permits for the account in the pool's region.

    The defaults are the default quotas of an account (developer guide, "Quotas in Amazon Cognito").
    The quotas apply to all programs in the account that use identity pools. Pass lower numbers if
    other programs send requests, or if several hosts run brokers that do not share a `RedisStore`.

    Args:
        get_id: GetId requests per second.
        get_credentials: GetCredentialsForIdentity requests per second or, with the basic flow,
            GetOpenIdToken requests per second.
        get_developer_token: GetOpenIdTokenForDeveloperIdentity requests per second, if
            `DeveloperIdentity` is used.

    Raises:
        ConfigurationError: If a number is not positive and finite.
    """

    __module__ = "cognito_credentials"

    __slots__ = ("get_credentials", "get_developer_token", "get_id")

    @check_argument_names
    def __init__(
        self,
        *,
        get_id: float = 25.0,
        get_credentials: float = 200.0,
        get_developer_token: float = 50.0,
    ) -> None:
        self.get_id: float = check_number("get_id", get_id, above=0)
        self.get_credentials: float = check_number("get_credentials", get_credentials, above=0)
        self.get_developer_token: float = check_number(
            "get_developer_token", get_developer_token, above=0
        )

    def __repr__(self) -> str:
        return (
            f"Quotas(get_id={self.get_id}, get_credentials={self.get_credentials}, "
            f"get_developer_token={self.get_developer_token})"
        )


class RateLimiter:
    """Thread-safe rate limiter for one operation.

    Args:
        rate: Requests per second.
        monotonic: The monotonic clock, in seconds.
    """

    def __init__(self, rate: float, monotonic: Callable[[], float]) -> None:
        self.interval = 1 / rate
        self._monotonic = monotonic
        self._due_at = float("-inf")
        self.reset()
        reset_after_fork(self)

    def reset(self) -> None:
        """Replace the lock, because a thread in the parent process may have held it."""
        self._lock = threading.Lock()

    def burst_seconds(self, *, is_background: bool) -> float:
        """Return the number of seconds by which requests may be sent early."""
        burst = BACKGROUND_BURST_SECONDS if is_background else BURST_SECONDS
        return max(burst - self.interval, 0.0)

    def reserve(
        self, *, max_wait: float = float("inf"), is_background: bool = False
    ) -> float | None:
        """Reserve a request, and return the seconds to wait before sending it.

        Returns None, and reserves nothing, if the wait would be longer than `max_wait` seconds, or
        if a background request would have to wait at all.
        """
        burst, now = self.burst_seconds(is_background=is_background), self._monotonic()
        with self._lock:
            due_at = max(self._due_at, now)
            wait = max(0.0, due_at - burst - now)
            if wait > (0.0 if is_background else max_wait):
                return None
            self._due_at = due_at + self.interval
            return wait


def create_rate_limiters(quotas: Quotas, monotonic: Callable[[], float]) -> dict[str, RateLimiter]:
    """Return the rate limiters of a broker's requests by operation name."""
    get_credentials = RateLimiter(quotas.get_credentials, monotonic)
    return {
        "GetId": RateLimiter(quotas.get_id, monotonic),
        "GetCredentialsForIdentity": get_credentials,
        "GetOpenIdToken": get_credentials,
        "GetOpenIdTokenForDeveloperIdentity": RateLimiter(quotas.get_developer_token, monotonic),
    }
