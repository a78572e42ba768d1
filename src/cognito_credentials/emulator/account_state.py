"""The connection between an emulated account and its state file."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from cognito_credentials.emulator.account import EmulatedAccount
from cognito_credentials.emulator.identity.state import ServiceState

if TYPE_CHECKING:
    from cognito_credentials.emulator.persistence.state_file import StateFile


class AccountState:
    """Restores accounts from a state file, and records their changes. Not thread-safe.

    Args:
        make_account: Function that returns a new account.
        path: The path of the state file. None if the state need not survive the process.
    """

    def __init__(
        self,
        make_account: Callable[[], EmulatedAccount],
        path: str | os.PathLike[str] | None,
    ) -> None:
        self._make_account = make_account
        self._path = path
        self._file: StateFile | None = None

    def open(self, account: EmulatedAccount) -> None:
        """Open the state file, and restore its state into a new account.

        Raises:
            ConfigurationError: If the file cannot be used.
        """
        if self._path is not None:
            # Some builds of Python have no SQLite.
            from cognito_credentials.emulator.persistence.state_file import StateFile

            self._file = StateFile(self._path)
            state = self._file.load()
            account.identity_service.restore(state, self._file.open_journal())

    def replace(self, account: EmulatedAccount, state: ServiceState) -> None:
        """Replace the state of an account and of the file. No request may run at the same time."""
        journal = None if self._file is None else self._file.replace(state)
        account.identity_service.restore(state, journal)

    def renew(self) -> EmulatedAccount:
        """Delete the contents of the state file, and return a new account."""
        account = self._make_account()
        self.replace(account, ServiceState())
        return account

    def close(self) -> None:
        """Close the state file. Further calls do nothing."""
        if self._file is not None:
            self._file.close()
