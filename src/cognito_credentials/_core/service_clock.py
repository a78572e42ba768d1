"""The service's clock, as its responses tell it.

Only a response of the service itself counts: one with a request ID. An error page of a proxy has
the proxy's time. Each such response is read anew, and no single `Date` is trusted further than the
call that it arrived in: credentials are bound to the skew that they arrived with, and every other
decision has a second witness, which is an earlier call's skew or this machine's clock.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# `Date` has whole seconds and is as old as the response: a smaller difference is not a skew.
MIN_SKEW_SECONDS = 3.0
# TLS fails on a machine whose clock is off by more than this, so the date must be wrong.
MAX_SKEW_SECONDS = 30 * 86_400.0
# The clocks of the service's own hosts differ by less than this.
MAX_LIFETIME_EXCESS_SECONDS = 60.0
REQUEST_ID_HEADERS = ("x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id")

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
# Always GMT (RFC 9110). A proxy may have cut off the zone, or written it as the standard for mail.
_DATE = re.compile(
    r"[A-Z][a-z]{2}, (\d\d?) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d)(?: GMT| UTC| [+-]0000)?",
    re.ASCII,
)


def request_id(headers: Mapping[str, str]) -> str:
    """Return the request ID that the service gave a response, or an empty string."""
    return next((headers[name] for name in REQUEST_ID_HEADERS if headers.get(name)), "")


def service_date(headers: Mapping[str, str]) -> float | None:
    """Return the service's time in seconds since 1970, or None if the response does not tell it.

    A response does not tell it if it has no request ID, or not exactly one valid `Date`. Transports
    join repeated headers by a comma, which a valid date does not have there.
    """
    date = _DATE.fullmatch(headers.get("date", ""))
    if date is None or not request_id(headers):
        return None
    day, month, year, hour, minute, second = date.groups()
    try:
        midnight = datetime(int(year), _MONTHS.index(month) + 1, int(day), tzinfo=UTC)
        return midnight.replace(hour=int(hour), minute=int(minute), second=int(second)).timestamp()
    except (ValueError, OverflowError):
        return None


class ServiceClock:
    """What the responses told about the service's clock.

    `skew` is the service's clock minus this machine's clock in seconds, from the latest response;
    None before the first. Used by every thread of a provider without a lock: each attribute stands
    on its own.
    """

    __slots__ = ("_earlier_skew", "_has_rejected", "skew")

    def __init__(self) -> None:
        self.skew: float | None = None
        # As it was when the call that measured `skew` began.
        self._earlier_skew: float | None = None
        self._has_rejected = False

    def learn(self, headers: Mapping[str, str], now: float, *, before: float | None) -> None:
        """Measure the skew; `before` is the skew when the call began that was responded to."""
        date = service_date(headers)
        if date is None or abs(date - now) > MAX_SKEW_SECONDS:
            return
        skew = date - now
        if abs(skew) < MIN_SKEW_SECONDS:
            skew = 0.0
        elif self.skew is not None and abs(skew - self.skew) < MIN_SKEW_SECONDS:
            skew = self.skew  # so that all credentials share one clock
        self.skew, self._earlier_skew, self._has_rejected = skew, before, False

    def skew_to_reject_by(self) -> float | None:
        """Return the skew, unless a call was rejected because of it already.

        Nothing is learned from a request that is not sent. So the next one is sent.
        """
        return None if self._has_rejected else self.skew

    def note_rejection(self) -> None:
        """Note that a call failed because of the skew."""
        self._has_rejected = True

    def skew_on_arrival(self, expires_at: float, now: float, lifetime: float) -> float | None:
        """Return the skew to judge new credentials by, or None if they have expired by each.

        It is the one by which they have the lifetime that was asked for, if there is one: so the
        latest date is disproved by an earlier call's date and the expiration together.
        """
        candidates = [self.skew or 0.0]
        if self._earlier_skew is not None:
            candidates.append(self._earlier_skew)
        if self._has_rejected:
            candidates.append(0.0)
        alive = [skew for skew in candidates if expires_at > now + skew]
        plausible = (
            skew
            for skew in alive
            if expires_at <= now + skew + lifetime + MAX_LIFETIME_EXCESS_SECONDS
        )
        chosen = next(plausible, alive[0] if alive else None)
        if chosen is None:
            self.note_rejection()
        elif self.skew is not None:
            self.skew = chosen
        return chosen

    def skews_of_record(self, skew: float | None) -> tuple[float, float]:
        """Return the skew to judge a stored record by, and one to judge it by if a fetch fails.

        `skew` is what the record says of this machine's clock, if it is from this machine.
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
        """Return the service's clock by this skew, whatever is learned later.

        A broker has credentials by the hundred thousand: those with the same skew share a clock.
        """
        latest_skew, clock = self._latest
        if skew != latest_skew:
            now = self._now

            def clock() -> float:
                return now() + skew

            self._latest = skew, clock
        return clock
