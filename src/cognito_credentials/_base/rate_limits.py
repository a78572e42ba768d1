"""Calls at the pace that the account's quotas allow, instead of refusals.

A generic cell rate algorithm (ITU-T I.371): calls are due one interval after another, may run ahead
of that by a burst, and wait where they would run further. It takes one number, so that it can stand
on a server for a whole fleet as well (`stores/_redis_scripts.py`).
"""

from __future__ import annotations

import threading

from cognito_credentials._validation import check_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

__all__ = ["Quotas", "RateLimiter"]

# Seconds of calls that may come at once. AWS does not say over what time it counts: no second has
# more than a fifth above the quota, and what is refused all the same is retried.
BURST: Final = 0.2


class Quotas:
    """Say how many calls a second the account may make, in the pool's region.

    The defaults are those that AWS gives an account (developer guide, "Quotas in Amazon Cognito").
    They are for all that the account does with identity pools: give a share of them where other
    programs call, too, or where several hosts do without a `RedisStore` between them.

    Args:
        get_id: GetId, calls a second.
        get_credentials: GetCredentialsForIdentity, or GetOpenIdToken with the basic flow.

    Raises:
        ConfigurationError: A number that is not more than 0, or not finite.
    """

    __module__ = "cognito_credentials"

    __slots__ = ("get_credentials", "get_id")

    def __init__(self, *, get_id: float = 25.0, get_credentials: float = 200.0) -> None:
        for name, value in (("get_id", get_id), ("get_credentials", get_credentials)):
            check_number(name, value, above=0)
        self.get_id = get_id
        self.get_credentials = get_credentials

    def __repr__(self) -> str:
        return f"Quotas(get_id={self.get_id}, get_credentials={self.get_credentials})"


class RateLimiter:
    """Gives out the moments of one operation's calls; for any number of threads.

    Args:
        rate: Calls a second.
        monotonic: The clock, in seconds.
    """

    def __init__(self, rate: float, monotonic: Callable[[], float]) -> None:
        self.interval = 1 / rate
        self._monotonic = monotonic
        self._due = float("-inf")
        self.reset()

    def reset(self) -> None:
        """Make a lock, in place of one that a thread may hold that a child process has not."""
        self._lock = threading.Lock()

    def ahead(self, *, background: bool) -> float:
        """Return how far calls may run ahead of their interval, in seconds; one always may come.

        Work that nobody waits for leaves a fifth of the burst to those who do.
        """
        return max((0.8 if background else 1.0) * BURST - self.interval, 0.0)

    def reserve(self, *, longest: float = float("inf"), background: bool = False) -> float | None:
        """Return the seconds to wait before the call; its moment is then taken.

        None where that would be longer than `longest`, and nothing is taken. Background work never
        queues: it asks again later.
        """
        ahead, now = self.ahead(background=background), self._monotonic()
        with self._lock:
            due = max(self._due, now)
            wait = max(0.0, due - ahead - now)
            if wait > (0.0 if background else longest):
                return None
            self._due = due + self.interval
            return wait
