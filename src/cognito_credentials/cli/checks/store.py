"""The folder in which identity ids and credentials are kept: it must be this user's alone."""

from __future__ import annotations

import os

from cognito_credentials.errors import ConfigurationError
from cognito_credentials.stores import FileStore
from cognito_credentials.stores._private_files import is_open_to_others

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials.cli.checks.report import Report

__all__ = ["check_store"]

CHECK = "store"


def check_store(report: Report) -> FileStore | None:
    """Return the store, unless it cannot be used as it is."""
    try:
        store = FileStore()
    except ConfigurationError as error:
        report.refused(CHECK, error)
        return None
    try:
        names = sorted(os.listdir(store.path))
        opened = [name for name in names if is_open_to_others(os.lstat(f"{store.path}/{name}"))]
    except FileNotFoundError:
        report.passed(CHECK, f"{store.path} is not there yet: it is made when it is needed")
        return store
    except OSError as error:
        report.failed(
            CHECK, f"{store.path} cannot be read: {error.strerror}", f"chmod 700 {store.path}"
        )
        return None
    if opened:
        report.failed(
            CHECK,
            f"{len(opened)} of {len(names)} files in {store.path} are open to other users, and "
            "are not read",
            f"chmod 600 {store.path}/*  and find out who opened them",
        )
        return None  # a guest whose identity is not read would be given another one
    report.passed(CHECK, f"{store.path} is this user's alone ({len(names)} files)")
    return store
