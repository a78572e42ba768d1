"""The folder in which identity ids and credentials are kept: this user's alone, and to be written."""

from __future__ import annotations

import os
import tempfile

from cognito_credentials.errors import ConfigurationError
from cognito_credentials.stores import FileStore
from cognito_credentials.stores._private_files import TEMPORARY_SUFFIX, is_accessible_to_others

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cognito_credentials.cli.checks.report import Report

__all__ = ["ReadOnlyStore", "check_store"]

CHECK = "store"
UNWRITABLE = (
    "Let this user write there, or set HOME to a folder where it can. Until then each process asks "
    "the service, and a guest is somebody new each time."
)


class ReadOnlyStore(FileStore):
    """A store whose folder cannot be written: what is there is read, and nothing is kept."""

    def put(self, key: str, value: bytes, *, expires_at: float | None, lease: Any = None) -> None:
        """Drop it."""

    def delete(self, key: str) -> None:
        """Leave it there."""


def check_store(report: Report) -> FileStore | None:
    """Return the store, unless it cannot be used as it is."""
    try:
        store = FileStore()
    except ConfigurationError as error:
        report.refused(CHECK, error)
        return None
    try:
        names = sorted(os.listdir(store.path))
        opened = [
            name for name in names if is_accessible_to_others(os.lstat(f"{store.path}/{name}"))
        ]
    except FileNotFoundError:
        names, opened = None, []
    except OSError as error:
        report.failed(
            CHECK, f"{store.path} cannot be read: {error.strerror}", f"chmod 700 {store.path}"
        )
        return None
    if opened:
        report.failed(
            CHECK,
            f"{len(opened)} of {len(names or ())} files in {store.path} are open to other users, and "
            "are not read",
            f"chmod 600 {store.path}/*  and find out who opened them",
        )
        return None  # a guest whose identity is not read would be given another one
    try:
        _write(store.path)
    except OSError as error:
        report.failed(CHECK, f"{store.path} cannot be written: {error.strerror}", UNWRITABLE)
        return ReadOnlyStore()
    if names is None:
        report.passed(CHECK, f"{store.path} is not there yet: it is made when it is needed")
    else:
        report.passed(CHECK, f"{store.path} is this user's alone ({len(names)} files)")
    return store


def _write(folder: str) -> None:
    """Write a file there, and remove it; where the folder is missing, make one where it would be.

    Not the folder itself: another process may be about to store something in it.
    """
    if os.path.isdir(folder):
        descriptor, file = tempfile.mkstemp(suffix=TEMPORARY_SUFFIX, dir=folder)
        try:
            os.write(descriptor, bytes(4096))
        finally:
            os.close(descriptor)
            os.unlink(file)
        return
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    os.rmdir(tempfile.mkdtemp(suffix=TEMPORARY_SUFFIX, dir=folder))
