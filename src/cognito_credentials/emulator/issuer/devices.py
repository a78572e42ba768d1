"""Devices that wait until the user has entered a code on another device (RFC 8628)."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field

from cognito_credentials.emulator.issuer.grants import Grant

DEVICE_LIFETIME_SECONDS = 600.0
POLL_INTERVAL_SECONDS = 1.0  # The default of 5 seconds would only slow down tests.
SLOW_DOWN_SECONDS = 5.0  # See RFC 8628, section 3.5.
MAX_WAITING_DEVICES = 1000
# No vowels, so that no code is a word (RFC 8628, section 6.1).
_CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
_CODE_LENGTH = 8


@dataclass(eq=False, slots=True)
class Device:
    """A device that is waiting for a user to approve it, together with the user's decision.

    Attributes:
        client_id: The application on the device.
        scopes: The requested scopes.
        user_code: The code that the user enters, without a hyphen.
        expires_at: When the code expires, in seconds since the epoch (UTC).
        interval: The required time between two polls, in seconds.
        next_poll_at: The earliest time of the next poll. None before the first poll.
        grant: The grant of the user. None if the user has not signed in.
        is_denied: Whether the user has denied access to the device.
    """

    client_id: str
    scopes: tuple[str, ...]
    user_code: str = field(repr=False)
    expires_at: float
    interval: float = POLL_INTERVAL_SECONDS
    next_poll_at: float | None = None
    grant: Grant | None = None
    is_denied: bool = False

    @property
    def is_decided(self) -> bool:
        """Whether the user has signed in or denied access."""
        return self.grant is not None or self.is_denied

    def is_polled_too_soon(self, now: float) -> bool:
        """Record a poll; return True if the device must slow down."""
        is_too_soon = self.next_poll_at is not None and now < self.next_poll_at
        if is_too_soon:
            self.interval += SLOW_DOWN_SECONDS
        self.next_poll_at = now + self.interval
        return is_too_soon


def generate_user_code() -> str:
    """Return a random code."""
    return "".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_LENGTH))


def normalize_user_code(text: str) -> str:
    """Convert a code that a user typed to upper case, and remove hyphens and spaces."""
    return re.sub(r"[\s-]+", "", text).upper()


def format_user_code(code: str) -> str:
    """Return a code with a hyphen, for display."""
    return f"{code[:4]}-{code[4:]}"
