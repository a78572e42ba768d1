from __future__ import annotations

import resource
import signal
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cognito_credentials.cli.checks.report import CheckResult, Report
from cognito_credentials.cli.checks.store import ReadOnlyStore, check_store
from cognito_credentials.stores import FileStore

if TYPE_CHECKING:
    from collections.abc import Iterator


def check() -> tuple[FileStore | None, CheckResult]:
    results: list[CheckResult] = []
    store = check_store(Report(results.append))
    (result,) = results
    return store, result


@contextmanager
def lower_limit(kind: int, value: int) -> Iterator[None]:
    """Lower a resource limit of this process; unlike permissions, limits also apply to root."""
    limit = resource.getrlimit(kind)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(kind, (value, limit[1]))
    try:
        yield
    finally:
        resource.setrlimit(kind, limit)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.fixture
def directory(home: Path) -> Path:
    """Return the directory of a store with one entry."""
    FileStore().put("key", b"value", expires_at=None)
    return home / ".aws" / "cognito-credentials"


def test_a_missing_directory_passes_and_is_not_made(home: Path):
    store, result = check()
    assert store is not None
    assert result.outcome == "passed"
    assert not list(home.iterdir())


def test_a_private_directory_passes(directory: Path):
    store, result = check()
    assert store is not None
    assert result.outcome == "passed"
    assert f"{directory} " in result.text
    assert "1 file" in result.text


def test_a_directory_that_other_users_can_enter_fails(directory: Path):
    directory.chmod(0o750)
    store, result = check()
    assert store is None
    assert result.outcome == "failed"
    assert f"chmod 700 {directory}" in result.fix


def test_a_file_that_other_users_can_read_fails(directory: Path):
    next(directory.iterdir()).chmod(0o644)
    store, result = check()
    assert store is None
    assert result.outcome == "failed"
    assert "1 of 1 files" in result.text
    assert f"chmod 600 {directory}/*" in result.fix


def test_a_file_in_the_place_of_the_directory_fails(home: Path):
    (home / ".aws").write_text("")
    store, result = check()
    assert store is None
    assert result.outcome == "failed"
    assert "HOME" in result.fix


def test_a_directory_that_cannot_be_read_fails(directory: Path):
    with lower_limit(resource.RLIMIT_NOFILE, 3):
        store, result = check()
    assert store is None
    assert result.outcome == "failed"
    assert str(directory) in result.text
    assert "Too many open files" in result.text


@pytest.mark.skipif(
    not Path("/proc/self").is_dir(), reason="needs a directory that no user can write to"
)
def test_a_home_directory_that_cannot_be_written_fails(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", "/proc/self")
    store, result = check()
    assert isinstance(store, ReadOnlyStore)
    assert result.outcome == "failed"
    assert "/proc/self/.aws/cognito-credentials" in result.text
    assert "HOME" in result.fix


def test_a_store_that_cannot_be_written_is_used_read_only(directory: Path):
    with lower_limit(resource.RLIMIT_FSIZE, 0):  # Make writes fail, as on a full disk.
        store, result = check()
    assert result.outcome == "failed"
    assert str(directory) in result.text
    assert len(list(directory.iterdir())) == 1  # The check has removed the file that it wrote.
    assert isinstance(store, ReadOnlyStore)
    store.put("key", b"other", expires_at=None)
    store.delete("key")
    assert store.get("key") == b"value"
