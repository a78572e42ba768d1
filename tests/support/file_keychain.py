"""A `keyring` backend that stores entries in a file, for programs that tests start."""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend


class Keyring(KeyringBackend):
    priority = 1

    def _entries(self) -> dict[str, str]:
        file = Path(os.environ["KEYCHAIN_FILE"])
        return json.loads(file.read_text()) if file.exists() else {}

    def _write(self, entries: dict[str, str]) -> None:
        Path(os.environ["KEYCHAIN_FILE"]).write_text(json.dumps(entries))

    def get_password(self, service: str, username: str) -> str | None:
        return self._entries().get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._write({**self._entries(), f"{service} {username}": password})

    def delete_password(self, service: str, username: str) -> None:
        entries = self._entries()
        del entries[f"{service} {username}"]
        self._write(entries)


class PlaintextKeyring(Keyring):
    """A backend named like the backend in `keyrings.alt` that does not encrypt."""
