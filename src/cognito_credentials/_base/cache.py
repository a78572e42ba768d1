"""What a cache holds and knows, for both sides: `_core/freshness.py` with a clock beside it."""

from __future__ import annotations

from cognito_credentials._core import logs
from cognito_credentials._core.freshness import (
    Decision,
    Entry,
    check_not_expired,
    decide,
    remember,
)
from cognito_credentials._validation import check_number
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cognito_credentials._core.freshness import Failure
    from cognito_credentials.credentials import Credentials
    from cognito_credentials.policy import RefreshPolicy
    from cognito_credentials.ports import Clock


class RefreshState:
    """One generation of credentials and the last failure; each is replaced as one object.

    Wall clocks jump. A generation's age is therefore taken from both clocks, and the older one
    counts: a wall clock set back cannot keep credentials alive, and a machine that slept (where the
    monotonic clock may have stood still) sees that they are over. A failure is over as soon as one
    of the clocks says so.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        service_now: Callable[[], float],
        policy: RefreshPolicy,
        random: Callable[[], float],
    ) -> None:
        self._wall, self._monotonic = clock.now, clock.monotonic
        self._service_now = service_now
        self._policy = policy
        self._random = random
        # What others have fetched is taken only if they did so later than this.
        self.after = 0.0
        # What was begun before a caller threw away whatever there is, is not kept.
        self.epoch = 0
        self.clear()

    def clear(self) -> None:
        """Forget everything: the next caller fetches."""
        # What `fresh` reads, replaced whole: credentials, and their limits on both clocks.
        self._fresh: tuple[Credentials, float, float] | None = None
        self._entry: Entry | None = None
        self._failure: tuple[Failure, float] | None = None  # with its end on the monotonic clock
        self._fetched_monotonic = self._skew = 0.0

    def fresh(self) -> Credentials | None:
        """Return the credentials if nothing is to be done about them: the way of almost all reads.

        Takes no lock. What is read is of one generation, so that a thread that was held up in here
        never judges old credentials by the limits of new ones.
        """
        fresh = self._fresh
        if fresh is not None:
            credentials, until_monotonic, until_wall = fresh
            if self._monotonic() < until_monotonic and self._wall() < until_wall:
                return credentials
        return None

    def look(self, *, in_flight: bool, min_remaining: float) -> tuple[Decision, Credentials | None]:
        """Return what a caller gets, and the credentials where they are still valid.

        Raises the failure that is remembered, where that is what a caller gets, and
        `ConfigurationError` where `min_remaining` is no time that credentials can live.
        """
        check_number("min_remaining", min_remaining)
        entry, now, failure = self._entry, self._now(), self._remembered_failure()
        decision = decide(now, entry, failure, in_flight=in_flight, min_remaining=min_remaining)
        if decision is Decision.REFUSE and failure is not None:
            raise failure.again()
        if entry is None or now >= entry.expires_at:
            return decision, None
        # Only a valid generation limits what a caller can ask for: the next one may live longer.
        lifetime = entry.expires_at - min(entry.fetched_at, now)
        if min_remaining > lifetime:
            raise _too_long(min_remaining, lifetime)  # and fetch nothing to find it out again
        return decision, entry.credentials

    def accept(
        self,
        credentials: Credentials,
        fetched_at: float | None = None,
        *,
        epoch: int,
        now: float | None = None,
    ) -> None:
        """Take a new generation; `fetched_at` where another process fetched it a while ago.

        `epoch` is that in which its fetch was begun. `now` is the time that the credentials are
        judged by, the service's time as it is known by default.

        Raises:
            ExpiredOnArrivalError: If the credentials have expired; nothing is replaced.
        """
        if epoch != self.epoch:
            return
        monotonic, wall = self._monotonic(), self._wall()
        if now is None:
            now = self._service_now()
        check_not_expired(credentials, now)
        if fetched_at is None:
            fetched_at = now
        entry = Entry(credentials, now=fetched_at, policy=self._policy, random=self._random())
        fresh_for = entry.advisory_at - now
        self._fetched_monotonic = monotonic - (now - fetched_at)
        self._skew = now - wall
        self._entry, self._failure, self.after = entry, None, fetched_at
        self._fresh = credentials, monotonic + fresh_for, wall + fresh_for
        if epoch != self.epoch:
            self.clear()  # it ended between these lines

    def reject(self, error: Exception, *, epoch: int) -> None:
        """Remember a failed refresh, and say so once where the credentials at hand go on."""
        if epoch != self.epoch:
            return
        entry, now = self._entry, self._now()
        failure = remember(error, now, entry, self._random())
        self._failure = failure, self._monotonic() + failure.until - now
        if entry is not None and now < entry.expires_at:
            logs.warning(
                "Refreshing the credentials of %s failed (%s): those at hand are good for %d s "
                "more, the next try is in %d s",
                entry.credentials.identity_id,
                getattr(error, "reason", type(error).__name__),
                entry.expires_at - now,
                failure.until - now,
            )

    def peek(self) -> Credentials | None:
        entry = self._entry
        return entry.credentials if entry is not None and self._now() < entry.expires_at else None

    def invalidate(self, rejected: Credentials | None) -> None:
        entry = self._entry
        if rejected is None:
            self.epoch += 1
            # A shared record may carry a later time than this clock shows now.
            self.after = max(self.after, self._now())
        if rejected is None or (entry is not None and rejected == entry.credentials):
            self.clear()

    def _remembered_failure(self) -> Failure | None:
        remembered = self._failure
        return remembered[0] if remembered and self._monotonic() < remembered[1] else None

    def _now(self) -> float:
        """Return the service's time, by whichever of this machine's clocks is ahead.

        By the skew that the credentials came with: no later date ends or prolongs them.
        """
        entry = self._entry
        if entry is None:
            return self._service_now()
        return max(
            self._wall() + self._skew,
            entry.fetched_at + self._monotonic() - self._fetched_monotonic,
        )


def lives(credentials: Credentials, min_remaining: float) -> bool:
    """Tell whether credentials are good for so many seconds more."""
    return credentials.remaining.total_seconds() >= min_remaining


def enough(credentials: Credentials, min_remaining: float) -> Credentials:
    """Return new credentials if they are valid, and for ``min_remaining`` seconds if that is given.

    Raises:
        ExpiredOnArrivalError: If the credentials expired while the caller waited.
        ConfigurationError: If they are valid for less than ``min_remaining`` seconds.
    """
    check_not_expired(credentials)
    if min_remaining and not lives(credentials, min_remaining):
        raise _too_long(min_remaining, credentials.remaining.total_seconds())
    return credentials


def _too_long(min_remaining: float, lifetime: float) -> ConfigurationError:
    return ConfigurationError(
        f"min_remaining is {min_remaining:.0f} s, but new credentials live only for "
        f"{lifetime:.0f} s",
        hint="The enhanced flow gives an hour; basic_flow gives up to 12.",
    )
