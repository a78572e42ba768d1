"""A folder for one process, which nobody else can enter, and of which nothing is left.

A process that is killed outright leaves its folder, with an endpoint's token in it that opens
nothing any more, and perhaps copies of AWS files. The next that makes one takes it away. Who lives
holds a lock on the folder, which the kernel takes back from the dead; systemd-tmpfiles, too, leaves
alone what is locked. Without such locks (Windows) nothing is swept.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from contextlib import contextmanager, suppress

from cognito_credentials.stores._private_files import is_open_to_others, is_ours

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["TOKEN_FILE_NAME", "make_private_directory"]

PREFIX = "cognito-credentials-"
TOKEN_FILE_NAME = "token"  # noqa: S105 - the name of its file, which every folder has that is not empty

_NAME = re.compile(PREFIX + "[a-z0-9_]{8}")  # as tempfile makes them


@contextmanager
def make_private_directory() -> Generator[str, None, None]:
    """Make a folder that only this user can enter, and remove it with all that is in it."""
    _sweep(tempfile.gettempdir())
    folder, lock = _made()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _made() -> tuple[str, int | None]:
    """Return a new folder, and the descriptor that holds its lock, if there are locks."""
    while True:
        folder = tempfile.mkdtemp(prefix=PREFIX)
        lock = _locked(folder, waits=True)
        if os.path.isdir(folder):
            return folder, lock
        if lock is not None:  # it was swept before it was locked
            os.close(lock)


def _locked(folder: str, *, waits: bool = False) -> int | None:
    """Return the descriptor that holds a folder's lock, or None where that cannot be had."""
    try:
        import fcntl
    except ModuleNotFoundError:
        return None
    # Never by way of a link: where all can write, it may be another user's.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
        except OSError:
            os.close(descriptor)
        else:
            return descriptor
    return None


def _sweep(parent: str) -> None:
    """Remove the folders whose processes are gone; what cannot be removed stays."""
    with suppress(OSError):
        for name in filter(_NAME.fullmatch, os.listdir(parent)):
            folder = os.path.join(parent, name)
            lock = _locked(folder)
            if lock is not None:
                with suppress(OSError):
                    _remove(folder, lock)
                os.close(lock)


def _remove(folder: str, descriptor: int) -> None:
    """Remove a folder that is an endpoint's by every sign: something else may have such a name."""
    found = os.fstat(descriptor)
    if not is_ours(found) or is_open_to_others(found):
        return
    entries = list(os.scandir(descriptor))
    is_endpoints = not entries or TOKEN_FILE_NAME in [entry.name for entry in entries]
    if is_endpoints and all(entry.is_file(follow_symlinks=False) for entry in entries):
        for entry in entries:
            os.unlink(entry.name, dir_fd=descriptor)
        os.rmdir(folder)
