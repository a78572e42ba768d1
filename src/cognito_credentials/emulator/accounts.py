"""The accounts of the emulators in this process.

moto keeps one state for each account ID in a process, so two emulators with the same account ID
would share their state.
"""

from __future__ import annotations

import threading

_in_use = set[str]()
_lock = threading.Lock()


def acquire(account_id: str) -> None:
    """Register an account.

    Raises:
        RuntimeError: If another emulator in this process uses the account.
    """
    with _lock:
        if account_id in _in_use:
            raise RuntimeError(
                f"an emulator of account {account_id} is already running in this process,"
                " and both would share their state; close it or pass another account_id"
            )
        _in_use.add(account_id)


def release(account_id: str) -> None:
    """Make an account available again."""
    with _lock:
        _in_use.discard(account_id)
