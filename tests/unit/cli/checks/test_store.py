from __future__ import annotations

import resource
import signal
from pathlib import Path

import pytest

from cognito_credentials.cli.checks.report import Report, Row
from cognito_credentials.cli.checks.store import ReadOnlyStore, check_store
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


def test_a_file_in_the_way(home: Path):
    (home / ".aws").write_text("")
    store, row = checked()
    assert store is None
    assert (row.result, "leads through a file" in row.text) == ("failed", True)
    assert row.fix == "Set HOME to a folder."


def test_a_folder_that_cannot_be_read(home: Path):
    FileStore().put("key", b"value", expires_at=None)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, limit[1]))  # whoever this user is
    try:
        store, row = checked()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limit)
    assert store is None
    folder = home / ".aws" / "cognito-credentials"
    assert row.result == "failed"
    assert row.text == f"{folder} cannot be read: Too many open files"


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="Linux has this folder")
def test_a_home_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch):
    # No right that a user may have lets one make a folder there.
    monkeypatch.setenv("HOME", "/proc/self")
    store, row = checked()
    assert isinstance(store, ReadOnlyStore)
    assert row.result == "failed"
    assert "/proc/self/.aws/cognito-credentials cannot be written: " in row.text
    assert "a guest is somebody new each time" in row.fix


def test_a_folder_that_can_only_be_read(home: Path):
    FileStore().put("key", b"value", expires_at=None)
    folder = home / ".aws" / "cognito-credentials"
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limit[1]))  # as on a disk that is full
    try:
        store, row = checked()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, handler)
    assert (row.result, f"{folder} cannot be written: " in row.text) == ("failed", True)
    assert len(list(folder.iterdir())) == 1  # nothing is left of the try
    assert isinstance(store, ReadOnlyStore)
    store.put("key", b"other", expires_at=None)
    store.delete("key")
    assert store.get("key") == b"value"
