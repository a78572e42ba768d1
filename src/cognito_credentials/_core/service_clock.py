"""The service's clock, measured from the `Date` headers of its responses.

Only responses with a request ID are used, because they come from the service itself; a proxy's
error page contains the proxy's time. A single `Date` header affects only the call in which it
arrives: credentials retain the skew that was measured with them, and every other decision needs a
second source, which is the skew from an earlier call or this machine's clock.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# `Date` has whole seconds, and the response took time to arrive; smaller differences are ignored.
MIN_SKEW_SECONDS = 3.0
# With a local clock that is further off, certificates would be invalid and TLS would fail, so a
# date that differs by more must be wrong.
MAX_SKEW_SECONDS = 30 * 86_400.0
# The clocks of the service's hosts differ by less than this.
MAX_LIFETIME_EXCESS_SECONDS = 60.0
# No AWS service issues credentials for longer than 12 hours. Without a `Date`, the expiration is
# compared with the local clock, which may be off by minutes.
MAX_LIFETIME_SECONDS = 12 * 3600.0 + 15 * 60.0
REQUEST_ID_HEADERS = ("x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id")

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
# Always GMT (RFC 9110). A proxy may have removed or rewritten the time zone. Not compiled here,
# because a process that finds credentials in a store receives no response.
_DATE = (
    r"[A-Z][a-z]{2}, (\d\d?) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d)(?: GMT| UTC| [+-]0000)?"
)


def get_request_id(headers: Mapping[str, str]) -> str:
    """Return the request ID in the headers of a response, or an empty string."""
    return next((headers[name] for name in REQUEST_ID_HEADERS if headers.get(name)), "")


def parse_service_date(headers: Mapping[str, str]) -> float | None:
    """Return the service's time in seconds since 1970, or None.

    None is returned unless the response has a request ID and exactly one valid `Date` header.
    Transports join repeated headers with commas, and the result is not a valid date.
    """
    date = re.fullmatch(_DATE, headers.get("date", ""), re.ASCII)
    if date is None or not get_request_id(headers):
        return None
    day, month, year, hour, minute, second = date.groups()
    try:
        midnight = datetime(int(year), _MONTHS.index(month) + 1, int(day), tzinfo=UTC)
        return midnight.replace(hour=int(hour), minute=int(minute), second=int(second)).timestamp()
    except (ValueError, OverflowError):
        return None


class ServiceClock:
    """Clock skew of the service, as measured from its responses.

    `skew` is the service's clock minus this machine's clock in seconds, from the latest response;
    None before the first. All threads of a provider use it without a lock: each attribute is
    independent of the others.
    """

    __slots__ = ("_earlier_skew", "_has_rejected", "skew")

    def __init__(self) -> None:
        self.skew: float | None = None
        # The value of `skew` before the call that measured the current value.
        self._earlier_skew: float | None = None
        self._has_rejected = False

    def learn(self, headers: Mapping[str, str], now: float, *, before: float | None) -> None:
        """Measure the skew from a response; `before` is the skew when the call began."""
        date = parse_service_date(headers)
        if date is None or abs(date - now) > MAX_SKEW_SECONDS:
            return
        skew = date - now
        if abs(skew) < MIN_SKEW_SECONDS:
            skew = 0.0
        elif self.skew is not None and abs(skew - self.skew) < MIN_SKEW_SECONDS:
            skew = self.skew  # Credentials with the same skew share a clock.
        self.skew, self._earlier_skew, self._has_rejected = skew, before, False

    def get_rejection_skew(self) -> float | None:
        """Return the skew for checks before a call, or None if it has already caused a rejection.

        A call that such a check rejects sends no request, so it cannot measure the skew again.
        Without a skew, the next call is not rejected.
        """
        return None if self._has_rejected else self.skew

    def note_rejection(self) -> None:
        """Record that a call failed because of the skew."""
        self._has_rejected = True

    def choose_arrival_skew(self, expires_at: float, now: float, lifetime: float) -> float | None:
        """Return the skew for new credentials, or None if they have expired with every known skew.

        Prefers a skew with which the credentials do not last longer than requested; a longer
        lifetime shows that the skew is wrong.
        """
        candidates = [self.skew or 0.0]
        if self._earlier_skew is not None:
            candidates.append(self._earlier_skew)
        unexpired = [skew for skew in candidates if expires_at > now + skew]
        if expires_at > now and (unexpired or self._has_rejected):
            unexpired.append(0.0)
        plausible = (
            skew
            for skew in unexpired
            if expires_at <= now + skew + lifetime + MAX_LIFETIME_EXCESS_SECONDS
        )
        chosen = next(plausible, max(unexpired, default=None))
        if chosen is None:
            self.note_rejection()
        elif self.skew is not None:
            self.skew = chosen
        return chosen

    def get_record_skews(self, skew: float | None) -> tuple[float, float]:
        """Return the skew for a stored record, and the skew to use if a fetch fails.

        `skew` is the skew in the record; None if the record comes from another machine.
        """
        recorded = 0.0 if skew is None else skew
        if self.skew is None:
            return recorded, recorded
        return self.skew, recorded if self._earlier_skew is None else self._earlier_skew


class ServiceTime:
    """The service's time: this machine's clock plus the latest skew."""

    __slots__ = ("_latest", "_now", "_service_clock")

    def __init__(self, now: Callable[[], float], service_clock: ServiceClock) -> None:
        self._now = now
        self._service_clock = service_clock
        self._latest = 0.0, now

    def __call__(self) -> float:
        return self._now() + (self._service_clock.skew or 0.0)

    def at(self, skew: float) -> Callable[[], float]:
        """Return the service's clock with this skew, which later measurements do not change.

        A broker may cache the credentials of a hundred thousand users, so credentials with the same
        skew share a clock.
        """
        latest_skew, clock = self._latest
        if skew != latest_skew:
            now = self._now

            def clock() -> float:
                return now() + skew

            self._latest = skew, clock
        return clock
