"""Temporary directories that only this user can enter, and that are removed after use.

A process that is killed leaves its directory behind. The directory may contain the token of an
endpoint that no longer exists, copies of AWS files, or a sign-in page. The next process that
creates such a directory removes abandoned directories. A running process holds a lock on its
directory, so that neither another process nor systemd-tmpfiles removes the directory. The kernel
releases the lock when the process ends. On Windows, which has no such locks, abandoned directories
are not removed.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from cognito_credentials.stores._private_files import is_accessible_to_others, is_owned_by_this_user

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["PAGE_FILE_NAME", "TOKEN_FILE_NAME", "make_private_directory"]

PREFIX = "cognito-credentials-"
# Every directory that is not empty contains at least one of the next two files.
TOKEN_FILE_NAME = "token"  # noqa: S105 - this is the name of a file
PAGE_FILE_NAME = "sign-in.html"
AWS_FILE_NAMES = ("config", "credentials")

_NAME = re.compile(PREFIX + "[a-z0-9_]{8}")  # tempfile generates such names.


@contextmanager
def make_private_directory() -> Generator[str, None, None]:
    """Create a directory that only this user can enter, and remove it after the `with` block."""
    _remove_abandoned(tempfile.gettempdir())
    directory, lock = _make_locked()
    try:
        yield directory
    finally:
        if lock is not None:
            os.close(lock)
        _remove(directory)


def _make_locked() -> tuple[str, int | None]:
    """Create and lock a directory; return its path and the lock's descriptor, if locks exist."""
    while True:
        directory = tempfile.mkdtemp(prefix=PREFIX)
        try:
            lock = _lock(directory, waits=True)
        except FileNotFoundError:
            continue  # Another process removed the directory before it was locked.
        except BaseException:
            _remove(directory)
            raise
        if os.path.isdir(directory):
            return directory, lock
        if lock is not None:
            os.close(lock)


def _remove(directory: str) -> None:
    """Remove a directory with its files, and ignore errors."""
    with suppress(OSError):
        os.chmod(directory, 0o700)  # The program that `exec` ran may have changed the mode.
    shutil.rmtree(directory, ignore_errors=True)
    # rmtree fails if the process has run out of file descriptors, because listing a directory
    # requires a descriptor. In this case, remove the known files individually.
    for name in (TOKEN_FILE_NAME, PAGE_FILE_NAME, *AWS_FILE_NAMES):
        with suppress(OSError):
            os.unlink(os.path.join(directory, name))
    with suppress(OSError):
        os.rmdir(directory)


def _lock(directory: str, *, waits: bool = False) -> int | None:
    """Return a descriptor that holds the lock on a directory, or None if the lock is not available.

    Raises:
        OSError: If the directory cannot be opened.
    """
    try:
        import fcntl
    except ModuleNotFoundError:
        return None
    # Links are not followed, because another user may have created them in a shared directory.
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
    except OSError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _remove_abandoned(parent: str) -> None:
    """Remove the directories whose processes have ended, and ignore errors."""
    names: list[str] = []
    with suppress(OSError):
        names = os.listdir(parent)
    for name in filter(_NAME.fullmatch, names):
        directory = os.path.join(parent, name)
        with suppress(OSError):
            lock = _lock(directory)
            if lock is not None:
                with suppress(OSError):
                    _remove_if_ours(directory, lock)
                os.close(lock)


def _remove_if_ours(directory: str, descriptor: int) -> None:
    """Remove a directory if its owner, mode and contents show that this program created it."""
    found = os.fstat(descriptor)
    if not is_owned_by_this_user(found) or is_accessible_to_others(found):
        return
    entries = list(os.scandir(descriptor))
    names = {entry.name for entry in entries}
    is_known = not names or bool(names & {TOKEN_FILE_NAME, PAGE_FILE_NAME})
    if is_known and all(entry.is_file(follow_symlinks=False) for entry in entries):
        for entry in entries:
            os.unlink(entry.name, dir_fd=descriptor)
        os.rmdir(directory)
