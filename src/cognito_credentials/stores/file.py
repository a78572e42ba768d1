"""A store for the processes of one user on one machine: a folder with a file for each entry."""

from __future__ import annotations

import errno
import json
import os
import stat
from binascii import a2b_base64, b2a_base64  # base64 is of these, and longer to import
from collections.abc import Generator
from contextlib import contextmanager

from cognito_credentials import _typing as t
from cognito_credentials._core import logs
from cognito_credentials._core.digests import sha256_hex
from cognito_credentials._validation import check_integer
from cognito_credentials.clock import SystemClock
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.stores._private_files import (
    TEMPORARY_SUFFIX,
    UnusableFileError,
    WrongPermissionsError,
    is_accessible_to_others,
    is_owned_by_this_user,
    read,
    remove,
    replace,
    require_regular,
    sweep,
    written_at,
)

__all__ = ["FileStore"]

DEFAULT_FOLDER = "~/.aws/cognito-credentials"
SUFFIX = ".json"
STEP_OF_RIGHTS = (
    "Next: chmod 600 {}  as its owner. An identity id in it stays there, but until then a guest is "
    "somebody new each time."
)


class FileStore:
    """Keep identity ids and credentials in files that only this user can read.

    Each entry is a file that is replaced as a whole, so that neither a process that is killed nor a
    full disk leaves half of one, or takes away what was there. The files are not encrypted, like
    those of the AWS CLI beside them: who can read this user's files has the credentials.

    May be used by any number of threads and processes, which share one fetch (with `filelock`, the
    extra `file`). Not for folders that several machines mount: their locks and clocks are not one.

    Args:
        path: The folder, `~/.aws/cognito-credentials` unless it is given; made, for this user
            alone, when something is put into it for the first time.
        max_entries: How many entries it keeps at most. Those that are over go first, then the
            oldest credentials, and identity ids when nothing else is left.
        clock: Tells when entries are over.

    Raises:
        ConfigurationError: `path` is a file, a symbolic link, another user's folder or one that
            others may enter, or begins at a home that there is not; `max_entries` is not a whole
            number from 1 up.
    """

    __module__ = "cognito_credentials.stores"

    blocks = True
    is_local = True

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        max_entries: int = 1_000,
        clock: t.Clock | None = None,
    ) -> None:
        check_integer("max_entries", max_entries)
        self.max_entries = max_entries
        self._now = (clock or SystemClock()).now
        expanded = os.path.expanduser(DEFAULT_FOLDER if path is None else _text_of(path))
        if expanded.startswith("~"):
            # Else it would be a folder of this name, wherever the program was started.
            raise ConfigurationError(
                f"the folder {expanded!r} begins at a home that this user has not",
                hint="Set HOME to a folder of this user."
                if path is None
                else "Name another folder.",
            )
        self.path = os.path.abspath(expanded)
        self._warned: set[str] = set()
        self._check_folder()

    def get(self, key: str) -> bytes | None:
        """Return the value under this key, unless its time is over."""
        file = self._file_of(key)
        entry = self._read(file)
        if entry is None or entry.is_over(self._now()):
            return None
        if entry.key != key:
            self._warn(file, "it is a copy of another entry")
            return None
        return entry.value

    def put(
        self,
        key: str,
        value: bytes,
        *,
        expires_at: float | None,
        lease: t.Lease | None = None,  # noqa: ARG002 - cannot be over while its holder lives
    ) -> None:
        """Keep a value; makes room for it where it is new.

        One that is to last does not take the place of one that cannot be read for lack of a right.
        A device, a named pipe, a socket or a directory in the place of the file stays.
        """
        file = self._file_of(key)
        self._make_folder()
        is_new = not os.path.lexists(file)
        if expires_at is None and not is_new and self._is_closed(file):
            return
        try:
            with self._advising(self.path):
                replace(file, Entry(key, value, expires_at).written())
        except UnusableFileError as error:
            self._warn(file, error)
            return
        logs.debug("%s is written", file)
        if is_new:
            self._make_room()

    def delete(self, key: str) -> None:
        """Remove the entry under this key, if there is one."""
        file = self._file_of(key)
        try:
            require_regular(file)
        except UnusableFileError as error:
            self._warn(file, error)
            return
        with self._advising(self.path):
            remove(file)
        logs.debug("%s is deleted, if it was there", file)

    def lock(self, key: str, seconds: float) -> t.Lease | None:  # noqa: ARG002 - see below
        """Return the key's one lease, or None where another has it.

        The kernel ends it when its holder dies, so that no time has to.

        Raises:
            ConfigurationError: filelock is not installed.
        """
        from cognito_credentials.stores._file_locks import try_lock

        self._make_folder()
        with self._advising(self.path):
            return try_lock(self.path, sha256_hex(key))

    def list_keys(self) -> list[str]:
        """Return the keys of all entries that can be read, the oldest first."""
        return [entry.key for _, entry in self._entries()]

    def list_unreadable(self) -> dict[str, str]:
        """Return the files that no entry can be read from, each with the reason.

        They are misses to everybody. One that is repaired may be an entry again: an identity id
        that others could read, for one.
        """
        found: dict[str, str] = {}
        for file in self._files():
            try:
                contents = read(file)
                entry = None if contents is None else Entry.read(contents)
                if entry is not None and self._file_of(entry.key) != file:
                    raise UnusableFileError("it is a copy of another entry")  # noqa: TRY301
            except UnusableFileError as error:
                found[file] = str(error)
                self._warned.add(file)  # who asks need not be told again
        return found

    # --- the folder ---------------------------------------------------------------------------

    def _check_folder(self) -> None:
        """Refuse a folder that is not this user's alone; one that is missing is made later."""
        try:
            found = os.lstat(self.path)
        except OSError as error:
            if error.errno == errno.ENOTDIR:
                raise self._refusal("leads through a file", "Set HOME to a folder.") from None
            return  # not there yet, or out of reach, which shows when it is used
        if stat.S_ISLNK(found.st_mode):
            raise self._refusal(
                "is a symbolic link",
                "Put a folder in its place: a link can be turned by whoever owns it.",
                "Name the folder that it leads to: a link can be turned by whoever owns it.",
            )
        if not stat.S_ISDIR(found.st_mode):
            raise self._refusal("is a file", "Move it away: a folder is made in its place.")
        if not is_owned_by_this_user(found):
            raise self._refusal(
                "belongs to another user",
                "Set HOME to your own home (sudo -H does): its owner could put credentials there for "
                "you.",
                "Name a folder of your own: its owner could put credentials there for you.",
            )
        if is_accessible_to_others(found):
            close = f"Close it with: chmod 700 {self.path}"
            raise self._refusal("can be entered by other users", close, close)

    def _refusal(
        self, problem: str, step: str, step_of_given: str = "Name a folder."
    ) -> ConfigurationError:
        """Return the error for a folder; whoever has given it can give another one."""
        return ConfigurationError(
            f"the folder {self.path!r} {problem}",
            hint=step if self._is_at_home() else step_of_given,
        )

    def _is_at_home(self) -> bool:
        """Tell whether it is the folder of all, which nobody has named, or below it."""
        return self.path.startswith(os.path.expanduser(DEFAULT_FOLDER))

    @contextmanager
    def _advising(self, place: str = "") -> Generator[None]:
        """Note at an error of the system what to do about it; `place` is what it is about."""
        try:
            yield
        except OSError as error:
            error.filename = place or error.filename
            if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
                where = (
                    "set HOME to a folder of its own"
                    if self._is_at_home()
                    else "name another folder"
                )
                error.add_note(f"Let this user write there, or {where}.")
            raise

    def _make_folder(self) -> None:
        with self._advising():
            self._make_it()

    def _make_it(self) -> None:
        try:
            os.mkdir(self.path, 0o700)
        except FileExistsError:
            # Looked at each time: what was checked at the start may have been exchanged.
            self._check_folder()
        except FileNotFoundError:
            os.makedirs(os.path.dirname(self.path), 0o700, exist_ok=True)
            self._make_it()  # which another process may have made by now

    def _make_room(self) -> None:
        """Remove what is over, and the oldest where there are too many."""
        now = self._now()
        entries = self._entries()
        over = [entry for _, entry in entries if entry.is_over(now)]
        # Credentials before identity ids: one costs a call, the other a guest what it stored.
        left = sorted(
            (entry.expires_at is None, written_at, entry.key)
            for written_at, entry in entries
            if not entry.is_over(now)
        )
        for key in [entry.key for entry in over] + [
            key for _, _, key in left[: max(0, len(left) - self.max_entries)]
        ]:
            self.delete(key)

    def _entries(self) -> list[tuple[float, Entry]]:
        """Return each entry that can be read, with the time of its file; the oldest first."""
        entries: list[tuple[float, Entry]] = []
        for file in self._files():
            entry = self._read(file)
            if entry is not None and self._file_of(entry.key) == file:
                entries.append((written_at(file), entry))
        return sorted(entries, key=lambda pair: pair[0])

    def _files(self) -> list[str]:
        """Return the files of entries; removes what was never finished."""
        try:
            names = os.listdir(self.path)
        except FileNotFoundError:
            return []
        for name in names:
            if name.endswith(TEMPORARY_SUFFIX):
                sweep(os.path.join(self.path, name))
        return [os.path.join(self.path, name) for name in sorted(names) if name.endswith(SUFFIX)]

    # --- one file -----------------------------------------------------------------------------

    def _file_of(self, key: str) -> str:
        return os.path.join(self.path, sha256_hex(key) + SUFFIX)

    def _read(self, file: str) -> Entry | None:
        try:
            contents = read(file)
            return None if contents is None else Entry.read(contents)
        except UnusableFileError as error:
            self._warn(file, error)
            return None

    def _is_closed(self, file: str) -> bool:
        try:
            read(file)
        except WrongPermissionsError as error:
            self._warn(file, error)
            return True
        except UnusableFileError:
            pass
        return False

    def _warn(self, file: str, reason: object) -> None:
        if file not in self._warned:
            self._warned.add(file)
            # Going on without it loses nothing: an identity id in there is not written over.
            step = (
                f". {STEP_OF_RIGHTS.format(file)}"
                if isinstance(reason, WrongPermissionsError)
                else ""
            )
            logs.warning("%s is not read: %s%s", file, reason, step)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path}>"


def _text_of(path: t.Any) -> str:
    text = path.__fspath__() if hasattr(path, "__fspath__") else path
    if not isinstance(text, str) or not text or "\0" in text:
        raise ConfigurationError(
            f"path is {text!r}: it must name a folder",
            hint="An environment variable that is not set may be behind it; leave path out for the usual one.",
        )
    return text


class Entry:
    """What a file holds: a value, the key it belongs to, and when it is over."""

    __slots__ = ("expires_at", "key", "value")

    def __init__(self, key: str, value: bytes, expires_at: float | None) -> None:
        self.key = key
        self.value = value
        self.expires_at = expires_at

    def is_over(self, now: float) -> bool:
        return self.expires_at is not None and self.expires_at <= now

    def written(self) -> bytes:
        value = b2a_base64(self.value, newline=False).decode()
        return json.dumps({"key": self.key, "expires_at": self.expires_at, "value": value}).encode()

    @classmethod
    def read(cls, contents: bytes) -> Entry:
        try:
            entry = json.loads(contents)
            key, expires_at = entry["key"], entry["expires_at"]
            value = a2b_base64(entry["value"], strict_mode=True)
        except (LookupError, TypeError, ValueError, RecursionError):
            raise UnusableFileError("it is no entry of a store") from None
        if not isinstance(key, str) or not isinstance(expires_at, int | float | None):
            raise UnusableFileError("it is no entry of a store")
        return cls(key, value, expires_at)
