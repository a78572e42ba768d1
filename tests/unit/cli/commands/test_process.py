from __future__ import annotations

import json
import os

import pytest

from cognito_credentials.cli.commands import process
from cognito_credentials.cli.program import main
from cognito_credentials.errors import ConfigurationError

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"


@pytest.fixture(autouse=True)
def chain(monkeypatch):
    monkeypatch.setenv(process.CHAIN_VARIABLE, "")


def test_a_profile_whose_login_command_uses_it_is_rejected():
    process.enter_chain("profile one")
    process.enter_chain("profile two")
    assert os.environ[process.CHAIN_VARIABLE] == "profile one\nprofile two"
    with pytest.raises(ConfigurationError, match="profile one"):
        process.enter_chain("profile one")


@pytest.mark.parametrize("subcommand", ["process", "export"])
def test_a_subcommand_below_itself_is_rejected(subcommand, monkeypatch, capsys):
    monkeypatch.setenv(process.CHAIN_VARIABLE, POOL)
    assert main([subcommand, "--identity-pool-id", POOL]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert POOL in err


def test_the_error_of_a_failing_login_source_names_the_option(capsys, tmp_path):
    words = ["process", "--identity-pool-id", POOL, "--login"]
    assert main([*words, f"a.b=@{tmp_path}/none"]) == 3
    what, step, _ = capsys.readouterr().err.splitlines()
    assert f"{tmp_path}/none" in what
    assert "option --login" in step


@pytest.mark.parametrize("subcommand", [["process"], ["export", "--format", "env"]])
def test_a_subcommand_prints_the_credentials_of_the_service(
    subcommand, emulator, capsys, never_printed, monkeypatch
):
    from emulated_account import Account

    account = Account(emulator)
    pool = account.pool()
    account.set_roles(pool, unauthenticated=account.role(pool, amr="unauthenticated"))
    at = ["--identity-pool-id", pool, "--endpoint-url", emulator.endpoint_url]
    assert main([*subcommand, *at]) == 0
    first = capsys.readouterr()
    monkeypatch.setenv(process.CHAIN_VARIABLE, "")
    assert main(["export", "--format", "json", *at]) == 0
    document = json.loads(capsys.readouterr().out)
    never_printed(document["SecretAccessKey"])
    never_printed(document["SessionToken"])
    assert first.err == ""
    assert document["SecretAccessKey"] in first.out
    assert first.out.startswith('{"Version": 1,' if subcommand == ["process"] else "export AWS_ACC")
    assert document["IdentityId"].startswith("us-east-1:")
