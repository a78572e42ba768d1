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


def test_a_missing_token_is_created_and_loaded_again(tmp_path: Path):
    path = tmp_path / "token"
    token = load_or_create_token(str(path))
    assert path.read_bytes() == token.encode()
    assert len(token) == 43
    assert mode(path) == 0o600
    assert load_or_create_token(str(path)) == token
    assert sorted(os.listdir(tmp_path)) == ["home", "token"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_no_partial_file_remains_on_a_full_disk(tmp_path: Path):
    import resource

    path = tmp_path / "token"
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limit[1]))  # Writes fail as on a full disk.
    try:
        with pytest.raises(ConfigurationError, match=str(path)):
            load_or_create_token(str(path))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert os.listdir(tmp_path) == ["home"]


@pytest.mark.parametrize("token", [VALID, b"a/b+c=d-e_f.g~h" * 2, b"x" * 1024])
def test_a_token_of_the_user_is_loaded(tmp_path: Path, token: bytes):
    path = tmp_path / "token"
    write(path, token)
    assert load_or_create_token(str(path)) == token.decode()


@pytest.mark.parametrize(
    "contents", [b"", VALID[:-1], VALID + b"\n", VALID + b"\r\nX: y", b"x" * 1025, b"\xff" * 30]
)
def test_an_invalid_token_is_rejected_and_not_shown(tmp_path: Path, contents: bytes):
    path = tmp_path / "token"
    write(path, contents)
    with pytest.raises(ConfigurationError, match=str(path)) as caught:
        load_or_create_token(str(path))
    assert not contents or contents.decode("latin-1") not in str(caught.value)
    assert path.read_bytes() == contents


def test_a_token_that_other_users_can_read_is_rejected(tmp_path: Path):
    path = tmp_path / "token"
    path.write_bytes(VALID)
    path.chmod(0o640)
    with pytest.raises(ConfigurationError, match=str(path)) as caught:
        load_or_create_token(str(path))
    assert f"chmod 600 {path}" in caught.value.hint
    assert VALID.decode() not in str(caught.value)


def test_a_symbolic_link_is_rejected(tmp_path: Path):
    path = tmp_path / "token"
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigurationError, match=str(path)):
        load_or_create_token(str(path))
    assert not (tmp_path / "elsewhere").exists()


def test_a_missing_directory_is_an_error(tmp_path: Path):
    path = tmp_path / "missing" / "token"
    with pytest.raises(ConfigurationError, match=str(path)):
        load_or_create_token(str(path))


def test_concurrent_processes_create_a_single_token(tmp_path: Path):
    with ThreadPoolExecutor(8) as pool:
        for number in range(50):
            path = tmp_path / f"token-{number}"
            tokens = set(pool.map(load_or_create_token, [str(path)] * 8))
            assert tokens == {path.read_text()}
    assert len(os.listdir(tmp_path)) == 51  # The home directory is there, too.
