"""Decisions about cached credentials: the pure function `decide`.

Cached credentials are in one of four states:

- Fresh: they are returned.
- Advisory: they are returned, and one refresh runs in the background. If the refresh fails, the
  credentials continue to be used, and the next attempt is delayed.
- Mandatory, the last minute: callers wait for the refresh. If the refresh fails, callers still get
  the credentials.
- Expired: callers wait for the refresh, and raise its error if it fails.

Credentials that a service has rejected (`rejections.py`) are in the mandatory state until they
expire.

The default windows are similar to the windows of the AWS SDK for Go. For the usual lifetime of one
hour, the advisory window begins 17 instead of 15 minutes before the expiration. The reason is
botocore: as soon as fewer than 15 minutes remain, botocore runs a credential process, or calls a
container endpoint, for every request.
"""

from __future__ import annotations

from enum import Enum

from cognito_credentials.errors import ConfigurationError, ExpiredOnArrivalError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials.credentials import Credentials
    from cognito_credentials.policy import RefreshPolicy

# After a failure in the advisory window, the next attempt is delayed by the minimum plus a random
# fraction of the jitter, as in the AWS SDK for Go.
MIN_ADVISORY_RETRY_SECONDS, ADVISORY_RETRY_JITTER_SECONDS = 300, 300
# Delay after a failure in the mandatory window or later, so that many callers do not overload the
# service.
MIN_RETRY_SECONDS, RETRY_JITTER_SECONDS = 1, 4
# Minimum interval between two fetches that replace rejected credentials. The interval applies
# whether the fetches succeed or fail.
MIN_REFETCH_INTERVAL_SECONDS = 5
_REJECTED = float("-inf")


class Decision(Enum):
    SERVE = "return the cached credentials"
    SERVE_AND_REFRESH = "return the cached credentials and refresh in the background"
    WAIT = "start a fetch or wait for the fetch in progress"
    RAISE = "raise the cached error"


class CachedCredentials:
    """Credentials and the times at which their states begin, in seconds since 1970.

    The times refer to the service's clock. A broker may contain a hundred thousand of these
    objects, so values that can be derived are not stored.
    """

    __slots__ = ("advisory_at", "credentials", "fetched_at", "mandatory_at")

    def __init__(
        self, credentials: Credentials, *, now: float, policy: RefreshPolicy, random: float
    ) -> None:
        self.credentials = credentials
        self.fetched_at = now
        advisory, mandatory = policy.windows(self.expires_at - now, random)
        self.advisory_at = self.expires_at - advisory
        self.mandatory_at = self.expires_at - mandatory

    def mark_rejected(self) -> None:
        """Make callers wait for new credentials, because a service has rejected these."""
        self.advisory_at = self.mandatory_at = _REJECTED

    @property
    def is_rejected(self) -> bool:
        return self.mandatory_at == _REJECTED

    @property
    def expires_at(self) -> float:
        return self.credentials.expiration.timestamp()


class Failure:
    """Error of the last refresh, and the time before which no other refresh is attempted."""

    __slots__ = ("error", "retry_at", "traceback")

    def __init__(self, error: Exception, retry_at: float) -> None:
        self.error = error
        self.traceback = error.__traceback__
        self.retry_at = retry_at

    def copy_error(self) -> Exception:
        """Return the error to raise, with a traceback that does not grow with every raise."""
        from cognito_credentials._core.flight_errors import copy_error

        return copy_error(self.error.with_traceback(self.traceback))


class Epoch:
    """Cached credentials and the last failure, from one call to `invalidate()` to the next.

    A fetch writes its result to the epoch in which it began. A thread that was suspended therefore
    cannot restore credentials that another thread has discarded. Each attribute is replaced
    atomically.
    """

    __slots__ = ("after", "entry", "failure", "fresh", "limits", "next_store_check_at", "rejected")

    def __init__(self, after: float = 0.0) -> None:
        # A record in the store is used only if its credentials were fetched after this time.
        self.after: float = after
        # The credentials and the times, on both clocks, until which `get_fresh` returns them.
        self.fresh: tuple[Credentials, float, float] | None = None
        # Like `fresh`, but the times are not limited by the next store check.
        self.limits: tuple[Credentials, float, float] | None = None
        self.next_store_check_at: float = 0.0  # monotonic time in seconds
        # The credentials, the monotonic time at which they were fetched, and the clock skew in
        # seconds at that time.
        self.entry: tuple[CachedCredentials, float, float] | None = None
        # The rejected credentials. `get_fresh` compares its result with them. Setting `fresh` to
        # None instead could undo a concurrent `accept`.
        self.rejected: Credentials | None = None
        # The second item is the monotonic time until which callers get the cached failure.
        self.failure: tuple[Failure, float] | None = None

    @property
    def cached(self) -> CachedCredentials | None:
        entry = self.entry
        return None if entry is None else entry[0]


def check_not_expired(credentials: Credentials, now: float | None = None) -> None:
    """Check that credentials have not expired since they were fetched.

    All code that stores or returns new credentials calls this function to compare them with the
    clock again, because the machine may have been suspended since the response was checked. Unlike
    the error for an expired response, this error is retryable, so it is not cached, and the next
    call fetches new credentials.

    Raises:
        ExpiredOnArrivalError: If the credentials have expired at `now` or, without `now`, according
            to their own clock.
    """
    remaining = (
        credentials.remaining.total_seconds()
        if now is None
        else credentials.expiration.timestamp() - now
    )
    if remaining <= 0:
        error = ExpiredOnArrivalError(
            f"the credentials expired {-remaining:.0f} s before they could be used",
            hint="Call again to fetch new credentials. If the error recurs, check whether this "
            "machine was suspended, its clock was changed, or a cache or callback is slow.",
        )
        error.is_retryable = True
        raise error


def has_remaining(credentials: Credentials, min_remaining: float) -> bool:
    """Return True if credentials are valid for at least this many seconds."""
    return credentials.remaining.total_seconds() >= min_remaining


def require_remaining(credentials: Credentials, min_remaining: float) -> Credentials:
    """Return new credentials if they are valid for `min_remaining` seconds.

    Raises:
        ExpiredOnArrivalError: If the credentials expired while the caller waited.
        ConfigurationError: If the credentials are valid for less than `min_remaining` seconds.
    """
    check_not_expired(credentials)
    if min_remaining and not has_remaining(credentials, min_remaining):
        raise min_remaining_error(min_remaining, credentials.remaining.total_seconds())
    return credentials


def min_remaining_error(min_remaining: float, lifetime: float) -> ConfigurationError:
    """Return the error for a `min_remaining` that is longer than the lifetime of credentials."""
    return ConfigurationError(
        f"min_remaining is {min_remaining:.0f} s, but new credentials are valid for only "
        f"{lifetime:.0f} s",
        hint="Pass a smaller min_remaining. The enhanced flow returns credentials for one hour, "
        "the basic flow for up to 12 hours.",
    )


def decide(
    now: float,
    cached: CachedCredentials | None,
    failure: Failure | None,
    *,
    in_flight: bool,
    min_remaining: float = 0.0,
) -> Decision:
    """Return the decision for a caller.

    If the credentials have less than `min_remaining` seconds left, the caller waits as in the
    mandatory window. `now` is the service's time in seconds since 1970.
    """
    if failure is not None and now >= failure.retry_at:
        failure = None
    if cached is None or now >= cached.expires_at:
        return Decision.WAIT if failure is None or in_flight else Decision.RAISE
    if cached.expires_at - now < min_remaining:
        return Decision.WAIT
    if now < cached.advisory_at or failure is not None:
        return Decision.SERVE
    if now < cached.mandatory_at:
        return Decision.SERVE if in_flight else Decision.SERVE_AND_REFRESH
    return Decision.WAIT


def schedule_retry(
    error: Exception, now: float, cached: CachedCredentials | None, random: float
) -> Failure:
    """Return the `Failure` for a failed refresh, with the time of the next attempt.

    The next attempt is 5 to 10 minutes later in the advisory window, but not later than the
    beginning of the mandatory window. In the mandatory window, the next attempt is 1 to 5 seconds
    later; for rejected credentials, 5 to 9 seconds. Without valid credentials, the next attempt may
    follow immediately after a retryable error, and 1 to 5 seconds after any other error.
    """
    soon = now + MIN_RETRY_SECONDS + RETRY_JITTER_SECONDS * random
    if cached is not None and now < cached.mandatory_at:
        later = now + MIN_ADVISORY_RETRY_SECONDS + ADVISORY_RETRY_JITTER_SECONDS * random
        return Failure(error, min(later, cached.mandatory_at))
    if cached is not None and now < cached.expires_at:
        if cached.is_rejected:
            soon += MIN_REFETCH_INTERVAL_SECONDS - MIN_RETRY_SECONDS
        return Failure(error, min(soon, cached.expires_at))
    return Failure(error, now if getattr(error, "is_retryable", False) else soon)
