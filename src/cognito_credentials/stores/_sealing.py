"""Values that only who has the key can read, or make: AES-256-GCM (NIST SP 800-38D)."""

from __future__ import annotations

import hashlib
import hmac
import os

from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

KEY_SIZE = 32
NONCE_SIZE = 12
FORM = b"\x01"


class UnsealableError(Exception):
    """A value was not sealed under this name with any of the keys, or has been changed since."""


class Seal:
    """Seals values with the first key and opens them with any, so that keys can be replaced.

    Each name has a key of its own, derived from the caller's (HMAC-SHA256). A random nonce is
    safe for 2**32 values under one key: a large back end would write so many in half a year, but
    never under one name. The name is authenticated, too: a value that is moved to another user's
    name does not open.
    """

    def __init__(self, sealing_key: bytes | Sequence[bytes]) -> None:
        keys = [sealing_key] if isinstance(sealing_key, bytes | bytearray | str) else sealing_key
        try:
            self._keys = [_check(key) for key in keys]
        except TypeError:
            self._keys = []
        if not self._keys:
            raise ConfigurationError(
                "sealing_key must be 32 bytes, or a sequence of such keys", hint=HOW_TO_MAKE_ONE
            )

    def seal(self, name: str, value: bytes) -> bytes:
        nonce = os.urandom(NONCE_SIZE)
        sealed: bytes = _cipher(self._keys[0], name).encrypt(nonce, value, name.encode())
        return FORM + nonce + sealed

    def open(self, name: str, sealed: bytes) -> bytes:
        """Return the value; raises `UnsealableError`."""
        from cryptography.exceptions import InvalidTag

        form, nonce = sealed[:1], sealed[1 : 1 + NONCE_SIZE]
        if form == FORM:
            for key in self._keys:
                try:
                    rest = sealed[1 + NONCE_SIZE :]
                    return bytes(_cipher(key, name).decrypt(nonce, rest, name.encode()))
                except (InvalidTag, ValueError):
                    continue
        raise UnsealableError

    def __repr__(self) -> str:
        return f"<{type(self).__name__} with {len(self._keys)} keys>"


HOW_TO_MAKE_ONE = (
    "Make one with secrets.token_bytes(32), and keep it where the hosts keep other secrets."
)


def _check(key: Any) -> bytes:
    if not isinstance(key, bytes | bytearray) or len(key) != KEY_SIZE:
        size = f"{len(key)} bytes long" if isinstance(key, bytes | bytearray) else "no bytes"
        raise ConfigurationError(
            f"sealing_key is {size}: it must be {KEY_SIZE} bytes", hint=HOW_TO_MAKE_ONE
        )
    return bytes(key)


def _cipher(key: bytes, name: str) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(hmac.digest(key, b"cognito-credentials " + name.encode(), hashlib.sha256))
