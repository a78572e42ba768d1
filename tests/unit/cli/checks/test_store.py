from __future__ import annotations

from pathlib import Path

from cognito_credentials.cli.checks.report import Report, Row
from cognito_credentials.cli.checks.store import check_store
from cognito_credentials.stores import FileStore


def checked() -> tuple[FileStore | None, Row]:
    shown: list[Row] = []
    store = check_store(Report(shown.append))
    (row,) = shown
    return store, row


def test_a_folder_that_is_not_there_is_made_later(home: Path):
    store, row = checked()
    assert store is not None
    assert (row.result, "is not there yet" in row.text) == ("passed", True)
    assert not list(home.iterdir())


def test_a_folder_of_this_user_alone(home: Path):
    FileStore().put("key", b"value", expires_at=None)
    store, row = checked()
    assert store is not None
    assert (row.result, "this user's alone (1 files)" in row.text) == ("passed", True)


def test_a_folder_that_others_may_enter(home: Path):
    FileStore().put("key", b"value", expires_at=None)
    folder = home / ".aws" / "cognito-credentials"
    folder.chmod(0o750)
    store, row = checked()
    assert store is None
    assert (row.result, f"chmod 700 {folder}" in row.fix) == ("failed", True)


def test_a_file_that_others_may_read(home: Path):
    FileStore().put("key", b"value", expires_at=None)
    folder = home / ".aws" / "cognito-credentials"
    next(folder.iterdir()).chmod(0o644)
    store, row = checked()
    assert store is None
    assert (row.result, "1 of 1 files" in row.text) == ("failed", True)
    assert row.fix.startswith(f"chmod 600 {folder}/*")
