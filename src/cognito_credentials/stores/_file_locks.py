"""Locks between the processes of a machine, which the kernel releases when their owner dies.

A lock file serves many keys, so that there are never more than `MAX_LOCK_FILES` of them. Lock files
are never deleted: a process could delete a file that another process is about to lock, and a third
process could then lock a new file of the same name. Two users with the same lock file only wait for
each other.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from filelock import BaseFileLock

MAX_LOCK_FILES = 256


class FileLease:
    """Lease of a key, as the lock of a file."""

    __slots__ = ("_lock", "_process_id")

    def __init__(self, lock: BaseFileLock) -> None:
        self._lock = lock
        self._process_id = os.getpid()

    def release(self) -> None:
        """Release the lock."""
        # A forked child has inherited the open file, but not the lock.
        if os.getpid() == self._process_id:
            self._lock.release(force=True)


def try_lock(directory: str, digest: str) -> FileLease | None:
    """Return a lease of the key with this hexadecimal digest, or None if another process has one.

    Raises:
        ConfigurationError: If filelock is not installed.
        OSError: If the lock file cannot be created.
    """
    try:
        # Imported here, because the import takes longer than reading credentials from the store.
        from filelock import FileLock, Timeout
    except ModuleNotFoundError as error:
        from cognito_credentials._core.missing_packages import missing_package

        raise missing_package("filelock", extra="file") from error
    lock = FileLock(
        os.path.join(directory, f"lock-{int(digest[:8], 16) % MAX_LOCK_FILES:02x}"),
        mode=0o600,
        thread_local=False,  # a lease may be released by another thread
    )
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return None
    return FileLease(lock)
