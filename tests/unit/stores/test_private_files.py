from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path

import pytest
from special_files import KINDS, make_special_file

import cognito_credentials
from cognito_credentials.stores import _private_files as files

pytestmark = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="requires POSIX permissions")


@pytest.fixture
def file(tmp_path):
    return str(tmp_path / "entry")


def create(path: str, contents: bytes = b"value", mode: int = 0o600) -> None:
    with open(path, "wb") as file:
        file.write(contents)
    os.chmod(path, mode)


def test_a_replaced_file_has_the_new_contents_and_is_private(file):
    files.replace(file, b"one")
    files.replace(file, b"two")
    assert files.read(file) == b"two"
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert os.listdir(os.path.dirname(file)) == ["entry"]


def test_an_error_names_the_file_and_not_the_temporary_file(file):
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
    with pytest.raises(files.UnusableFileError, match=kind):
        files.replace(path, b"one")
    assert (os.lstat(path).st_ino, os.lstat(path).st_mode) == (before.st_ino, before.st_mode)
    assert sorted(os.listdir(tmp_path)) == names


def test_no_other_function_renames_files():
    package = Path(cognito_credentials.__file__).parent
    calls = re.compile(r"\bos\.(replace|rename|renames)\(|\bshutil\.move\(")
    found = [path for path in package.rglob("*.py") for _ in calls.findall(path.read_text("utf-8"))]
    assert found == [Path(files.__file__)]


@pytest.mark.parametrize("target", ["missing", "entry"])
def test_a_dangling_link_is_replaced(file, target):
    os.symlink(target, file)
    files.replace(file, b"one")
    assert files.read(file) == b"one"


def test_a_file_is_private_with_any_umask(file):
    umask = os.umask(0)
    try:
        files.replace(file, b"one")
    finally:
        os.umask(umask)
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600


def test_a_missing_file_has_no_contents(file):
    assert files.read(file) is None
    files.remove(file)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o666])
def test_a_file_that_other_users_can_access_is_not_read(file, mode):
    create(file, mode=mode)
    with pytest.raises(files.WrongPermissionsError):
        files.read(file)


@pytest.mark.skipif(
    getattr(os, "geteuid", int)() != 0, reason="only root can change the owner of a file"
)
def test_a_file_of_another_user_is_not_read(file):
    create(file)
    os.chown(file, 65534, 65534)
    with pytest.raises(files.WrongPermissionsError):
        files.read(file)


def test_links_directories_and_pipes_are_not_read(file, tmp_path):
    create(str(tmp_path / "other"))
    os.symlink(tmp_path / "other", file)
    with pytest.raises(files.UnusableFileError):
        files.read(file)
    os.unlink(file)
    os.mkdir(file, 0o700)
    with pytest.raises(files.UnusableFileError):
        files.read(file)
    os.rmdir(file)
    os.mkfifo(file, 0o600)
    with pytest.raises(files.UnusableFileError):
        files.read(file)


def test_a_file_that_is_too_large_is_not_read(file):
    create(file, b"x" * (files.MAX_FILE_BYTES + 1))
    with pytest.raises(files.UnusableFileError):
        files.read(file)


def test_a_link_is_replaced_and_its_target_is_unchanged(file, tmp_path):
    create(str(tmp_path / "other"), b"target")
    os.symlink(tmp_path / "other", file)
    files.replace(file, b"new")
    assert files.read(file) == b"new"
    assert (tmp_path / "other").read_bytes() == b"target"


def test_a_failed_replacement_does_not_change_the_file(file, tmp_path):
    files.replace(file, b"one")
    with pytest.raises(TypeError):
        files.replace(file, "not bytes")  # type: ignore[arg-type]
    assert files.read(file) == b"one"
    assert os.listdir(tmp_path) == ["entry"]


def test_only_old_temporary_files_are_removed(file):
    create(file)
    files.remove_stale(file)
    assert files.read(file) == b"value"
    os.utime(file, (0, 0))
    files.remove_stale(file)
    assert files.read(file) is None
    files.remove_stale(file)


def test_a_missing_directory_is_created_for_this_user_only(tmp_path):
    files.make_parent(str(tmp_path / "new" / "entry"))
    files.make_parent(str(tmp_path / "new" / "other"))
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_a_replaced_file_can_be_readable_for_others(file):
    files.replace(file, b"one", mode=0o644)
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o644


def test_an_error_of_the_file_system_is_raised_unchanged(file):
    create(file)
    with pytest.raises(NotADirectoryError):
        files.read(f"{file}/entry")


class TestWithoutHardLinks:
    @pytest.fixture(autouse=True)
    def file_system(self, monkeypatch):
        def link(*_):
            raise OSError(self.error, "no hard links")

        self.error = errno.EPERM
        monkeypatch.setattr(os, "link", link)

    def test_a_file_is_created_once(self, file):
        assert files.create(file, b"one")
        assert not files.create(file, b"two")
        assert files.read(file) == b"one"

    def test_another_error_is_raised(self, file):
        self.error = errno.EIO
        with pytest.raises(OSError, match="no hard links"):
            files.create(file, b"one")
        assert os.listdir(os.path.dirname(file)) == []
