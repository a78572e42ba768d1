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


# Each case: the file, the line number and key that the message names, and a word from the hint.
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
    "a string in an array of tables": (POOL + 'users = ["a"]\n', 5, "users[0]", "users[0]"),
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
    "bad bucket name": ('[[buckets]]\nname = "G"\n', 2, "buckets[0].name", "name"),
    "unknown attribute": (
        POOL + 'users = [\n  { name = "a", password = "p", attributes = { emial = "x" } },\n]\n',
        6,
        "attributes.emial is not a standard attribute; did you mean 'email'?",
        "attribute",
    ),
    "a role that is not declared": (
        POOL + 'users = [{ name = "a", password = "p", groups = ["admins"] }]\n',
        5,
        "users[0].groups names 'admins'",
        "roles.admins = []",
    ),
    "a mapping of an unknown provider": (
        POOL + '[identity_pools.role_mappings]\n"accounts.google.com" = {}\n',
        6,
        "role_mappings.accounts.google.com is not a login provider",
        "none",
    ),
    "a rule with an unknown match": (
        POOL
        + 'social_providers = { "accounts.google.com" = "app" }\n'
        + '[[identity_pools.role_mappings."accounts.google.com".rules]]\n'
        + 'claim = "email"\nmatch = "Like"\nvalue = "a"\nrole = "x"\n'
        + "[identity_pools.roles]\nx = []\n",
        8,
        "match must be one of Equals, NotEqual",
        "match",
    ),
    "a bad resolution": (
        POOL + 'users = []\nrole_mappings.users = { ambiguous_role = "deny" }\n',
        6,
        "ambiguous_role must be AuthenticatedRole or Deny",
        "ambiguous_role",
    ),
    "a bad role name": (POOL + 'roles = { "a b" = [] }\n', 5, "roles.a b must consist", "Rename"),
    "tags of an unknown provider": (
        POOL + 'users = []\nprincipal_tags = { user = { team = "team" } }\n',
        6,
        "principal_tags.user is not a login provider",
        "users",
    ),
    "a tag that is a number": (
        POOL + "users = []\nprincipal_tags = { users = { team = 5 } }\n",
        6,
        "principal_tags.users.team must be a string",
        "team",
    ),
    "undeclared SAML provider": (
        POOL + 'saml_providers = ["corp"]\n',
        5,
        "identity_pools[0].saml_providers[0]",
        "[[saml_providers]]",
    ),
    "SAML without metadata": ('[[saml_providers]]\nname = "corp"\n', 1, "metadata", "metadata"),
    "a table without a key": ('[[tables]]\nname = "t"\n', 1, "tables[0] has no key", "key"),
    "an item with a date": (
        '[[tables]]\nname = "t"\nkey = "k"\nitems = [\n  { k = "a", d = 2026-11-30 },\n]\n',
        5,
        "tables[0].items[0].d",
        "strings",
    ),
    "an item with an infinite number": (
        '[[tables]]\nname = "t"\nkey = "k"\nitems = [{ k = "a", n = inf }]\n',
        4,
        "tables[0].items[0].n",
        "inf",
    ),
    "a line of a string that looks like a key": (
        '[[buckets]]\nname = "good"\nobjects.a = """\n[[buckets]]\nname = "x"\n"""\nzzz = "b"\n',
        7,
        "buckets[0].zzz",
        "known keys",
    ),
    "a comment that looks like a key": (
        POOL + 'guests = [\n# Actions = "x"\n  { Actions = "s3:*" },\n]\n',
        7,
        "guests[0].Actions",
        "Action",
    ),
    "an object that is a number": (
        '[[buckets]]\nname = "bbb"\nobjects = { x = 5 }\n',
        3,
        "must be a string, or a table",
        "buckets[0].objects.x",
    ),
    "a missing file": (
        '[[buckets]]\nname = "bbb"\n[buckets.objects]\nx = { file = "missing" }\n',
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
    with pytest.raises(ConfigurationError, match="cannot be parsed"):
        load_configuration(path)


@pytest.mark.parametrize(
    "text",
    [
        f"{'a.' * 200_000}a = 1\n",
        f"[{'a . ' * 200_000}a]\n",
        f"x = {{ {'.'.join(['a'] * 200_000)} = 1 }}\n",
        '"a".' * 200_000 + "a = 1\n",
    ],
    ids=["key", "header", "inline", "quoted"],
)
def test_keys_with_many_parts_are_rejected_before_they_are_parsed(path: Path, text: str):
    path.write_text(text)
    with pytest.raises(ConfigurationError, match="32 parts") as caught:
        load_configuration(path)
    assert len(str(caught.value)) < 1000


def test_strings_and_comments_may_contain_many_periods(path: Path):
    dots = "a." * 1000
    path.write_text(f"# {dots}\n{POOL}tags = {{ '{dots}' = \"{dots}\" }}\nguests = [] # {dots}\n")
    assert load_configuration(path).pools[0].settings["IdentityPoolTags"] == {dots: dots}


def test_messages_do_not_repeat_long_values(path: Path):
    for text in (f"{'a' * 100_000} = 1\n", POOL.replace("us-east-1:", "x" * 100_000)):
        path.write_text(text)
        with pytest.raises(ConfigurationError) as caught:
            load_configuration(path)
        assert len(f"{caught.value}{caught.value.hint}") < 1000


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
