"""What to do with the credentials at hand: one pure function, `decide`.

A generation of credentials goes through four states. Fresh: serve it. Advisory: one refresh runs in
the background and nobody waits; should it fail, the old ones go on and the next try waits a while.
Mandatory, the last minute: callers wait for the one refresh; should it fail, they still get what is
valid. Expired: callers wait, and a failure is theirs.

The windows are those of the AWS SDK for Go with one change: for the usual hour the advisory window
begins with 17 minutes left instead of 15, because botocore runs a credential process or asks a
container endpoint again for every request as soon as it hands out less than 15.
"""

from __future__ import annotations

from enum import Enum

from cognito_credentials._core.flight_errors import again
from cognito_credentials.errors import ExpiredOnArrivalError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials.credentials import Credentials
    from cognito_credentials.policy import RefreshPolicy


class Decision(Enum):
    SERVE = "serve"
    SERVE_AND_REFRESH = "serve and refresh"
    WAIT = "wait for the flight, or start it"
    REFUSE = "raise the failure that is remembered"


class Entry:
    """One generation, and when its states begin; times are the service's epoch seconds.

    A broker keeps a hundred thousand of these: what can be worked out is not kept.
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

    @property
    def expires_at(self) -> float:
        return self.credentials.expiration.timestamp()


class Failure:
    """The last refresh's error, and until when it is not tried again."""

    __slots__ = ("error", "traceback", "until")

    def __init__(self, error: Exception, until: float) -> None:
        self.error = error
        self.traceback = error.__traceback__
        self.until = until

    def again(self) -> Exception:
        """Return the error to raise, whose traceback does not grow each time that it is raised."""
        return again(self.error.with_traceback(self.traceback))


def check_not_expired(credentials: Credentials, now: float | None = None) -> None:
    """Check that credentials have not expired since they were fetched.

    Every place that retains or returns a new generation calls this function with its own reading of
    the clock: the machine may have slept since the response was checked. Unlike an expired
    response, this error is retryable, so no cache remembers it and the next call fetches.

    Raises:
        ExpiredOnArrivalError: If the credentials have expired at ``now``, or by their own clock.
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


def decide(
    now: float,
    entry: Entry | None,
    failure: Failure | None,
    *,
    in_flight: bool,
    min_remaining: float = 0.0,
) -> Decision:
    """Say what a caller gets.

    `now` is the service's time. A caller that asks for `min_remaining` seconds of life waits as in
    the mandatory window where less is left.
    """
    if failure is not None and now >= failure.until:
        failure = None
    if entry is None or now >= entry.expires_at:
        return Decision.WAIT if failure is None or in_flight else Decision.REFUSE
    if entry.expires_at - now < min_remaining:
        return Decision.WAIT
    if now < entry.advisory_at or failure is not None:
        return Decision.SERVE
    if now < entry.mandatory_at:
        return Decision.SERVE if in_flight else Decision.SERVE_AND_REFRESH
    return Decision.WAIT


def remember(error: Exception, now: float, entry: Entry | None, random: float) -> Failure:
    """Say for how long a failed refresh is not tried again.

    5 to 10 minutes in the advisory window, as in the AWS SDK for Go, but never into the last
    minute. From there on, a moment that only spares the service a crowd; none at all where another
    try may help at once.
    """
    if entry is not None and now < entry.mandatory_at:
        return Failure(error, min(now + 300 + 300 * random, entry.mandatory_at))
    if entry is not None and now < entry.expires_at:
        return Failure(error, min(now + 1 + 4 * random, entry.expires_at))
    return Failure(error, now if getattr(error, "is_retryable", False) else now + 1 + 4 * random)
