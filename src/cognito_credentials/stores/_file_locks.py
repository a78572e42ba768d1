"""Locks between the processes on a machine. The kernel releases a lock when its owner exits.

Many keys share each lock file, so at most `MAX_LOCK_FILES` lock files exist. Lock files are never
deleted, because a process could delete a file that another process is about to lock, and a third
process could then lock a new file with the same name. If two keys share a lock file, the only
effect is that their fetches wait for each other.

If filelock is installed, it provides the locks, because it supports file systems and versions of
Windows that this module does not. Otherwise, this module uses the operating system's lock on the same
file, so that processes with and without filelock exclude each other.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Lock(Protocol):
        """A lock from filelock or from this module."""

        def release(self, *, force: bool = ...) -> object:
            """Release the lock."""


MAX_LOCK_FILES = 256


class FileLease:
    """Lease on a key, held as a lock on a file."""

    __slots__ = ("_lock", "_process_id")

    def __init__(self, lock: Lock) -> None:
        self._lock = lock
        self._process_id = os.getpid()

    def release(self) -> None:
        """Release the lock."""
        # A forked child inherits the open file, but the lock belongs to its parent.
        if os.getpid() == self._process_id:
            self._lock.release(force=True)


def try_lock(directory: str, digest: str) -> FileLease | None:
    """Return a lease on the key with this hexadecimal digest, or None if another caller holds one.

    Raises:
        OSError: If the lock file cannot be created.
    """
    path = os.path.join(directory, f"lock-{int(digest[:8], 16) % MAX_LOCK_FILES:02x}")
    try:
        # Imported here, because the import takes longer than reading credentials from the store.
        from filelock import FileLock, Timeout
    except ModuleNotFoundError:
        return _try_plain_lock(path)
    # thread_local=False: a lease may be released by another thread.
    lock = FileLock(path, mode=0o600, thread_local=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return None
    return FileLease(lock)


class PlainLock:
    """An operating system lock on an open file."""

    __slots__ = ("_descriptor",)

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def acquire(self) -> None:
        """Acquire the lock.

        Raises:
            OSError: If another process holds the lock.
        """
        _lock_descriptor(self._descriptor)

    def release(self, *, force: bool = True) -> None:  # noqa: ARG002 - filelock has the same signature
        """Release the lock; later calls do nothing."""
        if self._descriptor >= 0:
            # Closing the descriptor is not enough, because a child process that is being started
            # may have inherited a copy, which would keep the file locked.
            _unlock_descriptor(self._descriptor)
            self._close()

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __del__(self) -> None:
        # Do not call release(), because a forked child would release its parent's lock.
        self._close()


def _try_plain_lock(path: str) -> FileLease | None:
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    # The lock closes its descriptor when it is deleted, even if a signal handler raises an
    # exception in this function.
    lock = PlainLock(os.open(path, flags, 0o600))
    try:
        lock.acquire()
    except (BlockingIOError, PermissionError):  # Another process holds the lock.
        return None
    return FileLease(lock)


if sys.platform == "win32":  # pragma: no cover - coverage is measured on Linux

    def _lock_descriptor(descriptor: int) -> None:
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _unlock_descriptor(descriptor: int) -> None:
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:

    def _lock_descriptor(descriptor: int) -> None:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock_descriptor(descriptor: int) -> None:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_UN)
