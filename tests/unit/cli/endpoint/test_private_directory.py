"""What is swept, and what is not; processes that are killed are in tests/cli."""

from __future__ import annotations

import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from cognito_credentials.cli.endpoint.private_directory import make_private_directory
from cognito_credentials.cli.endpoint.token_file import write_private_file

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def left(parent: Path, *, name: str = "abcdefg0", mode: int = 0o700) -> Path:
    """Leave what a process that was killed leaves."""
    folder = parent / f"cognito-credentials-{name}"
    folder.mkdir()
    for file in ("token", "config"):
        (folder / file).write_text("left")
    folder.chmod(mode)
    return folder


def test_it_is_private_and_goes(parent: Path):
    with make_private_directory() as folder:
        assert os.path.dirname(folder) == str(parent)
        assert os.stat(folder).st_mode & 0o777 == 0o700
        os.makedirs(os.path.join(folder, "a", "b"))
    assert os.listdir(parent) == []


def test_it_goes_with_an_error_too(parent: Path):
    with pytest.raises(ZeroDivisionError), make_private_directory():
        raise ZeroDivisionError
    assert os.listdir(parent) == []


def test_what_the_dead_left_is_swept_and_what_the_living_have_is_not(parent: Path):
    dead = left(parent)
    with make_private_directory() as first:
        assert not dead.exists()
        with make_private_directory() as second:
            assert sorted(os.listdir(parent)) == sorted(map(os.path.basename, (first, second)))


def test_an_empty_one_is_swept(parent: Path):
    (parent / "cognito-credentials-12345678").mkdir(0o700)
    with make_private_directory() as folder:
        assert os.listdir(parent) == [os.path.basename(folder)]


def without_token(parent: Path) -> Path:
    folder = left(parent)
    (folder / "token").unlink()
    return folder / "config"


def with_folders(parent: Path) -> Path:
    folder = left(parent)
    (folder / "mine").mkdir()
    return folder / "token"


def with_a_link(parent: Path) -> Path:
    folder = left(parent)
    (folder / "link").symlink_to(parent)
    return folder / "token"


def a_link(parent: Path) -> Path:
    (parent / "elsewhere").mkdir(0o700)
    (parent / "elsewhere" / "token").write_text("mine")
    (parent / "cognito-credentials-abcdefg0").symlink_to(parent / "elsewhere")
    return parent / "elsewhere" / "token"


def a_file(parent: Path) -> Path:
    file = parent / "cognito-credentials-abcdefg0"
    file.write_text("mine")
    return file


@pytest.mark.parametrize(
    "make",
    [
        lambda parent: left(parent, mode=0o750) / "token",
        lambda parent: left(parent, name="main") / "token",
        lambda parent: left(parent, name="abcdefg0-") / "token",
        without_token,
        with_folders,
        with_a_link,
        a_link,
        a_file,
    ],
)
def test_what_may_be_something_else_stays(parent: Path, make):
    file = make(parent)
    with make_private_directory():
        assert file.read_text() in {"left", "mine"}
    assert file.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_another_users_stays(parent: Path):
    folder = left(parent)
    os.chown(folder, 12345, 12345)
    with make_private_directory():
        assert (folder / "token").exists()


def test_where_there_are_no_locks_nothing_is_swept(parent: Path, monkeypatch):
    dead = left(parent)
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with make_private_directory() as folder:
        assert os.path.isdir(folder)
        assert dead.exists()
    assert os.listdir(parent) == [dead.name]


def test_many_at_once_sweep_nothing_that_lives(parent: Path):
    """Each sweeps while the others make theirs, and a folder is not locked as soon as it is there."""

    def use(_number: int) -> bool:
        with make_private_directory() as folder:
            write_private_file(os.path.join(folder, "token"), b"mine")
            return sorted(os.listdir(folder)) == ["token"]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(use, range(1000)))
    assert os.listdir(parent) == []
