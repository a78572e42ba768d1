"""Warning about a wrong clock of this machine, which makes other programs reject credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognito_credentials._core import logs
from cognito_credentials.clock import SystemClock
from cognito_credentials.credentials import read_clock

if TYPE_CHECKING:
    from cognito_credentials.credentials import Credentials

__all__ = ["warn_about_clock"]


def warn_about_clock(credentials: Credentials) -> None:
    """Log that other programs on this machine treat valid credentials as expired.

    The expiration is not changed, because the clock may be corrected before the credentials expire.
    """
    minutes = (SystemClock.now() - read_clock(credentials)) / 60
    logs.warning(
        "The clock of this machine is %.0f min ahead of the service's clock, so other programs on "
        "this machine treat the credentials as expired. Correct the clock.",
        minutes,
    )
