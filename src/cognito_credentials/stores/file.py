"""A store for the processes of one user on one machine: a directory with a file for each entry."""

from __future__ import annotations

import errno
import os
import stat

from cognito_credentials import _typing as t
from cognito_credentials._core import logs
from cognito_credentials._core.digests import sha256_hex
from cognito_credentials._validation import check_argument_names, check_integer, expand_home
from cognito_credentials.clock import SystemClock
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.stores._file_entries import Entry
from cognito_credentials.stores._file_names import SUFFIX, check_path, file_name
from cognito_credentials.stores._private_files import (
    TEMPORARY_SUFFIX,
    ErrorExplanation,
    UnusableFileError,
    WrongPermissionsError,
    create,
    is_accessible_to_others,
    is_owned_by_this_user,
    modified_at,
    read,
    remove,
    remove_stale,
    replace,
    require_regular,
    touch,
)

__all__ = ["FileStore"]

DEFAULT_DIRECTORY = "~/.aws/cognito-credentials"
# A store that is not full is searched for expired entries at most once in this interval, because a
# search reads every entry.
SCAN_INTERVAL_SECONDS = 60.0


class FileStore:
    """Store of identity IDs and credentials in files that only this user can read.

    Each entry is a file that is replaced atomically, so neither a killed process nor a full disk
    damages an entry. Like the AWS CLI's files, the entries are not encrypted: anyone who can read
    this user's files can use the credentials.

    Any number of threads and processes may use the same directory; if several need the same
    credentials, one of them fetches the credentials for all. The directory should not be mounted on
    several machines, because file locks may not work across machines, and their clocks may differ.

    Args:
        path: Directory for the entries, `~/.aws/cognito-credentials` by default. If it is missing,
            it is created on the first write, with access for this user only.
        max_entries: Maximum number of entries. Expired entries are deleted first, then the oldest
            credentials. Identity IDs are evicted only if no credentials are left to evict. The
            least recently used IDs are then evicted first, and a warning is logged.
        evict_identity_ids: If False, identity IDs are never evicted, and `max_entries` applies to
            credentials only.
        clock: Clock that determines whether an entry has expired; the system clock by default.

    Raises:
        ConfigurationError: If `path` is a file or a symbolic link, belongs to another user, or can be
            accessed by other users; if `path` starts with `~`, and there is no home directory; or if
            `max_entries` is not a positive integer.
    """

    __module__ = "cognito_credentials.stores"

    blocks = True
    is_local = True

    @check_argument_names
    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        max_entries: int = 1_000,
        evict_identity_ids: bool = True,
        clock: t.Clock | None = None,
    ) -> None:
        check_integer("max_entries", max_entries)
        self.max_entries = max_entries
        self._evict_identity_ids = evict_identity_ids
        # Paths of identity ID entries. If identity IDs are never evicted, `_evict` need not read
        # these files again.
        self._permanent_files: set[str] = set()
        self._has_warned_of_eviction = False
        self._scanned_at = -SCAN_INTERVAL_SECONDS
        self._now = (clock or SystemClock()).now
        expanded = expand_home(DEFAULT_DIRECTORY if path is None else check_path(path))
        if expanded.startswith("~"):
            # `~` could not be expanded, and a directory with this literal name must not be created.
            raise ConfigurationError(
                f"the store directory {expanded!r} starts with a home directory that does not exist",
                hint="Set HOME to this user's home directory."
                if path is None
                else "Pass another directory.",
            )
        self.path: str = os.path.abspath(expanded)
        # Files for which a warning has been logged.
        self._reported: set[str] = set()
        self._check_directory()

    def get(self, key: str) -> bytes | None:
        """Return the value under this key; None if it is missing or expired."""
        file = self._get_path(key)
        entry = self._read(file)
        if entry is None or entry.is_expired(self._now()):
            return None
        if entry.key != key:
            self._warn(file, "it is a copy of another entry")
            return None
        if entry.expires_at is None and self._evict_identity_ids:
            touch(file)
        return entry.value

    def put(
        self,
        key: str,
        value: bytes,
        *,
        expires_at: float | None,
        lease: t.Lease | None = None,  # noqa: ARG002 - a live process does not lose its lease
    ) -> bool:
        """Store a value, replacing any other value under this key.

        A new entry may evict other entries. An identity ID (`expires_at=None`) never replaces a
        file whose owner or permissions have to be corrected. Devices, named pipes, sockets and
        directories are never replaced. Returns False if the value was not stored.
        """
        file = self._get_path(key)
        self._create_directory()
        is_new = not os.path.lexists(file)
        if expires_at is None and not is_new and self._has_wrong_permissions(file):
            return False
        try:
            with self._explain_errors(self.path):
                replace(file, Entry(key, value, expires_at).encode())
        except UnusableFileError as error:
            self._warn(file, error)
            return False
        self._finish_write(file, is_permanent=expires_at is None, is_new=is_new)
        return True

    def add(self, key: str, value: bytes) -> bool:
        """Store an identity ID; return False if there is a file for this key already."""
        file = self._get_path(key)
        self._create_directory()
        with self._explain_errors(self.path):
            if not create(file, Entry(key, value, None).encode()):
                return False
        self._finish_write(file, is_permanent=True, is_new=True)
        return True

    def _finish_write(self, file: str, *, is_permanent: bool, is_new: bool) -> None:
        logs.debug("Wrote %s", file)
        if is_permanent and not self._evict_identity_ids:
            self._permanent_files.add(file)
        if is_new:
            self._evict()

    def delete(self, key: str) -> None:
        """Delete the entry under this key, if there is one."""
        file = self._get_path(key)
        try:
            require_regular(file)
        except UnusableFileError as error:
            self._warn(file, error)
            return
        with self._explain_errors(self.path):
            remove(file)
        logs.debug("Deleted %s", file)

    def lock(self, key: str, seconds: float) -> t.Lease | None:  # noqa: ARG002 - the docstring explains why
        """Return a lease on the key, or None if another caller holds one.

        The kernel ends the lease when the process ends, so `seconds` is not used.

        Raises:
            OSError: If the lock file cannot be created.
        """
        from cognito_credentials.stores._file_locks import try_lock

        self._create_directory()
        with self._explain_errors(self.path):
            return try_lock(self.path, sha256_hex(key))

    def list_keys(self) -> list[str]:
        """Return the keys of all readable entries, the oldest entry first."""
        return [entry.key for _, entry in self._read_entries()]

    def list_unreadable(self) -> dict[str, str]:
        """Return the paths of unusable files, each with the reason.

        The store ignores these files. Some files can be repaired, for example the file of an
        identity ID that other users can read.
        """
        reasons: dict[str, str] = {}
        for file in self._list_files():
            try:
                contents = read(file)
                entry = None if contents is None else Entry.decode(contents)
                if entry is not None and self._get_path(entry.key) != file:
                    raise UnusableFileError("it is a copy of another entry")  # noqa: TRY301
            except UnusableFileError as error:
                reasons[file] = str(error)
                self._reported.add(file)  # The caller gets the reason, so no warning is needed.
        return reasons

    # --- the directory ------------------------------------------------------------------------

    def _check_directory(self) -> None:
        """Raise ConfigurationError if the directory exists but is not private."""
        try:
            status = os.lstat(self.path)
        except OSError as error:
            if error.errno == errno.ENOTDIR:
                file = self.path
                while not os.path.exists(file):
                    file = os.path.dirname(file)
                raise self._make_error(f"cannot be created, because {file!r} is a file") from None
            # The directory does not exist yet. Other errors are raised when the directory is first used.
            return
        if stat.S_ISLNK(status.st_mode):
            raise self._make_error(
                "is a symbolic link",
                "Replace the link with a directory, because the owner of the link could redirect it.",
                "Pass the directory that the link points to, because the owner of the link could "
                "redirect it.",
            )
        if not stat.S_ISDIR(status.st_mode):
            raise self._make_error("is a file")
        if not is_owned_by_this_user(status):
            raise self._make_error(
                "belongs to another user",
                "Set HOME to your own home directory (sudo -H does). The owner of this directory could "
                "put credentials there for you.",
                "Pass a directory of your own. The owner of this directory could put credentials there "
                "for you.",
            )
        if is_accessible_to_others(status):
            from shlex import quote

            # If the caller chose the directory, chmod is not suggested: the directory may be /tmp.
            raise self._make_error(
                "can be accessed by other users",
                f"Run: chmod 700 {quote(self.path)}",
                "Pass a directory that only this user can access. A directory that does not exist is "
                "created with the correct permissions.",
            )

    def _make_error(
        self,
        problem: str,
        hint: str = "Move the file away, or set HOME to another directory.",
        hint_for_path: str = "Pass a directory.",
    ) -> ConfigurationError:
        """Return an error about the directory, with `hint_for_path` if `path` was passed."""
        return ConfigurationError(
            f"the store directory {self.path!r} {problem}",
            hint=hint if self._is_default() else hint_for_path,
        )

    def _is_default(self) -> bool:
        """Return True for the default directory, and for directories below it."""
        default = os.path.abspath(expand_home(DEFAULT_DIRECTORY))
        return self.path == default or self.path.startswith(default + os.sep)

    def _explain_errors(self, path: str = "") -> ErrorExplanation:
        """Return a context manager that adds a hint to an OSError, and sets its file name."""
        alternative = (
            "set HOME to this user's home directory"
            if self._is_default()
            else "pass another directory"
        )
        hint = f"Allow this user to write to the directory, or {alternative}."
        return ErrorExplanation(path, hint)

    def _create_directory(self) -> None:
        with self._explain_errors():
            self._create_directory_and_parents()

    def _create_directory_and_parents(self) -> None:
        try:
            os.mkdir(self.path, 0o700)
        except FileExistsError:
            # Check the directory on each write, because it may have been replaced.
            self._check_directory()
        except FileNotFoundError:
            os.makedirs(os.path.dirname(self.path), 0o700, exist_ok=True)
            # Another process may have created the directory by now.
            self._create_directory_and_parents()

    def _evict(self) -> None:
        """Delete expired entries, and the oldest entries in excess of `max_entries`."""
        now = self._now()
        is_full = len(self._list_countable_files()) > self.max_entries
        if not is_full and 0 <= now - self._scanned_at < SCAN_INTERVAL_SECONDS:
            return
        self._scanned_at = now
        entries = self._read_entries() if self._evict_identity_ids else self._read_credentials()
        expired = [entry.key for _, entry in entries if entry.is_expired(now)]
        # Credentials are evicted first, because a lost identity ID means that a guest loses data.
        by_priority = sorted(
            (entry.expires_at is None, written_at, entry.key)
            for written_at, entry in entries
            if not entry.is_expired(now)
        )
        excess = by_priority[: max(0, len(by_priority) - self.max_entries)]
        if any(is_permanent for is_permanent, _, _ in excess) and not self._has_warned_of_eviction:
            self._has_warned_of_eviction = True
            logs.warning(
                "The file store is full (max_entries=%d). Evicting the least recently used identity "
                "IDs; a guest whose identity ID is evicted gets a new identity.",
                self.max_entries,
            )
        for key in expired + [key for _, _, key in excess]:
            self.delete(key)

    def _read_credentials(self) -> list[tuple[float, Entry]]:
        """Return the entries that expire, the oldest first."""
        entries = self._read_entries(self._list_countable_files())
        self._permanent_files.update(
            self._get_path(entry.key) for _, entry in entries if entry.expires_at is None
        )
        return [pair for pair in entries if pair[1].expires_at is not None]

    def _list_countable_files(self) -> list[str]:
        """Return the paths of the entries to which `max_entries` applies."""
        return [file for file in self._list_files() if file not in self._permanent_files]

    def _read_entries(self, files: list[str] | None = None) -> list[tuple[float, Entry]]:
        """Return each readable entry with its file's modification time, the oldest first."""
        entries: list[tuple[float, Entry]] = []
        for file in self._list_files() if files is None else files:
            entry = self._read(file)
            if entry is not None and self._get_path(entry.key) == file:
                entries.append((modified_at(file), entry))
        return sorted(entries, key=lambda pair: pair[0])

    def _list_files(self) -> list[str]:
        """Return the paths of entries; delete stale temporary files."""
        try:
            names = os.listdir(self.path)
        except FileNotFoundError:
            return []
        for name in names:
            if name.endswith(TEMPORARY_SUFFIX):
                remove_stale(os.path.join(self.path, name))
        return [os.path.join(self.path, name) for name in sorted(names) if name.endswith(SUFFIX)]

    # --- one file -----------------------------------------------------------------------------

    def _get_path(self, key: str) -> str:
        return os.path.join(self.path, file_name(key))

    def _read(self, file: str) -> Entry | None:
        try:
            contents = read(file)
            return None if contents is None else Entry.decode(contents)
        except UnusableFileError as error:
            self._warn(file, error)
            return None

    def _has_wrong_permissions(self, file: str) -> bool:
        try:
            read(file)
        except WrongPermissionsError as error:
            self._warn(file, error)
            return True
        except UnusableFileError:
            pass
        return False

    def _warn(self, file: str, reason: object) -> None:
        if file in self._reported:
            return
        self._reported.add(file)
        if isinstance(reason, WrongPermissionsError):
            from shlex import quote

            # The file is retained, because it may contain an identity ID.
            logs.warning(
                "Ignoring %s: %s. Make this user the owner of the file, and run: chmod 600 %s. Until then, a guest "
                "whose identity ID is in this file gets a new identity in every process.",
                file,
                reason,
                quote(file),
            )
        else:
            logs.warning("Ignoring %s: %s.", file, reason)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path}>"
