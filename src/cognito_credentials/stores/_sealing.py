"""Authenticated encryption of stored values: AES-256-GCM (NIST SP 800-38D)."""

from __future__ import annotations

import hashlib
import hmac
import os

from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

KEY_BYTES = 32
NONCE_BYTES = 12
FORMAT = b"\x01"
KEY_HINT = (
    "Create a key with secrets.token_bytes(32), and store it with the other secrets of the hosts."
)


class UnsealableError(Exception):
    """The value was not sealed under this name with any of the keys, or was changed afterwards."""


class Seal:
    """Cipher that encrypts values with its first key, and decrypts values with any of its keys.

    A separate key is derived for each name (HMAC-SHA256). With random nonces, a key is secure for
    2**32 values. Even a large back end, which may seal that many values in half a year, never seals
    them all under a single name. The name is authenticated: a value that is moved to another name
    cannot be decrypted.
    """

    def __init__(self, sealing_key: bytes | Sequence[bytes]) -> None:
        keys = [sealing_key] if isinstance(sealing_key, bytes | bytearray | str) else sealing_key
        try:
            self._keys = [_check_key(key) for key in keys]
        except TypeError:
            self._keys = []
        if not self._keys:
            raise ConfigurationError(
                f"sealing_key must be {KEY_BYTES} bytes, or a sequence of such keys", hint=KEY_HINT
            )

    def seal(self, name: str, value: bytes) -> bytes:
        """Return the sealed value."""
        nonce = os.urandom(NONCE_BYTES)
        ciphertext: bytes = _make_cipher(self._keys[0], name).encrypt(nonce, value, name.encode())
        return FORMAT + nonce + ciphertext

    def open(self, name: str, sealed: bytes) -> bytes:
        """Return the value.

        Raises:
            UnsealableError: If no key can decrypt the value.
        """
        from cryptography.exceptions import InvalidTag

        nonce, ciphertext = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        if sealed[:1] == FORMAT:
            for key in self._keys:
                try:
                    cipher = _make_cipher(key, name)
                    return bytes(cipher.decrypt(nonce, ciphertext, name.encode()))
                except (InvalidTag, ValueError):
                    continue
        raise UnsealableError

    def __repr__(self) -> str:
        return f"<{type(self).__name__} with {len(self._keys)} keys>"


def _check_key(key: Any) -> bytes:
    if not isinstance(key, bytes | bytearray):
        raise ConfigurationError(
            f"sealing_key must be {KEY_BYTES} bytes, not {type(key).__name__}", hint=KEY_HINT
        )
    if len(key) != KEY_BYTES:
        raise ConfigurationError(
            f"sealing_key must be {KEY_BYTES} bytes long, not {len(key)}", hint=KEY_HINT
        )
    return bytes(key)


def _make_cipher(key: bytes, name: str) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(hmac.digest(key, b"cognito-credentials " + name.encode(), hashlib.sha256))
