from __future__ import annotations

import json
import os
import sys

import pytest
from cli_world import shared_world, world

from cognito_credentials._core.timestamps import iso_timestamp
from cognito_credentials.cli import program
from cognito_credentials.cli.commands import whoami
from cognito_credentials.cli.identities.recorded_logins import RecordedLogin
from cognito_credentials.cli.terminal.output import Output
from cognito_credentials.stores import FileStore

__all__ = ["shared_world", "world"]


@pytest.fixture
def store(home):
    return FileStore()


def list_secrets(store, never_printed):
    """Register the stored secrets, so that the test fails if one of them is printed."""
    for key in store.list_keys():
        if key.startswith("credentials:"):
            credentials = json.loads(store.get(key))["credentials"]
            yield never_printed(credentials["secret_access_key"])
            yield never_printed(credentials["session_token"])
            yield credentials["access_key_id"]


def test_report_on_a_guest(world, store, never_printed):
    report = json.loads(world.run("whoami", "--json").out)
    *_, key_id = list_secrets(store, never_printed)
    assert report["identity_id"].startswith("us-east-1:")
    assert report["identity_pool_id"] == world.pool
    assert report["region"] == "us-east-1"
    assert report["role"].startswith("role-")
    assert report["account"] == world.emulator.account_id
    assert report["role_unknown"] is None
    assert report["logins"] == []
    assert report["access_key_id"] == f"{key_id[:4]}…{key_id[-4:]}"
    assert 3_500 < report["seconds_left"] <= 3_600
    assert report["expiration"].endswith("Z")
    assert not report["is_from_store"]
    assert json.loads(world.run("whoami", "--json").out) == {
        **report,
        "is_from_store": True,
        "seconds_left": pytest.approx(report["seconds_left"], abs=60),
    }


def test_an_unreadable_file_is_reported_once(world, store, caplog):
    world.run("whoami")
    for name in os.listdir(store.path):
        os.chmod(os.path.join(store.path, name), 0o644)
    caplog.clear()
    assert world.run("whoami").status == 0
    warnings = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert len([text for text in warnings if store.path in text]) == 2


def test_rows_of_the_table(world, store, never_printed):
    assert world.run("whoami").status == 0
    result = world.run("whoami")
    *_, key_id = list_secrets(store, never_printed)
    assert key_id not in result.out
    rows = dict(line.split("  ", 1) for line in result.out.splitlines())
    assert list(rows) == [
        "identity",
        "identity pool",
        "region",
        "role",
        "account",
        "login",
        "access key",
        "time left",
    ]
    assert result.err == ""


def test_report_on_a_user_shows_the_beginning_of_the_subject(world):
    user = world.sign_in()
    before = len(world.emulator.calls)
    report = json.loads(world.run("whoami", "--json", user.login).out)
    (login,) = report["logins"]
    assert login["key"] == user.provider_name
    assert login["subject"] == f"{user.claims['sub'][:8]}…"
    assert login["expiration"] == iso_timestamp(user.claims["exp"])
    assert world.calls_after(before) == ["GetId", "GetCredentialsForIdentity", "GetCallerIdentity"]
    assert (
        f"{user.provider_name} ({user.claims['sub'][:8]}…)" in world.run("whoami", user.login).out
    )


def test_each_login_supplier_is_called_once(world, tmp_path):
    user = world.sign_in()
    count = tmp_path / "count"
    command = f"{user.provider_name}=cmd:sh -c 'echo >> {count}; cat {user.token_file}'"
    assert world.run("whoami", "--login", command).status == 0
    assert count.read_text() == "\n"


def test_the_report_is_complete_except_for_the_role_if_sts_fails(world):
    world.emulator.fail("GetCallerIdentity", "AccessDenied", "not here", status=403)
    report = json.loads(world.run("whoami", "--json").out)
    assert (report["role"], report["account"]) == (None, None)
    assert "AccessDenied" in report["role_unknown"]
    world.emulator.fail("GetCallerIdentity", "AccessDenied", "not here", status=403)
    result = world.run("whoami", "--account-id", "111122223333")
    rows = dict(line.split("  ", 1) for line in result.out.splitlines())
    assert rows["account"].strip() == "111122223333"
    assert "AccessDenied" in rows["role"]


@pytest.mark.parametrize("code", ["InvalidClientTokenId", "ExpiredToken"])
def test_stored_credentials_that_sts_rejects_are_replaced(world, store, code):
    before = json.loads(world.run("whoami", "--json").out)
    world.emulator.fail("GetCallerIdentity", code, "not valid", status=403)
    after = json.loads(world.run("whoami", "--json").out)
    assert after["role"] == before["role"]
    assert after["identity_id"] == before["identity_id"]
    assert after["access_key_id"] != before["access_key_id"]
    assert not after["is_from_store"]
    assert json.loads(world.run("whoami", "--json").out)["access_key_id"] == after["access_key_id"]


def test_new_credentials_that_sts_rejects_are_reported(world):
    world.emulator.fail("GetCallerIdentity", "InvalidClientTokenId", "not valid", status=403)
    report = json.loads(world.run("whoami", "--json").out)
    assert "InvalidClientTokenId" in report["role_unknown"]
    assert json.loads(world.run("whoami", "--json").out)["is_from_store"]


def test_the_pool_of_an_identity_is_unknown(world):
    identity = json.loads(world.run("whoami", "--json").out)["identity_id"]
    report = json.loads(world.run("whoami", "--json", "--identity-id", identity).out)
    assert (report["identity_id"], report["identity_pool_id"]) == (identity, None)


def test_debug_output_is_on_standard_error(world):
    result = world.run("whoami", "--json", "--debug")
    assert json.loads(result.out)
    assert "identity_pool_id = " in result.err


def test_a_pool_or_an_identity_is_required(capsys):
    assert program.main(["whoami"]) == 2
    assert "identity pool" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arn", "role"),
    [
        ("arn:aws:sts::123456789012:assumed-role/game/session", "game"),
        ("arn:aws:iam::123456789012:user/somebody", "arn:aws:iam::123456789012:user/somebody"),
        ("odd", "odd"),
    ],
)
def test_parse_role_returns_the_role_in_the_arn_of_a_session(arn, role):
    assert whoami.parse_role(arn) == role


@pytest.mark.parametrize(
    ("subject", "shortened"), [(None, None), ("12345678", "12345678"), ("123456789", "12345678…")]
)
def test_long_subjects_are_shortened(subject, shortened):
    login = RecordedLogin("accounts.google.com", subject, None)
    assert whoami.report_login(login).subject == shortened


def test_format_login_states_whether_the_token_has_expired():
    out = Output(sys.stdout)
    login = whoami.LoginReport("accounts.google.com", None, None)
    assert whoami.format_login(login, out) == "accounts.google.com"
    login.expiration = "2001-01-01T00:00:00Z"
    assert "expired 2001-01-01T00:00:00Z" in whoami.format_login(login, out)
    login.expiration = "2999-01-01T00:00:00Z"
    assert "expires 2999-01-01T00:00:00Z" in whoami.format_login(login, out)
