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
    monkeypatch.setenv(process.CHAIN, "")


def test_a_chain_names_all_above_and_a_loop_is_refused():
    process.enter_chain("profile one")
    process.enter_chain("profile two")
    assert os.environ[process.CHAIN] == "profile one\nprofile two"
    with pytest.raises(ConfigurationError, match=r"^it is a loop: profile one was asked for by"):
        process.enter_chain("profile one")


@pytest.mark.parametrize("verb", ["process", "export"])
def test_who_is_below_itself_is_refused(verb, monkeypatch, capsys):
    monkeypatch.setenv(process.CHAIN, POOL)
    assert main([verb, "--identity-pool-id", POOL]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Let that command use another profile, or none." in err


def test_a_login_that_cannot_be_had_is_told(capsys, tmp_path):
    words = ["process", "--identity-pool-id", POOL, "--login"]
    assert main([*words, f"a.b=@{tmp_path}/none"]) == 3
    what, step = capsys.readouterr().err.splitlines()
    assert f"{tmp_path}/none" in what
    assert step.endswith("or correct option --login.")


@pytest.mark.parametrize("verb", [["process"], ["export", "--format", "env"]])
def test_it_prints_what_the_service_gives(verb, emulator, capsys, never_printed, monkeypatch):
    from emulated_account import Account

    account = Account(emulator)
    pool = account.pool()
    account.set_roles(pool, unauthenticated=account.role(pool, amr="unauthenticated"))
    at = ["--identity-pool-id", pool, "--endpoint-url", emulator.endpoint_url]
    assert main([*verb, *at]) == 0
    first = capsys.readouterr()
    monkeypatch.setenv(process.CHAIN, "")
    assert main(["export", "--format", "json", *at]) == 0
    document = json.loads(capsys.readouterr().out)
    never_printed(document["SecretAccessKey"])
    never_printed(document["SessionToken"])
    assert first.err == ""
    assert document["SecretAccessKey"] in first.out
    assert first.out.startswith('{"Version": 1,' if verb == ["process"] else "export AWS_ACC")
    assert document["IdentityId"].startswith("us-east-1:")
