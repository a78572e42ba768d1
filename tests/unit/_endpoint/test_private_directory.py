"""Private directories of this process; tests/cli tests the directories of killed processes."""

from __future__ import annotations

import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from cognito_credentials._endpoint.private_directory import make_private_directory
from cognito_credentials._endpoint.token_file import write_private_file

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the parent of the temporary directories that this process makes."""
    directory = tmp_path / "temporary"
    directory.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    return directory


def abandon(parent: Path, *, name: str = "abcdefg0", mode: int = 0o700) -> Path:
    """Make a directory like one that a killed process leaves behind."""
    directory = parent / f"cognito-credentials-{name}"
    directory.mkdir()
    for file in ("token", "config"):
        (directory / file).write_text("abandoned")
    directory.chmod(mode)
    return directory


def test_the_directory_is_private_and_removed_on_exit(parent: Path):
    with make_private_directory() as directory:
        assert os.path.dirname(directory) == str(parent)
        assert os.stat(directory).st_mode & 0o777 == 0o700
        os.makedirs(os.path.join(directory, "a", "b"))
    assert os.listdir(parent) == []


def test_the_directory_is_removed_after_an_error(parent: Path):
    with pytest.raises(ZeroDivisionError), make_private_directory():
        raise ZeroDivisionError
    assert os.listdir(parent) == []


def test_the_directory_is_removed_if_its_mode_was_changed(parent: Path):
    with make_private_directory() as directory:
        write_private_file(os.path.join(directory, "token"), b"mine")
        os.chmod(directory, 0)
    assert os.listdir(parent) == []


def test_the_directory_is_removed_if_no_file_can_be_opened(parent: Path):
    resource = pytest.importorskip("resource")  # Windows lacks this module.
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    names = ("token", "config", "credentials", "sign-in.html")
    try:
        with make_private_directory() as directory:
            for name in names:
                write_private_file(os.path.join(directory, name), b"mine")
            resource.setrlimit(resource.RLIMIT_NOFILE, (3, limit[1]))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limit)
    assert os.listdir(parent) == []


def test_an_unlocked_directory_is_not_used(parent: Path):
    resource = pytest.importorskip("resource")  # Windows lacks this module.
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, limit[1]))
        with pytest.raises(OSError, match="Too many open files"), make_private_directory():
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limit)
    assert os.listdir(parent) == []


def test_only_the_directories_of_dead_processes_are_removed(parent: Path):
    abandoned = abandon(parent)
    with make_private_directory() as first:
        assert not abandoned.exists()
        with make_private_directory() as second:
            assert sorted(os.listdir(parent)) == sorted(map(os.path.basename, (first, second)))


def test_an_empty_abandoned_directory_is_removed(parent: Path):
    (parent / "cognito-credentials-12345678").mkdir(0o700)
    with make_private_directory() as directory:
        assert os.listdir(parent) == [os.path.basename(directory)]


def test_an_abandoned_sign_in_page_is_removed(parent: Path):
    directory = parent / "cognito-credentials-12345678"
    directory.mkdir(0o700)
    (directory / "sign-in.html").write_text("abandoned")
    with make_private_directory():
        assert not directory.exists()


def directory_without_token(parent: Path) -> Path:
    directory = abandon(parent)
    (directory / "token").unlink()
    return directory / "config"


def directory_with_subdirectory(parent: Path) -> Path:
    directory = abandon(parent)
    (directory / "mine").mkdir()
    return directory / "token"


def directory_with_link(parent: Path) -> Path:
    directory = abandon(parent)
    (directory / "link").symlink_to(parent)
    return directory / "token"


def link_to_directory(parent: Path) -> Path:
    (parent / "elsewhere").mkdir(0o700)
    (parent / "elsewhere" / "token").write_text("mine")
    (parent / "cognito-credentials-abcdefg0").symlink_to(parent / "elsewhere")
    return parent / "elsewhere" / "token"


def file(parent: Path) -> Path:
    path = parent / "cognito-credentials-abcdefg0"
    path.write_text("mine")
    return path


@pytest.mark.parametrize(
    "make",
    [
        lambda parent: abandon(parent, mode=0o750) / "token",
        lambda parent: abandon(parent, name="main") / "token",
        lambda parent: abandon(parent, name="abcdefg0-") / "token",
        directory_without_token,
        directory_with_subdirectory,
        directory_with_link,
        link_to_directory,
        file,
    ],
)
def test_an_entry_that_may_belong_to_another_program_is_retained(parent: Path, make):
    path = make(parent)
    with make_private_directory():
        assert path.read_text() in {"abandoned", "mine"}
    assert path.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can change the owner of a directory")
def test_the_directory_of_another_user_is_retained(parent: Path):
    directory = abandon(parent)
    os.chown(directory, 12345, 12345)
    with make_private_directory():
        assert (directory / "token").exists()


def test_nothing_is_removed_without_support_for_locks(parent: Path, monkeypatch):
    abandoned = abandon(parent)
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with make_private_directory() as directory:
        assert os.path.isdir(directory)
        assert abandoned.exists()
    assert os.listdir(parent) == [abandoned.name]


def test_concurrent_processes_do_not_remove_each_others_directories(parent: Path):
    """Before a new directory is locked, another process may consider it abandoned."""

    def use(_number: int) -> bool:
        with make_private_directory() as directory:
            write_private_file(os.path.join(directory, "token"), b"mine")
            return sorted(os.listdir(directory)) == ["token"]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(use, range(1000)))
    assert os.listdir(parent) == []
