"""Files that are one user's alone: read with suspicion, replaced as a whole."""

from __future__ import annotations

import contextlib
import errno
import os
import stat

TEMPORARY_SUFFIX = ".new"
LARGEST = 256 * 1024
PRIVATE = 0o600
STALE = 3600.0  # seconds after which a file that was never finished is nobody's
OTHERS = stat.S_IRWXG | stat.S_IRWXO
SPECIAL_FILES = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class UnusableFileError(Exception):
    """A file is there and is not to be believed; the text says why, and nothing of what is in it."""


class WrongPermissionsError(UnusableFileError):
    """A file is there that may be good again when its rights are."""


def read(file: str) -> bytes | None:
    """Return what is in a file, or None where there is none.

    Raises:
        UnusableFileError: It is a link, no file, too large, another user's, or open to others.
        OSError: It could not be read for a reason that says nothing about it.
    """
    # Without O_NONBLOCK, a named pipe in the file's place would be waited for.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(file, flags)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM):
            raise WrongPermissionsError("this user may not read it") from None
        if error.errno in (errno.ELOOP, errno.ENXIO):
            raise UnusableFileError("it is a link, or no file") from None
        raise
    try:
        # Of what was opened, not of the name, which may be another file by now.
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise UnusableFileError("it is no file")
        if not is_owned_by_this_user(found):
            raise WrongPermissionsError("it belongs to another user")
        if is_accessible_to_others(found):
            raise WrongPermissionsError(
                "other users can read or write it (chmod 600 makes it good again)"
            )
        if found.st_size > LARGEST:
            raise UnusableFileError("it is too large")
        with open(descriptor, "rb", closefd=False) as opened:
            return opened.read(LARGEST)
    finally:
        os.close(descriptor)


def kind_of_special_file(file: str) -> str | None:
    """Return what a path leads to, such as `a device`; None if it is a regular file or missing.

    Symbolic links are followed.
    """
    try:
        mode = os.stat(file).st_mode
    except (OSError, ValueError):
        return None
    return None if stat.S_ISREG(mode) else SPECIAL_FILES.get(stat.S_IFMT(mode), "a special file")


def require_regular(file: str) -> None:
    """Check that a file may be replaced; a missing file may be created.

    Raises:
        UnusableFileError: If the path leads to anything else than a regular file.
    """
    if kind := kind_of_special_file(file):
        raise UnusableFileError(f"it is {kind}, not a regular file")


def replace(file: str, contents: bytes, *, mode: int = PRIVATE) -> None:
    """Replace a regular file atomically, or create it; on failure, the old file is unchanged.

    Every file that this package replaces is replaced here, because a rename also succeeds over a
    device, a named pipe or a socket, and destroys it. A symbolic link is itself replaced.

    Raises:
        UnusableFileError: If the path leads to anything else than a regular file.
        OSError: If the file cannot be written.
    """
    import secrets

    require_regular(file)
    unfinished = f"{file}.{secrets.token_hex(8)}{TEMPORARY_SUFFIX}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    try:
        with open(os.open(unfinished, flags, PRIVATE), "wb") as opened:
            opened.write(contents)
            opened.flush()
            # On the disk before it has the name: a machine that loses power has the one or the other.
            os.fsync(opened.fileno())
        if mode != PRIVATE:
            os.chmod(unfinished, mode)
        os.replace(unfinished, file)
    except BaseException as error:
        remove(unfinished)
        if isinstance(error, OSError):
            error.filename, error.filename2 = file, None  # the other one says nothing to anybody
        raise


def remove(file: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(file)


def sweep(file: str) -> None:
    """Remove what a process that was killed has left unfinished."""
    import time

    # By the clock that wrote its time, not by one that a test moves.
    if time.time() - written_at(file) > STALE:
        remove(file)


def written_at(file: str) -> float:
    """Return when a file was written, in seconds since 1970; now where it is gone already."""
    import time

    try:
        return os.lstat(file).st_mtime
    except OSError:
        return time.time()


def is_owned_by_this_user(found: os.stat_result) -> bool:
    return not hasattr(os, "geteuid") or found.st_uid == os.geteuid()


def is_accessible_to_others(found: os.stat_result) -> bool:
    """Tell whether others have any right; Windows says it in lists that are inherited instead."""
    return hasattr(os, "geteuid") and bool(found.st_mode & OTHERS)
