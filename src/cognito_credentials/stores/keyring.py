"""A store in the keychain of the operating system."""

from __future__ import annotations

import binascii
import os
from base64 import b64decode, b64encode

from cognito_credentials import _typing as t
from cognito_credentials._core import logs
from cognito_credentials._core.digests import sha256_hex
from cognito_credentials._validation import check_argument_names
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.stores._keychains import find_keychain
from cognito_credentials.stores.file import FileStore

__all__ = ["KeyringStore"]


class KeyringStore:
    """Store of identity IDs and credentials in the keychain, which the system encrypts.

    Intended for computers with one user, with macOS Keychain or Secret Service (GNOME, KDE).
    Entries cannot be listed, so expired entries remain until they are replaced or deleted. A
    keychain has no locks, so locks are files, as in `FileStore`. Windows Credential Locker accepts
    at most 2,560 bytes per entry, which is not enough for credentials; use a `FileStore` on
    Windows.

    Any number of threads and processes may use the store. A locked keychain prompts the user for a
    password, and the call blocks until the user responds.

    Args:
        service: Service name of the entries in the keychain.
        lock_path: Directory for the lock files; by default, the default directory of `FileStore`.
        backend: A `keyring` backend; by default, the backend that keyring selects.

    Raises:
        ConfigurationError: If keyring is not installed, finds no keychain or would store entries without
            encryption, or if `lock_path` is not a directory that only this user can access.
    """

    __module__ = "cognito_credentials.stores"

    blocks = True
    is_local = True

    @check_argument_names
    def __init__(
        self,
        service: str = "cognito-credentials",
        *,
        lock_path: str | os.PathLike[str] | None = None,
        backend: t.Any = None,
    ) -> None:
        if not service:
            raise ConfigurationError(
                "service must be a non-empty string",
                hint="Pass the name of your application, or omit service.",
            )
        self.service = service
        self._locks = FileStore(lock_path)
        self._keychain = find_keychain() if backend is None else backend
        self._has_warned = False

    def get(self, key: str) -> bytes | None:
        """Return the value under this key; None if it is missing or cannot be decoded."""
        value = self._keychain.get_password(self.service, sha256_hex(key))
        if value is None:
            return None
        try:
            return b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            if not self._has_warned:
                self._has_warned = True
                logs.warning(
                    "Ignoring an entry in the keychain: it was not written by cognito-credentials."
                )
            return None

    def put(
        self,
        key: str,
        value: bytes,
        *,
        expires_at: float | None,  # noqa: ARG002 - keychain entries do not expire
        lease: t.Lease | None = None,  # noqa: ARG002 - a live process does not lose its lease
    ) -> bool:
        """Store a value, replacing any other value under this key."""
        self._keychain.set_password(self.service, sha256_hex(key), b64encode(value).decode())
        return True

    def delete(self, key: str) -> None:
        """Delete the value under this key, if there is one."""
        name = sha256_hex(key)
        if self._keychain.get_password(self.service, name) is not None:
            self._keychain.delete_password(self.service, name)

    def lock(self, key: str, seconds: float) -> t.Lease | None:
        """Return a lease on the key, or None if another caller holds one; see `FileStore.lock`."""
        return self._locks.lock(key, seconds)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.service!r}>"
