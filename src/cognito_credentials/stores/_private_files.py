"""Functions that read and atomically replace files that only their owner can access."""

from __future__ import annotations

import errno
import os
import stat

TEMPORARY_SUFFIX = ".new"
# A process that is killed while it writes a file leaves a temporary file behind. Such a file is
# deleted when it reaches this age.
MAX_TEMPORARY_FILE_AGE_SECONDS = 3600.0
MAX_FILE_BYTES = 256 * 1024
PRIVATE_MODE = 0o600
# `os.link` errors on file systems, and in sandboxes, that do not support hard links.
ERRORS_WITHOUT_LINKS = (errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EXDEV)
OTHER_USERS = stat.S_IRWXG | stat.S_IRWXO
SPECIAL_FILES = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class UnusableFileError(Exception):
    """The file must not be used; the message states why, but does not quote the file."""


class WrongPermissionsError(UnusableFileError):
    """The file cannot be used until its owner or permissions are corrected."""


def read(path: str) -> bytes | None:
    """Return the contents of a file, or None if the file does not exist.

    Raises:
        UnusableFileError: If the path is a symbolic link or refers to a special file, or if the
            file is too large.
        WrongPermissionsError: If this user is not permitted to read the file or does not own it, or
            if other users can access it.
        OSError: If reading fails for another reason.
    """
    # Without O_NONBLOCK, opening a named pipe would block.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM):
            raise WrongPermissionsError("this user is not permitted to read it") from None
        if error.errno in (errno.ELOOP, errno.ENXIO):
            raise UnusableFileError("it is a symbolic link or a special file") from None
        raise
    try:
        # Check the opened file instead of the path, because the path may refer to another file by
        # now.
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UnusableFileError("it is not a regular file")
        if not is_owned_by_this_user(status):
            raise WrongPermissionsError("it belongs to another user")
        if is_accessible_to_others(status):
            raise WrongPermissionsError("other users can read or write it")
        if status.st_size > MAX_FILE_BYTES:
            raise UnusableFileError(f"it is larger than {MAX_FILE_BYTES // 1024} KiB")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(MAX_FILE_BYTES)
    finally:
        os.close(descriptor)


def kind_of_special_file(path: str) -> str | None:
    """Return the kind of a special file, such as "a device"; None for any other path.

    Symbolic links are followed.
    """
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return None
    return None if stat.S_ISREG(mode) else SPECIAL_FILES.get(stat.S_IFMT(mode), "a special file")


def require_regular(path: str) -> None:
    """Check that a path does not refer to a directory or a special file.

    Raises:
        UnusableFileError: If the path exists and is not a regular file.
    """
    if kind := kind_of_special_file(path):
        raise UnusableFileError(f"it is {kind}, not a regular file")


def make_parent(path: str) -> None:
    """Create the directory of a file if it is missing, with access for this user only.

    The parent of that directory must exist: if it is also missing, the path is probably misspelled.

    Raises:
        OSError: If the directory cannot be created.
    """
    directory = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(directory):
        os.mkdir(directory, 0o700)


def replace(path: str, contents: bytes, *, mode: int = PRIVATE_MODE) -> None:
    """Replace a regular file atomically, or create it; on failure, the old file is unchanged.

    This package replaces files only with this function, because renaming a file over a device, a
    named pipe or a socket succeeds and destroys the target. If the path is a symbolic link, the
    link is replaced, not its target.

    Raises:
        UnusableFileError: If the path exists and is not a regular file.
        OSError: If the file cannot be written.
    """
    require_regular(path)
    with _TemporaryFile(path) as temporary_path:
        _write(temporary_path, contents)
        if mode != PRIVATE_MODE:
            os.chmod(temporary_path, mode)
        _rename(temporary_path, path)


def create(path: str, contents: bytes) -> bool:
    """Create a file atomically; return False if there is a file with this name already.

    On a file system without hard links, a file that another process creates at the same moment is
    replaced.

    Raises:
        OSError: If the file cannot be written.
    """
    with _TemporaryFile(path) as temporary_path:
        _write(temporary_path, contents)
        is_created = _link(temporary_path, path)
        remove(temporary_path)
    return is_created


def _link(temporary_path: str, path: str) -> bool:
    try:
        os.link(temporary_path, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in ERRORS_WITHOUT_LINKS:
            raise
        if os.path.lexists(path):
            return False
        _rename(temporary_path, path)
    return True


def _rename(temporary_path: str, path: str) -> None:
    os.replace(temporary_path, path)


def _write(temporary_path: str, contents: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    with open(os.open(temporary_path, flags, PRIVATE_MODE), "wb") as file:
        file.write(contents)
        file.flush()
        # With this call, the file has either the old or the new contents after a power failure.
        # Without the call, it could be empty.
        os.fsync(file.fileno())


class _TemporaryFile:
    """Context manager for the name of a temporary file; deletes the file after an error."""

    __slots__ = ("_path", "_temporary_path")

    def __init__(self, path: str) -> None:
        import secrets

        self._path = path
        self._temporary_path = f"{path}.{secrets.token_hex(8)}{TEMPORARY_SUFFIX}"

    def __enter__(self) -> str:
        return self._temporary_path

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if error is not None:
            remove(self._temporary_path)
        if isinstance(error, OSError):
            # The error should not name the temporary file.
            error.filename, error.filename2 = self._path, None


def remove(path: str) -> None:
    """Delete a file if it exists."""
    from contextlib import suppress

    with suppress(FileNotFoundError):
        os.unlink(path)


def remove_stale(path: str) -> None:
    """Delete a temporary file if it is so old that the process that wrote it must have ended."""
    import time

    # Use the system clock even if the store has another clock, because file times come from the
    # system clock.
    if time.time() - modified_at(path) > MAX_TEMPORARY_FILE_AGE_SECONDS:
        remove(path)


def modified_at(path: str) -> float:
    """Return the modification time of a file in seconds since 1970, or now if the file is missing."""
    import time

    try:
        return os.lstat(path).st_mtime
    except OSError:
        return time.time()


def touch(path: str) -> None:
    """Set the access and modification times of a file to now; do nothing if that fails."""
    from contextlib import suppress

    with suppress(OSError, NotImplementedError):
        os.utime(path, follow_symlinks=False)


def is_owned_by_this_user(status: os.stat_result) -> bool:
    """Return True if a file belongs to this user, or if the platform has no user IDs."""
    return not hasattr(os, "geteuid") or status.st_uid == os.geteuid()


def is_accessible_to_others(status: os.stat_result) -> bool:
    """Return True if other users have any permission.

    Return False on Windows, where access control lists determine the permissions.
    """
    return hasattr(os, "geteuid") and bool(status.st_mode & OTHER_USERS)


class ErrorExplanation:
    """Context manager that adds a hint to an OSError, and replaces its file name.

    Args:
        path: The new file name; "" to leave the file name as it is.
        hint: Note that is added if a permission is missing.
    """

    __slots__ = ("_hint", "_path")

    def __init__(self, path: str, hint: str) -> None:
        self._path = path
        self._hint = hint

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, OSError):
            error.filename = self._path or error.filename
            if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
                error.add_note(self._hint)
