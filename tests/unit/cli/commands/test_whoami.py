from __future__ import annotations

import json
import os

import pytest
from cli_world import one_world, world

from cognito_credentials._core.timestamps import iso_timestamp
from cognito_credentials.cli import program
from cognito_credentials.cli.commands import whoami
from cognito_credentials.cli.terminal.output import Output
from cognito_credentials.stores import FileStore

__all__ = ["one_world", "world"]


@pytest.fixture
def store(home):
    return FileStore()


def secrets_in(store, never_printed):
    """Register the secrets of what is stored, so that printing one fails the test."""
    for key in store.list_keys():
        if key.startswith("credentials:"):
            credentials = json.loads(store.get(key))["credentials"]
            yield never_printed(credentials["secret_access_key"])
            yield never_printed(credentials["session_token"])
            yield credentials["access_key_id"]


def test_a_guest(world, store, never_printed):
    facts = json.loads(world.run("whoami", "--json").out)
    *_, key_id = secrets_in(store, never_printed)
    assert facts["identity_id"].startswith("us-east-1:")
    assert facts["identity_pool_id"] == world.pool
    assert facts["region"] == "us-east-1"
    assert facts["role"].startswith("role-")
    assert facts["account"] == world.emulator.account_id
    assert facts["role_unknown"] is None
    assert facts["logins"] == []
    assert facts["access_key_id"] == f"{key_id[:4]}…{key_id[-4:]}"
    assert 3_500 < facts["seconds_left"] <= 3_600
    assert facts["expiration"].endswith("Z")
    assert not facts["is_from_store"]
    assert json.loads(world.run("whoami", "--json").out) == {
        **facts,
        "is_from_store": True,
        "seconds_left": pytest.approx(facts["seconds_left"], abs=60),
    }


def test_a_file_that_is_not_read_is_told_once(world, store, caplog):
    world.run("whoami")
    (key,) = (key for key in store.list_keys() if key.startswith("identity-id:"))
    os.chmod(store._file_of(key), 0o644)
    caplog.clear()
    assert world.run("whoami").status == 0
    (said,) = (record.message for record in caplog.records if record.levelname == "WARNING")
    assert f"{store._file_of(key)} is not read" in said


def test_the_table(world, store, never_printed):
    assert world.run("whoami").status == 0
    said = world.run("whoami")
    assert tuple(secrets_in(store, never_printed))[2] not in said.out
    rows = dict(line.split("  ", 1) for line in said.out.splitlines())
    assert list(rows) == [
        "identity",
        "pool",
        "region",
        "role",
        "account",
        "login",
        "access key",
        "time left",
    ]
    assert rows["login"].strip() == "- (a guest)"
    assert "from the store" in rows["time left"]
    assert said.err == ""


def test_a_user_is_named_by_the_beginning_of_the_subject(world):
    user = world.sign_in()
    seen = len(world.emulator.calls)
    facts = json.loads(world.run("whoami", "--json", user.login).out)
    (login,) = facts["logins"]
    assert login["key"] == user.key
    assert login["subject"] == f"{user.claims['sub'][:8]}…"
    assert login["expiration"] == iso_timestamp(user.claims["exp"])
    assert world.calls_after(seen) == ["GetId", "GetCredentialsForIdentity", "GetCallerIdentity"]
    assert (
        f"{user.key} ({user.claims['sub'][:8]}…), token ends" in world.run("whoami", user.login).out
    )


def test_each_login_is_asked_once(world, tmp_path):
    user = world.sign_in()
    count = tmp_path / "count"
    command = f"{user.key}=cmd:sh -c 'echo >> {count}; cat {user.token_file}'"
    assert world.run("whoami", "--login", command).status == 0
    assert count.read_text() == "\n"


def test_where_sts_does_not_answer_the_rest_is_shown(world):
    world.emulator.fail("GetCallerIdentity", "AccessDenied", "not here", status=403)
    facts = json.loads(world.run("whoami", "--json").out)
    assert (facts["role"], facts["account"]) == (None, None)
    assert "GetCallerIdentity failed with AccessDenied: not here" in facts["role_unknown"]
    world.emulator.fail("GetCallerIdentity", "AccessDenied", "not here", status=403)
    said = world.run("whoami", "--account-id", "111122223333")
    assert "account     111122223333\n" in said.out
    assert "role        - (GetCallerIdentity failed with AccessDenied: not here" in said.out


def test_an_identity_has_no_pool_that_is_known(world):
    identity = json.loads(world.run("whoami", "--json").out)["identity_id"]
    facts = json.loads(world.run("whoami", "--json", "--identity-id", identity).out)
    assert (facts["identity_id"], facts["identity_pool_id"]) == (identity, None)


def test_debug_says_where_values_came_from(world):
    said = world.run("whoami", "--json", "--debug")
    assert json.loads(said.out)
    assert "identity_pool_id = " in said.err


def test_nobody_is_an_error(capsys):
    assert program.main(["whoami"]) == 2
    assert "no identity pool is named" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arn", "role"),
    [
        ("arn:aws:sts::123456789012:assumed-role/game/session", "game"),
        ("arn:aws:iam::123456789012:user/somebody", "arn:aws:iam::123456789012:user/somebody"),
        ("odd", "odd"),
    ],
)
def test_roles(arn, role):
    assert whoami.role_of(arn) == role


def test_subjects_are_cut():
    assert whoami.shortened(None) is None
    assert whoami.shortened("12345678") == "12345678"
    assert whoami.shortened("123456789") == "12345678…"


def test_an_ended_token_is_said_to_be(capsys):
    import sys

    out = Output(sys.stdout)
    login = {"key": "accounts.google.com", "subject": None, "expiration": "2001-01-01T00:00:00Z"}
    assert whoami._login(login, out) == "accounts.google.com, token ended 2001-01-01T00:00:00Z"
    assert whoami._login(login | {"expiration": None}, out) == "accounts.google.com"
