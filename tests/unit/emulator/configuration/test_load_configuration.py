"""Errors in configuration files, which must name the line and the key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cognito_credentials.emulator.configuration.model import load_configuration
from cognito_credentials.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

POOL = """\
[[identity_pools]]
id = "us-east-1:11111111-2222-3333-4444-555555555555"
name = "game"
signed_in = []
"""
SECOND_POOL = POOL.replace("1:1", "1:2")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "emulator.toml"


# Each case: the file, the line and the key in the message, and a word of the hint.
ERRORS = {
    "unknown table": ("[[identity_pool]]\n", 1, "identity_pool", "identity_pools"),
    "unknown key": (POOL + 'guets = ""\n', 5, "identity_pools[0].guets", "guests"),
    "a dash": (POOL + SECOND_POOL + "social-providers = {}\n", 9, "social-providers", "social_p"),
    "nothing similar": (POOL + "zzz = 1\n", 5, "identity_pools[0].zzz", "known keys"),
    "missing ID": (POOL.replace("id =", "# id ="), 1, "identity_pools[0]", "id"),
    "bad ID": (POOL.replace("us-east-1:", ""), 2, "identity_pools[0].id", "id"),
    "uppercase ID": (POOL.replace("5555", "AAAA"), 2, "identity_pools[0].id", "id"),
    "empty name": (POOL.replace("game", ""), 3, "identity_pools[0].name", "name"),
    "wrong type": (POOL + "basic_flow = 1\n", 5, "identity_pools[0].basic_flow", "basic_flow"),
    "a table in place of an array": ("[identity_pools]\n", 1, "identity_pools", "identity_pools"),
    "a string in an array of tables": (POOL + 'users = ["a"]\n', 5, "users[0]", "emulator-state"),
    "an array of numbers": (POOL + "oidc_providers = [1]\n", 5, "oidc_providers[0]", "oidc"),
    "duplicate ID": (POOL + POOL, 6, "identity_pools[1].id", "different"),
    "no identities": (POOL.replace("signed_in", "# "), 1, "identity_pools[0]", "guests"),
    "users without permissions": (
        POOL.replace("signed_in", "guests") + "users = []\n",
        5,
        "identity_pools[0].users",
        "signed_in",
    ),
    "a client without users": (POOL + 'client_id = "x"\n', 5, "client_id", "users"),
    "undeclared provider": (
        POOL + 'oidc_providers = ["https://x"]\n',
        5,
        "identity_pools[0].oidc_providers",
        "Declare",
    ),
    "a key of an inline table": (
        POOL + 'guests = [\n  { Action = "s3:*", Resource = "*" },\n  { Actions = "s3:*" },\n]\n',
        7,
        "identity_pools[0].guests[1].Actions",
        "Action",
    ),
    "a key of a table in an array": (
        POOL + SECOND_POOL + '\n[[identity_pools.users]]\nname = "a"\npass_word = "x"\n',
        12,
        "identity_pools[1].users[0].pass_word",
        "password",
    ),
    "a quoted key": (
        POOL + '[identity_pools.social_providers]\n"accounts.google.com" = 5\n',
        6,
        "social_providers.accounts.google.com",
        "accounts",
    ),
    "a dotted key": (POOL + "tags.stage = 5\n", 5, "identity_pools[0].tags.stage", "stage"),
    "bad provider URL": ('[[oidc_providers]]\nurl = "example.com"\n', 2, "url", "url"),
    "the form of a URL": ('[[oidc_providers]]\nurl = "a.example"\n', 2, "http or https", "url"),
    "the form of an ID": (POOL.replace("us-east-1:", ""), 2, "a lowercase UUID", "id"),
    "an object that is a number": (
        '[[buckets]]\nname = "b"\nobjects = { x = 5 }\n',
        3,
        "must be a string, or a table",
        "emulator-state",
    ),
    "a missing file": (
        '[[buckets]]\nname = "b"\n[buckets.objects]\nx = { file = "missing" }\n',
        4,
        "buckets[0].objects.x.file",
        "relative",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_name_the_file_the_line_and_the_key(path: Path, name: str):
    text, line, key, hint = ERRORS[name]
    path.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load_configuration(path)
    assert f"{path}, line {line}: " in str(caught.value)
    assert key in str(caught.value)
    assert hint in str(caught.value.hint)


def test_invalid_toml_is_reported_with_its_line(path: Path):
    path.write_text("[[identity_pools]]\nid = \n")
    with pytest.raises(ConfigurationError, match="line 2") as caught:
        load_configuration(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("data", [b"\xff", b'x = "\x00"', b"x = " + b"[" * 100_000])
def test_files_that_are_not_toml_are_rejected(path: Path, data: bytes):
    path.write_bytes(data)
    with pytest.raises(ConfigurationError, match="not valid TOML"):
        load_configuration(path)


def test_missing_and_huge_files_are_rejected(path: Path, tmp_path: Path):
    for bad, reason in ((path, "no such file"), (tmp_path, "not a file")):
        with pytest.raises(ConfigurationError, match=f"cannot be read: .*{reason}"):
            load_configuration(bad)
    path.write_bytes(b"#" * 1024 * 1024 + b"\n")
    with pytest.raises(ConfigurationError, match="larger"):
        load_configuration(path)


def test_a_byte_order_mark_is_ignored(path: Path):
    path.write_bytes(b"\xef\xbb\xbf" + POOL.encode())
    assert load_configuration(path).pools[0].name == "game"


def test_passwords_are_not_printed(path: Path):
    path.write_text(POOL + 'users = [{ name = "a", password = "Secret-pass-1" }]\n')
    assert "Secret-pass-1" not in repr(load_configuration(path).pools[0].users)
    path.write_text(POOL + 'users = [{ name = 5, password = "Secret-pass-1" }]\n')
    with pytest.raises(ConfigurationError) as caught:
        load_configuration(path)
    assert "Secret-pass-1" not in f"{caught.value} {caught.value.hint}"
