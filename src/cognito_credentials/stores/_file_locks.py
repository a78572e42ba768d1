"""One flight across the processes of a machine: locks that the kernel gives back.

A lock file belongs to many keys, so that there are never more than `STRIPES` of them: deleting one
that another process is about to lock would let two hold the same lock. Two users who share a file
only wait for each other.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from filelock import BaseFileLock

STRIPES = 256


class FileLease:
    """A locked file. The kernel frees it when the process dies, whatever the process was at."""

    __slots__ = ("_lock", "_process")

    def __init__(self, lock: BaseFileLock) -> None:
        self._lock = lock
        self._process = os.getpid()

    def release(self) -> None:
        """Let another have the lock."""
        # A child that was forked meanwhile has the same open file: the lock is not its to give.
        if os.getpid() == self._process:
            self._lock.release(force=True)


def try_lock(folder: str, digest: str) -> FileLease | None:
    """Return the lease of the key that has this hex digest, or None where another has it.

    Raises:
        ConfigurationError: filelock is not installed.
        OSError: The lock file cannot be made.
    """
    try:
        # Imported here: it takes longer than all else that a process does that finds credentials.
        from filelock import FileLock, Timeout
    except ModuleNotFoundError as error:
        from cognito_credentials._core.missing_packages import missing_package

        raise missing_package("filelock", extra="file") from error
    lock = FileLock(
        os.path.join(folder, f"lock-{int(digest[:8], 16) % STRIPES:02x}"),
        mode=0o600,
        thread_local=False,  # a lease may be released by another thread than the one that got it
    )
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return None
    return FileLease(lock)
