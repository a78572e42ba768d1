"""The service's clock, measured from the `Date` headers of its responses.

Only responses with a request ID are used, because they come from the service itself; an error page
from a proxy has the proxy's time in its `Date` header. A single `Date` header affects only the call
in which it arrives: credentials retain the skew that was measured with them, and every other
decision requires confirmation by the skew from an earlier call or by this machine's clock.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Smaller differences are ignored, because `Date` has a resolution of one second, and the response
# took time to arrive.
MIN_SKEW_SECONDS = 3.0
# Credentials share a clock if the local clock has been changed by less than this between their
# fetches.
SAME_CLOCK_SECONDS = 0.1
# If the local clock were off by more than this, TLS would fail because certificates would seem
# invalid. A date that differs by more must therefore be wrong.
MAX_SKEW_SECONDS = 30 * 86_400.0
# The clocks of the service's hosts differ by less than this tolerance.
MAX_LIFETIME_EXCESS_SECONDS = 60.0
# No AWS service issues credentials that are valid for more than 12 hours. If a response has no
# `Date` header, the expiration is compared with the local clock, which may be off by minutes.
MAX_LIFETIME_SECONDS = 12 * 3600.0 + 15 * 60.0
REQUEST_ID_HEADERS = ("x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id")

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
# The time zone is always GMT (RFC 9110), but a proxy may have removed or rewritten it. The pattern
# is not compiled here, because a process that finds credentials in a store receives no response.
_DATE = (
    r"[A-Z][a-z]{2}, (\d\d?) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d)(?: GMT| UTC| [+-]0000)?"
)


def get_request_id(headers: Mapping[str, str]) -> str:
    """Return the request ID in the headers of a response, or an empty string."""
    return next((headers[name] for name in REQUEST_ID_HEADERS if headers.get(name)), "")


def parse_service_date(headers: Mapping[str, str]) -> float | None:
    """Return the service's time in seconds since 1970, or None.

    None is returned unless the response has a request ID and exactly one valid `Date` header.
    Transports join repeated headers with commas, so several `Date` headers do not form a valid
    date.
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

    `skew` is the service's time minus this machine's time in seconds, when the latest response
    arrived; None before the first response with a valid date. `get_skew` also takes into account
    that the local clock has been set back since then. A provider's threads share the object without
    a lock, because its attributes are independent of each other.

    Args:
        monotonic: The monotonic clock, which detects changes of the local clock; None to ignore
            them.
    """

    __slots__ = (
        "_earlier_skews",
        "_has_rejected",
        "_measured_at",
        "_min_offset",
        "_monotonic_offset",
        "_uncertainty",
        "monotonic",
        "skew",
    )

    def __init__(self, monotonic: Callable[[], float] | None = None) -> None:
        self.skew: float | None = None
        self.monotonic: Callable[[], float] | None = monotonic
        # Seconds by which the actual skew may be smaller than `skew`.
        self._uncertainty = 0.0
        # The local time minus the monotonic time at the latest measurement, in seconds.
        self._monotonic_offset = 0.0
        # The possible skews before the call that measured the current value.
        self._earlier_skews: tuple[float, ...] = ()
        self._has_rejected = False
        # The service's time minus the monotonic time is at least this number of seconds, according to
        # the records that were found since the latest measurement.
        self._min_offset = float("-inf")
        # The service's time of the latest measurement, in seconds since 1970.
        self._measured_at = float("-inf")

    def measure(
        self,
        headers: Mapping[str, str],
        now: float,
        *,
        sent_at: float,
        before: tuple[float, ...],
    ) -> None:
        """Measure the skew from a response.

        Args:
            headers: The headers of the response.
            now: Time of the local clock in seconds since 1970.
            sent_at: Time of the local clock when the request was sent.
            before: The possible skews when the call began.
        """
        date = parse_service_date(headers)
        if date is None or abs(date - now) > MAX_SKEW_SECONDS:
            return
        # The service wrote its time at some moment after the request was sent. If the response took
        # long, or the machine was suspended, this moment is not known. If the clock was set back in
        # the meantime, only the current time counts.
        lower, skew = date - now, date - min(sent_at, now)
        # Zero and the previous skew are preferred if they are possible, because credentials with
        # the same skew share a clock. If both are possible, the credentials expire earlier according
        # to the larger one.
        likely = [
            each
            for each in (0.0, self.skew)
            if each is not None and lower - MIN_SKEW_SECONDS < each < skew + MIN_SKEW_SECONDS
        ]
        skew = max(likely, default=skew)
        self.skew, self._earlier_skews, self._has_rejected = skew, before, False
        uncertainty = skew - lower
        self._uncertainty = uncertainty if uncertainty > MIN_SKEW_SECONDS else 0.0
        self._measured_at, self._min_offset = date, float("-inf")
        if self.monotonic is not None:
            self._monotonic_offset = now - self.monotonic()

    def get_skew(self, now: float) -> float | None:
        """Return the skew of a local clock that shows `now`; None before a measurement.

        If the local clock has been set back since the measurement, the skew has grown by the same
        amount. If the local clock seems to have been set forward, the machine may have been
        suspended instead, which does not change the skew.
        """
        return None if self.skew is None else self.skew + self._get_setback(now)

    def get_possible_skews(self, now: float) -> tuple[float, ...]:
        """Return the possible skews of a local clock that shows `now`, the most likely one first."""
        if self.skew is None:
            return ()
        change = self._get_clock_change(now)
        if change < 0:
            return (self.skew - change,)
        # The machine was suspended or the clock was set forward, either since the measurement or
        # during the request that was measured.
        return self.skew, self.skew - change, self.skew - self._uncertainty

    def get_rejection_skew(self, now: float) -> float | None:
        """Return the skew for checks before a call; None if it is unknown or has caused a rejection.

        The result is the smallest possible skew, because a check must not reject a valid token: the
        local clock may have been set forward between a request and its response. A call that fails
        such a check sends no request, so it cannot measure the skew again. The next call is
        therefore checked without a skew, so that its request is sent. If the local clock, which
        shows `now`, has been set since the measurement, the skew is unknown.
        """
        if self.skew is None or self._has_rejected or self._get_clock_change(now):
            return None
        return self.skew - self._uncertainty

    def _get_clock_change(self, now: float) -> float:
        """Return the seconds by which the local clock has been set since the latest measurement.

        A suspension of the machine has the same effect as setting the local clock forward.
        """
        if self.monotonic is None or self.skew is None:
            return 0.0
        change = now - self.monotonic() - self._monotonic_offset
        return change if abs(change) > MIN_SKEW_SECONDS else 0.0

    def _get_setback(self, now: float) -> float:
        return max(-self._get_clock_change(now), 0.0)

    def has_uncertain_expiration(self, expires_at: float, now: float) -> bool:
        """Return True if the latest response does not show whether its credentials have expired.

        This is the case if the machine was suspended or its clock was set forward, by more than the
        lifetime of the credentials, between the request and the response.

        Args:
            expires_at: The expiration in seconds since 1970.
            now: Time of the local clock in seconds since 1970.
        """
        skew = self.get_skew(now) or 0.0
        return now + skew - self._uncertainty < expires_at <= now + skew

    def note_rejection(self) -> None:
        """Record that a call failed because of the skew."""
        self._has_rejected = True

    def choose_arrival_skew(self, expires_at: float, now: float, lifetime: float) -> float | None:
        """Return the skew for new credentials; None if they have expired according to every skew.

        A skew that results in at most the requested lifetime is preferred, because a longer
        lifetime shows that the skew is wrong. A skew with which the credentials expire within a few
        seconds is chosen only if there is no other.
        """
        setback = self._get_setback(now)
        now += setback  # the time of a local clock that has not been set back
        measured, earlier = self.skew or 0.0, self._earlier_skews
        # After a suspension, the credentials may have expired although the less likely skews say
        # otherwise, so these only replace a smaller skew.
        candidates = [measured, *earlier[:1], *(skew for skew in earlier[1:] if skew > measured)]
        unexpired = [skew for skew in candidates if expires_at > now + skew]
        if expires_at > now and (unexpired or self._has_rejected):
            unexpired.append(0.0)
        plausible = [
            skew
            for skew in unexpired
            if expires_at <= now + skew + lifetime + MAX_LIFETIME_EXCESS_SECONDS
        ]
        # A date that is wrong by exactly the lifetime, as after a wrong daylight saving time,
        # leaves less than a second, because `Date` has no fractions of a second.
        lasting = (skew for skew in plausible if expires_at > now + skew + MIN_SKEW_SECONDS)
        chosen = next(lasting, next(iter(plausible), max(unexpired, default=None)))
        if chosen is None:
            self.note_rejection()
            return None
        if self.skew is not None and chosen != self.skew:
            self.skew, self._uncertainty = chosen, 0.0
        return chosen + setback

    def get_record_skews(
        self, skew: float | None, fetched_at: float, now: float
    ) -> tuple[float, float]:
        """Return the skew for a stored record, and the skew to use instead if a fetch fails.

        Args:
            skew: The skew in the record; None if it is unknown, or if the record may come from
                another machine.
            fetched_at: The service's time when the record was fetched, in seconds since 1970.
            now: Time of the local clock in seconds since 1970.
        """
        recorded = 0.0 if skew is None else skew
        if self.skew is None:
            latest, fallback = recorded, recorded
        elif skew is not None and fetched_at > self._measured_at:
            # Another process has measured the skew more recently. The clock of this machine may
            # have been changed since this process measured the skew.
            latest, fallback = recorded, self.skew
        else:
            latest = self.skew
            fallback = self._earlier_skews[0] if self._earlier_skews else recorded
            latest += self._get_setback(now)
        # A clock that shows a time before the record was fetched is behind.
        record_min_skew = fetched_at - now
        return _limit(latest, self._get_min_skew(fetched_at, now)), _limit(
            fallback, record_min_skew
        )

    def _get_min_skew(self, fetched_at: float, now: float) -> float:
        """Return the lower bound of the skew that all records since the latest measurement imply.

        The service's time was at least `fetched_at` when a record was found, and has advanced with
        the monotonic clock since then. Without this rule, a record that is found again would seem
        to be new again.
        """
        if self.monotonic is None:
            return fetched_at - now
        monotonic = self.monotonic()
        self._min_offset = max(self._min_offset, fetched_at - monotonic)
        return self._min_offset + monotonic - now


def _limit(skew: float, min_skew: float) -> float:
    return min_skew if min_skew - skew > MIN_SKEW_SECONDS else skew


class ServiceTime:
    """The service's time: this machine's clock plus the latest skew."""

    __slots__ = ("_latest", "_now", "_service_clock")

    def __init__(self, now: Callable[[], float], service_clock: ServiceClock) -> None:
        self._now = now
        self._service_clock = service_clock
        # The latest fixed clock, its skew, and the local time minus the monotonic time.
        self._latest = 0.0, float("-inf"), now

    def __call__(self) -> float:
        now = self._now()
        return now + (self._service_clock.get_skew(now) or 0.0)

    def at(self, skew: float) -> Callable[[], float]:
        """Return a service clock with this skew, which later measurements do not change.

        `skew` must be the skew of the local clock at this moment. If the local clock is set back
        afterwards, the returned clock continues with the monotonic clock.

        A broker may cache the credentials of a hundred thousand users, so credentials with the same
        skew share a clock.
        """
        now, monotonic = self._now, self._service_clock.monotonic
        offset = 0.0 if monotonic is None else now() - monotonic()
        latest_skew, latest_offset, clock = self._latest
        # The offset is compared with a tolerance, because the two clocks are read one after another.
        if skew != latest_skew or abs(offset - latest_offset) > SAME_CLOCK_SECONDS:
            if monotonic is None:

                def clock() -> float:
                    return now() + skew

            else:

                def clock() -> float:
                    return max(now(), monotonic() + offset) + skew

            self._latest = skew, offset, clock
        return clock
