from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from cognito_credentials.cli.endpoint.token_file import (
    generate_token,
    load_or_create_token,
    write_private_file,
)
from cognito_credentials.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

GOOD = b"0123456789abcdefghijkl"


def mode(path: str | Path) -> int:
    return os.stat(path).st_mode & 0o777


def test_a_token_has_256_bits_and_no_other_has_it():
    tokens = {generate_token() for _ in range(100)}
    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {43}  # of 6 bits each


def test_a_file_is_private(tmp_path: Path):
    path = write_private_file(str(tmp_path / "token"), b"contents")
    assert mode(path) == 0o600
    with open(path, "rb") as file:
        assert file.read() == b"contents"


def test_what_is_there_is_not_written_over(tmp_path: Path):
    (tmp_path / "token").write_bytes(b"another's")
    with pytest.raises(FileExistsError):
        write_private_file(str(tmp_path / "token"), b"contents")


def test_a_missing_token_is_made_and_kept(tmp_path: Path):
    path = tmp_path / "token"
    token = load_or_create_token(str(path))
    assert path.read_bytes() == token.encode()
    assert len(token) == 43
    assert mode(path) == 0o600
    assert load_or_create_token(str(path)) == token
    assert sorted(os.listdir(tmp_path)) == ["home", "token"]


@pytest.mark.skipif(os.name == "nt", reason="no such limit")
def test_a_full_disk_has_nothing_left_on_it(tmp_path: Path):
    import resource

    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limit[1]))  # as on a disk that is full
    try:
        with pytest.raises(ConfigurationError, match="cannot be made"):
            load_or_create_token(str(tmp_path / "token"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert os.listdir(tmp_path) == ["home"]


@pytest.mark.parametrize("token", [GOOD, b"a/b+c=d-e_f.g~h" * 2, b"x" * 1024])
def test_a_token_of_the_users_own_is_taken(tmp_path: Path, token: bytes):
    path = tmp_path / "token"
    path.touch(0o600)
    path.write_bytes(token)
    assert load_or_create_token(str(path)) == token.decode()


@pytest.mark.parametrize(
    "contents", [b"", GOOD[:-1], GOOD + b"\n", GOOD + b"\r\nX: y", b"x" * 1025, b"\xff" * 30]
)
def test_what_is_no_token_is_refused_and_not_shown(tmp_path: Path, contents: bytes):
    path = tmp_path / "token"
    path.touch(0o600)
    path.write_bytes(contents)
    with pytest.raises(ConfigurationError, match="holds no token") as caught:
        load_or_create_token(str(path))
    assert "Name another file" in caught.value.hint
    assert not contents or contents.decode("latin-1") not in str(caught.value)
    assert path.read_bytes() == contents


def test_a_token_that_others_can_read_is_refused(tmp_path: Path):
    path = tmp_path / "token"
    path.write_bytes(GOOD)
    path.chmod(0o640)
    with pytest.raises(ConfigurationError, match="other users") as caught:
        load_or_create_token(str(path))
    assert f"chmod 600 {path}" in caught.value.hint
    assert GOOD.decode() not in str(caught.value)


def test_a_link_is_refused(tmp_path: Path):
    (tmp_path / "token").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigurationError, match="link"):
        load_or_create_token(str(tmp_path / "token"))


def test_a_folder_that_is_missing_is_said(tmp_path: Path):
    path = tmp_path / "missing" / "token"
    with pytest.raises(ConfigurationError) as caught:
        load_or_create_token(str(path))
    assert caught.value.message == f"token file {path} cannot be made: No such file or directory"
    assert "Make its folder" in caught.value.hint


def test_of_many_that_make_it_at_once_all_have_the_same(tmp_path: Path):
    with ThreadPoolExecutor(8) as pool:
        for number in range(50):
            path = tmp_path / f"token-{number}"
            tokens = set(pool.map(load_or_create_token, [str(path)] * 8))
            assert tokens == {path.read_text()}
    assert len(os.listdir(tmp_path)) == 51  # with the home
