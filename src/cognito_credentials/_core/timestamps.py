"""Formatting of timestamps."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["iso_timestamp"]


def iso_timestamp(seconds: float) -> str:
    """Return a time in seconds since 1970 as an ISO 8601 timestamp in UTC.

    The timestamp has no fraction of a second and ends in `Z`, which is the only format that some
    AWS SDKs can parse. A time outside the years 1 to 9999 is returned as a number of seconds.
    """
    try:
        return f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%dT%H:%M:%SZ}"
    except (OverflowError, ValueError, OSError):
        return f"{seconds:.0f} seconds since 1970"
