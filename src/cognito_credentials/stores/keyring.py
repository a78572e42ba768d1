"""A store in the keychain of the operating system."""

from __future__ import annotations

import binascii
import os
from base64 import b64decode, b64encode

from cognito_credentials import _typing as t
from cognito_credentials._core import logs
from cognito_credentials._core.digests import sha256_hex
from cognito_credentials._core.missing_packages import missing_package
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.stores.file import FileStore

__all__ = ["KeyringStore"]


class KeyringStore:
    """Keep identity ids and credentials in the keychain, which the system encrypts and guards.

    For a person's machine: macOS Keychain, Secret Service (GNOME, KDE). A keychain cannot be listed,
    so that entries stay until they are replaced or deleted; and it has no locks: those are files, as
    `FileStore`'s. The Credential Locker of Windows takes at most 2,560 bytes an entry, too few for
    credentials: take a `FileStore` there.

    May be used by any number of threads and processes. A keychain that is locked asks the user, and
    blocks for as long as that takes.

    Args:
        service: The name that the entries have in the keychain.
        lock_path: The folder of the locks; by default that of `FileStore`.
        backend: A `keyring` backend; by default the one that keyring finds.

    Raises:
        ConfigurationError: keyring is not installed, or finds no keychain; `lock_path` is no
            folder of this user's alone.
    """

    __module__ = "cognito_credentials.stores"

    blocks = True
    is_local = True

    def __init__(
        self,
        service: str = "cognito-credentials",
        *,
        lock_path: str | os.PathLike[str] | None = None,
        backend: t.Any = None,
    ) -> None:
        if not service:
            raise ConfigurationError("service must be a text that is not empty")
        self.service = service
        self._locks = FileStore(lock_path)
        self._keychain = _find_keychain() if backend is None else backend
        self._warned = False

    def get(self, key: str) -> bytes | None:
        """Return the value under this key, or None."""
        value = self._keychain.get_password(self.service, sha256_hex(key))
        if value is None:
            return None
        try:
            return b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            if not self._warned:
                self._warned = True
                logs.warning("An entry of the keychain is not read: it is not this program's")
            return None

    def put(
        self,
        key: str,
        value: bytes,
        *,
        expires_at: float | None,  # noqa: ARG002 - a keychain forgets nothing by itself
        lease: t.Lease | None = None,  # noqa: ARG002 - cannot be over while its holder lives
    ) -> None:
        """Keep a value, in place of what was there."""
        self._keychain.set_password(self.service, sha256_hex(key), b64encode(value).decode())

    def delete(self, key: str) -> None:
        """Remove what is under this key, if anything is."""
        name = sha256_hex(key)
        if self._keychain.get_password(self.service, name) is not None:
            self._keychain.delete_password(self.service, name)

    def lock(self, key: str, seconds: float) -> t.Lease | None:
        """Return the key's one lease, or None where another has it; see `FileStore.lock`."""
        return self._locks.lock(key, seconds)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.service!r}>"


def _find_keychain() -> t.Any:
    try:
        import keyring
        from keyring.backends import fail, null
    except ModuleNotFoundError as error:
        raise missing_package("keyring", extra="keyring") from error
    keychain = keyring.get_keyring()
    if isinstance(keychain, fail.Keyring | null.Keyring):
        raise ConfigurationError(
            "this machine has no keychain that keyring can use",
            hint="Start one (gnome-keyring, KWallet), or keep files: FileStore, or login --store file.",
        )
    return keychain
