"""Checks that detect whether a broker's store has lost the entries of cached users."""

from __future__ import annotations

import threading

from cognito_credentials._base.after_fork import reset_after_fork

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials._core.broker_users import CachedUser

INTERVAL_SECONDS = 1.0
MAX_CONCURRENT_CHECKS = 16


class StoreChecks:
    """Schedule of the checks that callers make before they use cached credentials.

    In each interval, the first caller checks the entries of its user. If the store turns out to
    have been emptied, the next caller of every other user checks that user's entries as well.
    `epoch` counts how often the store was emptied, and `CachedUser.store_epoch` is the epoch of the
    user's last check.

    Args:
        has_store: Whether there is a store. Without a store, no check is due.
    """

    def __init__(self, *, has_store: bool) -> None:
        self.epoch = 0
        # Time on the service's clock, in seconds since 1970.
        self.next_at = float("-inf") if has_store else float("inf")
        self.reset()
        reset_after_fork(self)

    def reset(self) -> None:
        """Replace the lock, because a thread in the parent process may have held it."""
        self._lock = threading.Lock()
        self._running = 0

    def is_due(self, user: CachedUser, now: float) -> bool:
        """Return True if the caller should check the user's entries."""
        if user.store_epoch == self.epoch and now < self.next_at:
            return False
        if self._running >= MAX_CONCURRENT_CHECKS:
            return False  # The user's next caller will check the entries.
        self.next_at = now + INTERVAL_SECONDS
        return True

    def begin(self) -> None:
        """Record that a check has begun."""
        with self._lock:
            self._running += 1

    def end(self, user: CachedUser | None, *, was_emptied: bool) -> None:
        """Record the result of a check of this user's entries."""
        with self._lock:
            self._running -= 1
            if user is None:
                return
            # A check that is due because of a new epoch must not begin another epoch.
            if was_emptied and user.store_epoch == self.epoch:
                self.epoch += 1
            user.store_epoch = self.epoch
