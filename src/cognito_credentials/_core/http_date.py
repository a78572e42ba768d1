"""The time in an HTTP `Date` header.

RFC 9110 lets a server send one form only, and that one is read here. `email.utils` reads every form
there ever was, for a tenth of a cold process's time.
"""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["epoch_of"]

_LENGTH = len("Sun, 06 Nov 1994 08:49:37 GMT")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def epoch_of(date: str) -> float:
    """Return the epoch seconds; raises `ValueError` for what is not such a date."""
    if len(date) != _LENGTH or not date.endswith(" GMT"):
        raise ValueError("not an HTTP date")
    moment = datetime(
        year=int(date[12:16]),
        month=_MONTHS.index(date[8:11]) + 1,
        day=int(date[5:7]),
        hour=int(date[17:19]),
        minute=int(date[20:22]),
        second=int(date[23:25]),
        tzinfo=UTC,
    )
    return moment.timestamp()
