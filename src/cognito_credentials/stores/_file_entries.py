"""Entries of a `FileStore`, each stored in its own file."""

from __future__ import annotations

import json
from binascii import a2b_base64, b2a_base64  # The module is faster to import than base64.

from cognito_credentials._external_text import HiddenBytes
from cognito_credentials.stores._private_files import UnusableFileError


class Entry:
    """A value with its key and its expiry (in seconds since 1970; None if it does not expire)."""

    __slots__ = ("expires_at", "key", "value")

    def __init__(self, key: str, value: bytes, expires_at: float | None) -> None:
        self.key: str = key
        self.value: bytes = value
        self.expires_at: float | None = expires_at

    def is_expired(self, now: float) -> bool:
        """Return True if the entry expired at or before `now`."""
        return self.expires_at is not None and self.expires_at <= now

    def encode(self) -> bytes:
        """Return the contents of the entry's file."""
        value = b2a_base64(self.value, newline=False).decode()
        members = {"key": self.key, "expires_at": self.expires_at, "value": value}
        return HiddenBytes(json.dumps(members).encode())

    @classmethod
    def decode(cls, contents: bytes) -> Entry:
        """Decode the contents of an entry's file.

        Raises:
            UnusableFileError: If the contents are not a valid entry.
        """
        try:
            entry = json.loads(contents)
            key, expires_at = entry["key"], entry["expires_at"]
            value = a2b_base64(entry["value"], strict_mode=True)
        except (LookupError, TypeError, ValueError, RecursionError):
            raise UnusableFileError("it is not an entry of a store") from None
        if not isinstance(key, str) or not isinstance(expires_at, int | float | None):
            raise UnusableFileError("it is not an entry of a store")
        return cls(key, value, expires_at)
