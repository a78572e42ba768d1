"""The `doctor` check of the directory that stores identity IDs and credentials."""

from __future__ import annotations

import os
import shlex
import tempfile
from typing import TYPE_CHECKING

from cognito_credentials.errors import ConfigurationError
from cognito_credentials.stores import FileStore
from cognito_credentials.stores._private_files import TEMPORARY_SUFFIX, is_accessible_to_others

if TYPE_CHECKING:
    from typing import Any

    from cognito_credentials.cli.checks.report import Report

__all__ = ["ReadOnlyStore", "check_store"]

CHECK = "store"
NOT_WRITABLE_FIX = (
    "Make the directory writable for this user, free disk space, or set HOME to another directory. Until "
    "then, each process calls Cognito on its own, and a guest whose identity ID is not yet stored gets "
    "a new identity each time."
)


class ReadOnlyStore(FileStore):
    """Store that reads but never writes, for a directory without write permission."""

    def put(self, *_arguments: Any, **_options: Any) -> bool:
        """Discard the entry; return True, as if no other process had stored an entry."""
        return True

    def add(self, key: str, value: bytes) -> bool:  # noqa: ARG002 - parameters of FileStore
        """Discard the identity ID; return True, as if no other process had stored an entry."""
        return True

    def delete(self, key: str) -> None:
        """Do nothing; the entry remains in the store."""


def check_store(report: Report) -> FileStore | None:
    """Check the store and return it; return None if it cannot be read."""
    try:
        store = FileStore()
    except ConfigurationError as error:
        report.add_error(CHECK, error)
        return None
    try:
        names = sorted(os.listdir(store.path))
        exposed = [
            name for name in names if is_accessible_to_others(os.lstat(f"{store.path}/{name}"))
        ]
    except FileNotFoundError:
        names, exposed = None, []
    except OSError as error:
        report.add_failure(
            CHECK,
            f"{store.path} cannot be read: {error.strerror}",
            f"Run: chmod 700 {shlex.quote(store.path)}",
        )
        return None
    if exposed:
        report.add_failure(
            CHECK,
            f"other users can access {len(exposed)} of {len(names or ())} files in {store.path}, "
            "which are therefore ignored",
            "Find out which program changed the permissions of these files, then run: "
            f"chmod 600 {shlex.quote(store.path)}/*",
        )
        return None  # Without the stored identity ID, the later checks would create a new guest identity.
    try:
        _try_to_write(store.path)
    except OSError as error:
        report.add_failure(
            CHECK, f"{store.path} cannot be written: {error.strerror}", NOT_WRITABLE_FIX
        )
        return ReadOnlyStore()
    if names is None:
        report.add_pass(CHECK, f"{store.path} does not exist yet and can be created")
    else:
        count = f"{len(names)} file{'' if len(names) == 1 else 's'}"
        report.add_pass(CHECK, f"{store.path} is accessible by this user only ({count})")
    return store


def _try_to_write(directory: str) -> None:
    """Write a file to the directory and remove it.

    If the directory does not exist, create and remove a temporary directory in its nearest existing
    parent instead.
    """
    if os.path.isdir(directory):
        descriptor, file = tempfile.mkstemp(suffix=TEMPORARY_SUFFIX, dir=directory)
        try:
            os.write(descriptor, bytes(4096))
        finally:
            os.close(descriptor)
            os.unlink(file)
        return
    while not os.path.isdir(directory):
        directory = os.path.dirname(directory)
    os.rmdir(tempfile.mkdtemp(suffix=TEMPORARY_SUFFIX, dir=directory))
