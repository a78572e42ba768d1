from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from cognito_credentials._endpoint.token_file import (
    generate_token,
    replace_token,
    write_private_file,
)
from cognito_credentials.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

VALID = b"0123456789abcdefghijkl"


def mode(path: str | Path) -> int:
    return os.stat(path).st_mode & 0o777


def write(path: Path, contents: bytes) -> None:
    path.touch(0o600)
    path.write_bytes(contents)


def test_a_token_is_unique_and_has_256_bits():
    tokens = {generate_token() for _ in range(100)}
    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {43}  # 6 bits each


def test_a_private_file_is_readable_by_its_owner_only(tmp_path: Path):
    path = write_private_file(str(tmp_path / "token"), b"contents")
    assert mode(path) == 0o600
    with open(path, "rb") as file:
        assert file.read() == b"contents"


def test_an_existing_file_is_not_overwritten(tmp_path: Path):
    (tmp_path / "token").write_bytes(b"another's")
    with pytest.raises(FileExistsError):
        write_private_file(str(tmp_path / "token"), b"contents")


def test_a_missing_file_is_created(tmp_path: Path):
    path = tmp_path / "token"
    replace_token(str(path), VALID.decode())
    assert path.read_bytes() == VALID
    assert mode(path) == 0o600


@pytest.mark.parametrize("contents", [b"", VALID, b"a/b+c=d-e_f.g~h" * 2, b"x" * 1024], ids=len)
def test_an_earlier_token_is_replaced(tmp_path: Path, contents: bytes):
    path = tmp_path / "token"
    write(path, contents)
    with open(path, "rb") as earlier:
        token = generate_token()
        replace_token(str(path), token)
        assert path.read_bytes() == token.encode()
        assert earlier.read() == contents  # An open file keeps the old contents.
    assert mode(path) == 0o600
    assert os.listdir(tmp_path) == ["token"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_no_partial_file_remains_on_a_full_disk(tmp_path: Path):
    import resource

    path = tmp_path / "token"
    write(path, VALID)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limit[1]))  # Make writes fail, as on a full disk.
    try:
        with pytest.raises(ConfigurationError, match=str(path)):
            replace_token(str(path), generate_token())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert path.read_bytes() == VALID
    assert os.listdir(tmp_path) == ["token"]


@pytest.mark.parametrize(
    "contents", [VALID[:-1], VALID + b"\n", VALID + b"\r\nX: y", b"x" * 1025, b"\xff" * 30]
)
def test_a_file_with_other_contents_is_rejected_and_not_shown(tmp_path: Path, contents: bytes):
    path = tmp_path / "token"
    write(path, contents)
    with pytest.raises(ConfigurationError, match=str(path)) as caught:
        replace_token(str(path), generate_token())
    assert contents.decode("latin-1") not in str(caught.value)
    assert path.read_bytes() == contents


def test_a_file_that_other_users_can_read_is_rejected(tmp_path: Path):
    path = tmp_path / "token"
    path.write_bytes(VALID)
    path.chmod(0o640)
    with pytest.raises(ConfigurationError, match=str(path)) as caught:
        replace_token(str(path), generate_token())
    assert "chmod" not in caught.value.hint
    assert "another file" in caught.value.hint
    assert path.read_bytes() == VALID
    assert VALID.decode() not in str(caught.value)


def test_a_symbolic_link_is_rejected(tmp_path: Path):
    path = tmp_path / "token"
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigurationError, match=str(path)):
        replace_token(str(path), generate_token())
    assert not (tmp_path / "elsewhere").exists()


def test_a_missing_directory_is_created(tmp_path: Path):
    path = tmp_path / ".aws" / "token"
    replace_token(str(path), token := generate_token())
    assert path.read_text() == token
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_path_of_which_more_is_missing_is_an_error(tmp_path: Path):
    path = tmp_path / "misspelled" / ".aws" / "token"
    with pytest.raises(ConfigurationError, match=str(path)):
        replace_token(str(path), generate_token())
    assert not (tmp_path / "misspelled").exists()


@pytest.mark.skipif(os.name == "nt", reason="named pipes")
def test_a_named_pipe_is_rejected_and_not_replaced(tmp_path: Path):
    path = tmp_path / "token"
    os.mkfifo(path, 0o600)
    with pytest.raises(ConfigurationError, match=str(path)):
        replace_token(str(path), generate_token())
    assert path.is_fifo()
