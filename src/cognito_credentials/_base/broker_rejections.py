"""Rejected credentials of a broker's users."""

from __future__ import annotations

import threading

from cognito_credentials._base.after_fork import reset_after_fork
from cognito_credentials._core import rejections
from cognito_credentials._core.broker_users import UserRequest
from cognito_credentials._core.freshness import MIN_REFETCH_INTERVAL_SECONDS
from cognito_credentials.credentials import read_clock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cognito_credentials._base.broker_failures import RememberedFailures
    from cognito_credentials._core.broker_users import CachedUser


class RejectedUsers:
    """The users whose cached credentials a service has rejected recently. Thread-safe.

    Args:
        failures: The last failures of the users' fetches.
        monotonic: The monotonic clock, in seconds.
    """

    def __init__(self, failures: RememberedFailures, monotonic: Callable[[], float]) -> None:
        self._failures = failures
        self._monotonic = monotonic
        # The time at which each user's credentials were last marked as rejected, or replaced
        # because of a rejection. The oldest time comes first. Only recent times are retained,
        # because there may be a hundred thousand users.
        self._rejected_at: dict[str, float] = {}
        self.reset()
        reset_after_fork(self)

    def reset(self) -> None:
        """Replace the lock, because a thread in the parent process may have held it."""
        self._lock = threading.Lock()

    def mark(self, user: CachedUser | None, access_key_id: str) -> bool:
        """Mark a user's credentials as rejected; return True if the request should be repeated."""
        if user is None:
            return True
        name, now = user.user_identifier, self._monotonic()
        request = UserRequest(name, user.original_logins())
        with self._lock:
            decision = rejections.decide(
                user,
                access_key_id,
                has_failed=self._failures.find(request, user) is not None,
                seconds_since_last=now - self._rejected_at.get(name, float("-inf")),
            )
            if decision is rejections.Decision.MARK:
                # Discard the failure, which delayed the next attempt only because the cached
                # credentials still worked.
                self._failures.discard(request)
                user.mark_rejected()
                self._remember(name, now)
                rejections.log(user, read_clock(user.credentials))
        return decision is not rejections.Decision.IGNORE

    def replace(self, former: CachedUser | None) -> None:
        """Record that a user's credentials are being replaced."""
        if former is not None and former.is_rejected:
            with self._lock:
                self._remember(former.user_identifier, self._monotonic())

    def _remember(self, name: str, now: float) -> None:
        self._rejected_at.pop(name, None)
        self._rejected_at[name] = now
        while True:
            oldest = next(iter(self._rejected_at))
            if now - self._rejected_at[oldest] < MIN_REFETCH_INTERVAL_SECONDS:
                return
            del self._rejected_at[oldest]
