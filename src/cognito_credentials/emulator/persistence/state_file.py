"""The SQLite file that contains the state of Amazon Cognito Identity.

Every change is committed before the service responds. With the write-ahead log and
`synchronous=NORMAL`, a commit is handed to the operating system but does not wait for the data to
reach the disk. A commit survives the end of the process, including `kill -9`. A power failure can
lose the last commits, but does not damage the file.
Source: https://sqlite.org/pragma.html#pragma_synchronous.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
from collections.abc import Collection, Generator, Mapping
from typing import Any

from cognito_credentials.emulator.identity.identity_records import PoolIdentity
from cognito_credentials.emulator.identity.pools import IdentityPool
from cognito_credentials.emulator.identity.state import RegisteredToken, ServiceState
from cognito_credentials.emulator.json_values import JsonError, parse_strictly
from cognito_credentials.emulator.persistence.documents import (
    DocumentError,
    check_state,
    identity_document,
    parse_identity,
    parse_pool,
    parse_token,
    pool_document,
)
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.stores._private_files import kind_of_special_file

# This number identifies the files of this program. SQLite itself does not interpret the number.
_APPLICATION_ID = 0x43436465
_SCHEMA_VERSION = 1
_SCHEMA = """\
BEGIN IMMEDIATE;
CREATE TABLE pools (id TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE identities (
    id TEXT PRIMARY KEY, pool_id TEXT NOT NULL, document TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX identities_by_pool ON identities (pool_id);
CREATE TABLE opaque_tokens (
    provider TEXT, token TEXT, document TEXT NOT NULL, PRIMARY KEY (provider, token)
) WITHOUT ROWID;
PRAGMA application_id = {application_id};
PRAGMA user_version = {schema_version};
COMMIT;
"""
_UNWRITABLE = (
    *(sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH),
    *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR),
)
_NEW_FILE_HINT = "Pass the path of a file that does not exist yet, or of a state file."


class StateFile:
    """A state file, which no other emulator can open until `close`. Thread-safe.

    Args:
        path: The path of the file, which is created if it does not exist. Only the user can read
            the file, because the file contains the opaque tokens.

    Raises:
        ConfigurationError: If another emulator uses the file, the file cannot be created, read or
            written, is not a state file, or was written by a newer version.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path: str = os.path.abspath(path)
        self._lock = threading.Lock()
        self._journal: SqliteJournal | None = None
        if kind := kind_of_special_file(self.path):
            raise ConfigurationError(
                f"the state file {self.path} is {kind}, not a regular file", hint=_NEW_FILE_HINT
            )
        with self._describe_errors():
            self._connection = _connect(self.path)
        try:
            with self._describe_errors():
                self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the file, and let another emulator open it. Further calls do nothing."""
        with self._lock:
            self._journal = None
            self._connection.close()

    def open_journal(self) -> SqliteJournal:
        """Return a new journal. After this call, changes through an earlier journal fail."""
        with self._lock:
            self._journal = SqliteJournal(self)
            return self._journal

    def load(self) -> ServiceState:
        """Return the state in the file.

        Raises:
            ConfigurationError: If the file is damaged.
        """
        with self._describe_errors(), self._lock:
            try:
                state = ServiceState(
                    [parse_pool(each, "a pool") for each in self._read("pools")],
                    [parse_identity(each, "an identity") for each in self._read("identities")],
                    [parse_token(each, "a token") for each in self._read("opaque_tokens")],
                )
                check_state(state)
            except JsonError as error:
                raise self._damaged(f"an entry {error}") from None
            except DocumentError as error:
                raise self._damaged(str(error)) from None
            return state

    def replace(self, state: ServiceState) -> SqliteJournal:
        """Replace the state in the file, and return a new journal, like `open_journal`.

        Raises:
            ConfigurationError: If the file cannot be written. The earlier journal remains valid.
        """
        with self._describe_errors(), self._lock:
            with self._commit() as connection:
                for table in ("pools", "identities", "opaque_tokens"):
                    connection.execute(f"DELETE FROM {table}")  # noqa: S608 - the query is a constant
                connection.executemany(_SAVE_POOL, map(_pool_row, state.pools))
                connection.executemany(_SAVE_IDENTITY, map(_identity_row, state.identities))
                connection.executemany(_SAVE_TOKEN, map(_token_row, state.opaque_tokens))
            self._journal = SqliteJournal(self)
            return self._journal

    @contextlib.contextmanager
    def transaction(self, journal: SqliteJournal) -> Generator[sqlite3.Connection]:
        """Commit all changes in the block, or none of them if it raises an exception.

        Raises:
            ConfigurationError: If the file cannot be written, for example because the disk is full.
            RuntimeError: If the state was replaced after the journal was opened. A request that
                began earlier must not change the new state.
        """
        with self._describe_errors(), self._lock:
            if journal is not self._journal:
                raise RuntimeError("the state of the emulator was replaced during the request")
            with self._commit() as connection:
                yield connection

    @contextlib.contextmanager
    def _commit(self) -> Generator[sqlite3.Connection]:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            # After some errors, SQLite itself has already rolled back the transaction.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _prepare(self) -> None:
        connection = self._connection
        # With this mode, the first access locks the file until the connection is closed.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        application_id = self._query("PRAGMA application_id")
        version = self._query("PRAGMA user_version")
        is_new = not self._query("SELECT count(*) FROM sqlite_master")
        if application_id != _APPLICATION_ID and not (is_new and application_id == 0):
            raise self._foreign_file()
        if version > _SCHEMA_VERSION:
            raise ConfigurationError(
                f"the state file {self.path} was written by a newer version of"
                f" cognito-credentials (format {version}, this version reads {_SCHEMA_VERSION})",
                hint="Upgrade cognito-credentials, or pass the path of another file.",
            )
        if is_new:
            connection.executescript(
                _SCHEMA.format(application_id=_APPLICATION_ID, schema_version=_SCHEMA_VERSION)
            )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        # A pool can be deleted while a request creates an identity in it.
        connection.execute("DELETE FROM identities WHERE pool_id NOT IN (SELECT id FROM pools)")

    def _query(self, statement: str) -> int:
        value: int = self._connection.execute(statement).fetchone()[0]
        return value

    def _read(self, table: str) -> Generator[Any]:
        rows = self._connection.execute(f"SELECT document FROM {table}")  # noqa: S608 - the query is a constant
        for (document,) in rows:
            yield parse_strictly(document)

    @contextlib.contextmanager
    def _describe_errors(self) -> Generator[None]:
        """Convert errors from SQLite and from the operating system to typed errors."""
        try:
            yield
        except OSError as error:
            raise ConfigurationError(
                f"the state file {self.path} cannot be created: {error.strerror}",
                hint="Pass the path of a file in an existing, writable directory.",
            ) from None
        except sqlite3.Error as error:
            raise self._convert(error) from None

    def _convert(self, error: sqlite3.Error) -> ConfigurationError:
        # Python itself raises some errors, without an SQLite error code.
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return ConfigurationError(
                f"the state file {self.path} is in use by another emulator",
                hint="Stop the other emulator, or pass the path of another file.",
            )
        if code == sqlite3.SQLITE_NOTADB:
            return self._foreign_file()
        if code in _UNWRITABLE:
            return ConfigurationError(
                f"the state file {self.path} cannot be read and written: {error}",
                hint="Check the permissions on the file and its directory and the free disk space,"
                " or pass the path of another file.",
            )
        return self._damaged(str(error))

    def _damaged(self, reason: str) -> ConfigurationError:
        return ConfigurationError(
            f"the state file {self.path} is damaged: {reason}", hint=_NEW_FILE_HINT
        )

    def _foreign_file(self) -> ConfigurationError:
        return ConfigurationError(
            f"{self.path} is not a state file of the emulator", hint=_NEW_FILE_HINT
        )


class SqliteJournal:
    """The journal that writes to a state file. Thread-safe."""

    def __init__(self, file: StateFile) -> None:
        self._file = file

    def save_pool(self, pool: IdentityPool) -> None:
        """Add an identity pool, or replace the pool with the same ID."""
        with self._file.transaction(self) as connection:
            connection.execute(_SAVE_POOL, _pool_row(pool))

    def delete_pool(self, pool_id: str) -> None:
        """Delete an identity pool and all its identities."""
        with self._file.transaction(self) as connection:
            connection.execute("DELETE FROM pools WHERE id = ?", (pool_id,))
            connection.execute("DELETE FROM identities WHERE pool_id = ?", (pool_id,))

    def save_identities(self, identities: Collection[PoolIdentity]) -> None:
        """Add identities, or replace the identities with the same IDs."""
        with self._file.transaction(self) as connection:
            connection.executemany(_SAVE_IDENTITY, map(_identity_row, identities))

    def delete_identities(self, identity_ids: Collection[str]) -> None:
        """Delete identities. Unknown IDs are ignored."""
        with self._file.transaction(self) as connection:
            connection.executemany(
                "DELETE FROM identities WHERE id = ?", [(each,) for each in identity_ids]
            )

    def save_opaque_token(self, token: RegisteredToken) -> None:
        """Add an opaque token, or replace its application and user."""
        with self._file.transaction(self) as connection:
            connection.execute(_SAVE_TOKEN, _token_row(token))


_SAVE_POOL = "INSERT OR REPLACE INTO pools VALUES (?, ?)"
_SAVE_IDENTITY = "INSERT OR REPLACE INTO identities VALUES (?, ?, ?)"
_SAVE_TOKEN = "INSERT OR REPLACE INTO opaque_tokens VALUES (?, ?, ?)"


def _pool_row(pool: IdentityPool) -> tuple[str, str]:
    return pool.id, _as_json(pool_document(pool))


def _identity_row(identity: PoolIdentity) -> tuple[str, str, str]:
    return identity.id, identity.pool_id, _as_json(identity_document(identity))


def _token_row(token: RegisteredToken) -> tuple[str, str, str]:
    return token.provider, token.token, _as_json(token._asdict())


def _as_json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"))


def _connect(path: str) -> sqlite3.Connection:
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    return sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
