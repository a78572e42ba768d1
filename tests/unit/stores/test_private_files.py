from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest
from special_files import KINDS, make_special_file

import cognito_credentials
from cognito_credentials.stores import _private_files as files

pytestmark = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="POSIX's rights")


@pytest.fixture
def file(tmp_path):
    return str(tmp_path / "entry")


def put(file: str, contents: bytes = b"value", mode: int = 0o600) -> None:
    with open(file, "wb") as opened:
        opened.write(contents)
    os.chmod(file, mode)


def test_what_was_replaced_is_read_and_only_ours(file):
    files.replace(file, b"one")
    files.replace(file, b"two")
    assert files.read(file) == b"two"
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert sorted(os.listdir(os.path.dirname(file))) == ["entry", "home"]


def test_what_cannot_be_replaced_is_named_and_not_the_unfinished_file(file):
    with pytest.raises(FileNotFoundError) as missing:
        files.replace(os.path.join(file, "none", "entry"), b"one")
    assert missing.value.filename == os.path.join(file, "none", "entry")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("is_linked", [False, True])
def test_only_a_regular_file_is_replaced(file, tmp_path, kind, is_linked):
    special = str(tmp_path / "special")
    make_special_file(special, kind)
    path = special
    if is_linked:
        path = file
        os.symlink("special", path)
    before, names = os.lstat(path), sorted(os.listdir(tmp_path))
    with pytest.raises(files.UnusableFileError, match=f"^it is {kind}, not a regular file$"):
        files.replace(path, b"one")
    assert (os.lstat(path).st_ino, os.lstat(path).st_mode) == (before.st_ino, before.st_mode)
    assert sorted(os.listdir(tmp_path)) == names


def test_one_function_renames_files():
    package = Path(cognito_credentials.__file__).parent
    calls = re.compile(r"\bos\.(replace|rename|renames)\(|\bshutil\.move\(")
    found = [path for path in package.rglob("*.py") for _ in calls.findall(path.read_text("utf-8"))]
    assert found == [Path(files.__file__)]


@pytest.mark.parametrize("target", ["missing", "entry"])
def test_a_link_that_leads_nowhere_is_replaced(file, target):
    os.symlink(target, file)
    files.replace(file, b"one")
    assert files.read(file) == b"one"


def test_a_wide_umask_makes_no_difference(file):
    before = os.umask(0)
    try:
        files.replace(file, b"one")
    finally:
        os.umask(before)
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600


def test_what_is_missing_is_none(file):
    assert files.read(file) is None
    files.remove(file)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o666])
def test_what_others_can_reach_is_not_read(file, mode):
    put(file, mode=mode)
    with pytest.raises(files.UnusableFileError, match="other users"):
        files.read(file)


@pytest.mark.skipif(getattr(os, "geteuid", int)() != 0, reason="only root can give files away")
def test_what_belongs_to_another_is_not_read(file):
    put(file)
    os.chown(file, 65534, 65534)
    with pytest.raises(files.UnusableFileError, match="another user"):
        files.read(file)


def test_links_folders_and_pipes_are_not_read(file, tmp_path):
    put(str(tmp_path / "other"))
    os.symlink(tmp_path / "other", file)
    with pytest.raises(files.UnusableFileError, match="link"):
        files.read(file)
    os.unlink(file)
    os.mkdir(file, 0o700)
    with pytest.raises(files.UnusableFileError, match="no file"):
        files.read(file)
    os.rmdir(file)
    os.mkfifo(file, 0o600)
    with pytest.raises(files.UnusableFileError, match="no file"):
        files.read(file)


def test_what_is_too_large_is_not_read(file):
    put(file, b"x" * (files.LARGEST + 1))
    with pytest.raises(files.UnusableFileError, match="too large"):
        files.read(file)


def test_a_link_is_replaced_and_what_it_leads_to_is_not_touched(file, tmp_path):
    put(str(tmp_path / "other"), b"theirs")
    os.symlink(tmp_path / "other", file)
    files.replace(file, b"ours")
    assert files.read(file) == b"ours"
    assert (tmp_path / "other").read_bytes() == b"theirs"


def test_a_replacement_that_fails_leaves_what_was_there(file, tmp_path):
    files.replace(file, b"one")
    with pytest.raises(TypeError):
        files.replace(file, "not bytes")  # type: ignore[arg-type]
    assert files.read(file) == b"one"
    assert sorted(os.listdir(tmp_path)) == ["entry", "home"]


def test_only_what_is_old_and_unfinished_is_swept(file):
    put(file)
    files.sweep(file)
    assert files.read(file) == b"value"
    os.utime(file, (0, 0))
    files.sweep(file)
    assert files.read(file) is None
    files.sweep(file)
