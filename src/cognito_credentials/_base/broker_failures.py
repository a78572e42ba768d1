"""Failed fetches for a broker's users."""

from __future__ import annotations

import threading
from collections import OrderedDict

from cognito_credentials._core.flight_errors import copy_error
from cognito_credentials._core.freshness import schedule_retry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from cognito_credentials._core.broker_users import CachedUser, UserRequest
    from cognito_credentials._core.freshness import Failure

MAX_REMEMBERED_FAILURES = 10_000


class RememberedFailures:
    """The last failure of each flight. Thread-safe.

    Args:
        monotonic: The monotonic clock, in seconds.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        # Maps each flight to the failure, the monotonic time at which the failure expires, and the
        # fetch time of the credentials that the failed fetch would have replaced.
        self._failures: OrderedDict[tuple[str, Hashable], tuple[Failure, float, float | None]] = (
            OrderedDict()
        )
        self.reset()

    def reset(self) -> None:
        """Replace the lock, because a thread in the parent process may have held it."""
        self._lock = threading.Lock()

    def add(
        self,
        request: UserRequest,
        error: Exception,
        *,
        now: float,
        user: CachedUser | None,
        random: float,
    ) -> None:
        """Remember a failure until the next attempt."""
        remembered = copy_error(error)
        if remembered is not error:
            # Do not retain the error itself, because its traceback refers to every object of the
            # fetch.
            remembered.__cause__ = error.__cause__
        failure = schedule_retry(remembered, now, user, random)
        ends_at = self._monotonic() + failure.retry_at - now
        with self._lock:
            self._failures[request.key] = failure, ends_at, _fetched_at(user)
            while len(self._failures) > MAX_REMEMBERED_FAILURES:
                self._failures.popitem(last=False)

    def find(self, request: UserRequest, user: CachedUser | None) -> Failure | None:
        """Return the remembered failure of the request's flight, or None.

        A failure expires according to the clock that is ahead. The failure of a refresh is returned
        only while the cache still contains the credentials that the refresh would have replaced.
        The next attempt may be minutes away, and a caller without cached credentials must not get
        the error for that long.
        """
        remembered = self._failures.get(request.key)
        if remembered is None:
            return None
        failure, ends_at, fetched_at = remembered
        if self._monotonic() >= ends_at or fetched_at != _fetched_at(user):
            return None
        return failure

    def discard(self, request: UserRequest) -> None:
        with self._lock:
            self._failures.pop(request.key, None)

    def discard_user(self, user_identifier: str) -> None:
        """Discard the failures of all flights of a user."""
        with self._lock:
            for key in [key for key in self._failures if key[0] == user_identifier]:
                del self._failures[key]

    def clear(self) -> None:
        with self._lock:
            self._failures.clear()


def _fetched_at(user: CachedUser | None) -> float | None:
    return None if user is None else user.fetched_at
