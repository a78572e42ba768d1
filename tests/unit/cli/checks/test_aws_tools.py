from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from cognito_credentials.cli.checks.aws_tools import check_aws_tools
from cognito_credentials.cli.checks.report import Report, Row
from cognito_credentials.cli.settings.resolution import NOTHING_GIVEN, Selection

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
COMMAND = Path(sys.executable).with_name("cognito-credentials")
PROCESS = f"credential_process = {COMMAND} process --profile game\n"
KEYS = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = not-a-real-key\n"
GAME = f"[profile game]\ncognito_identity_pool_id = {POOL}\n"
WHOLE = f"{GAME}region = us-east-1\n{PROCESS}"


@pytest.fixture
def aws(home: Path) -> Path:
    folder = home / ".aws"
    folder.mkdir()
    return folder


def rows(aws: Path, config: str, credentials: str = "", **given: Any) -> dict[str, Row]:
    (aws / "config").write_text(config)
    (aws / "credentials").write_text(credentials)
    shown: list[Row] = []
    options = Namespace(**NOTHING_GIVEN | {"profile": "game"} | given)
    check_aws_tools(Report(shown.append), Selection(options))
    assert len({row.check for row in shown}) == len(shown)
    return {row.check: row for row in shown}


def failed(found: dict[str, Row]) -> list[str]:
    return [check for check, row in found.items() if row.result == "failed"]


def test_a_profile_that_configure_wrote(aws: Path):
    found = rows(aws, WHOLE)
    assert list(found) == ["AWS process", "AWS sources", "AWS variables", "AWS region"]
    assert {row.result for row in found.values()} == {"passed"}
    assert found["AWS region"].text == f"us-east-1  (profile game in {aws / 'config'})"


def test_a_profile_without_a_process_is_good_for_other_verbs(aws: Path):
    (row,) = rows(aws, GAME).values()
    assert row.result == "not checked"
    assert "exec, serve and export need none" in row.text
    assert row.fix.startswith("cognito-credentials configure --profile game  unless")
    (row,) = rows(aws, "[profile game]\nregion = x\n", identity_pool_id=POOL).values()
    assert f"--profile game --identity-pool-id {POOL}  unless" in row.fix


CHAIN = "role_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = base\n"


@pytest.mark.parametrize("lines", [CHAIN, "sso_session = work\n", KEYS])
def test_a_profile_that_takes_credentials_otherwise_needs_no_process(aws: Path, lines: str):
    assert rows(aws, f"[profile game]\n{lines}") == {}
    assert rows(aws, "[profile game]\nregion = x\n", f"[game]\n{lines}") == {}


def test_a_pool_s_profile_with_other_credentials_is_not_told_to_lose_them(aws: Path):
    (row,) = rows(aws, f"{GAME}{CHAIN}").values()
    assert (row.result, row.fix) == ("not checked", "")
    assert "from elsewhere: role_arn, source_profile" in row.text


@pytest.mark.parametrize(
    ("config", "profile"),
    [
        ("", None),
        ("[default]\nregion = us-east-1\nrole_arn = x\n", None),
        ("[default]\ncredential_process = /usr/bin/env vault\n", None),
        ("[profile game]\ncredential_process = /usr/bin/env vault\n", "game"),
    ],
)
def test_a_profile_of_something_else_is_left_alone(aws: Path, config: str, profile: str | None):
    assert rows(aws, config, profile=profile, identity_pool_id=POOL) == {}


def test_a_profile_that_names_this_program_is_looked_at_whatever_else_it_has(aws: Path):
    process = f"credential_process = {COMMAND} process --identity-pool-id {POOL}\n"
    found = rows(aws, f"[default]\nregion = us-east-1\n{process}", profile=None)
    assert "AWS process" in found


def test_another_program_is_replaced_when_that_is_wished(aws: Path):
    found = rows(aws, f"{GAME}region = x\ncredential_process = /usr/bin/env vault\n")
    assert failed(found) == ["AWS process"]
    assert found["AWS process"].fix == "cognito-credentials configure --profile game --replace"


@pytest.mark.parametrize(
    "key",
    ["role_arn", "web_identity_token_file", "sso_account_id", "sso_role_name", "login_session"],
)
def test_what_comes_before_a_process(aws: Path, key: str):
    found = rows(aws, f"{WHOLE}{key} = x\n")
    assert failed(found) == ["AWS sources"]
    assert found["AWS sources"].text.startswith(f"{key} (profile game in {aws / 'config'}): ")
    assert "configure --profile game --replace  takes" in found["AWS sources"].fix
    found = rows(aws, WHOLE, f"[game]\n{key} = x\n")
    assert found["AWS sources"].text.startswith(f"{key} ([game] in {aws / 'credentials'}): ")


@pytest.mark.parametrize("key", ["source_profile", "sso_start_url", "sso_region", "sso_session"])
def test_what_does_not(aws: Path, key: str):
    assert failed(rows(aws, f"{WHOLE}{key} = x\n")) == []


def test_keys_in_the_credentials_file_come_before_all(aws: Path, never_printed: Any):
    found = rows(aws, WHOLE, f"[game]\n{KEYS.replace('not-a', never_printed('secret-of-file'))}")
    assert failed(found) == ["AWS sources"]
    assert "AWS tools take credentials from there" in found["AWS sources"].text
    assert "Take [game] out of that file" in found["AWS sources"].fix
    assert failed(rows(aws, WHOLE, f"[other]\n{KEYS}")) == []


def test_keys_in_the_config_file_come_before_it_in_some_sdks(aws: Path):
    found = rows(aws, WHOLE + KEYS)
    assert failed(found) == ["AWS sources"]
    assert "the JavaScript SDK and others to this key" in found["AWS sources"].text
    # Half a pair is none to any of them.
    assert failed(rows(aws, WHOLE + KEYS.partition("\n")[0])) == []


def test_what_the_credentials_file_says_counts_more(aws: Path):
    found = rows(aws, WHOLE, "[game]\ncredential_process = /none/cognito-credentials process\n")
    assert failed(found) == ["AWS process"]
    found = rows(aws, GAME, f"[game]\nregion = eu-west-1\n{PROCESS}")
    assert failed(found) == []
    assert found["AWS region"].text == f"eu-west-1  ([game] in {aws / 'credentials'})"


def test_a_credentials_file_that_is_broken(aws: Path):
    found = rows(aws, WHOLE, "[game]\nthis is nothing\n")
    assert failed(found) == ["AWS sources"]
    assert f"{aws / 'credentials'} is broken at line 2" in found["AWS sources"].text
    assert found["AWS sources"].fix.startswith("Correct it")


@pytest.mark.parametrize(
    ("variable", "unset"),
    [
        ("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE"),
    ],
)
def test_variables_come_before_a_profile_that_the_environment_names(
    aws: Path, monkeypatch: pytest.MonkeyPatch, variable: str, unset: str
):
    monkeypatch.setenv(variable, "x")
    found = rows(aws, WHOLE)
    assert failed(found) == []
    assert "but not before aws --profile game" in found["AWS variables"].text
    monkeypatch.setenv("AWS_PROFILE", "game")
    found = rows(aws, WHOLE, profile=None)
    assert failed(found) == ["AWS variables"]
    assert found["AWS variables"].fix.startswith(f"unset {unset}  or")


def test_a_container_endpoint_comes_last(aws: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/")
    found = rows(aws, WHOLE)
    assert "comes after the profile" in found["AWS variables"].text


def test_a_region_may_come_from_a_variable(aws: Path, monkeypatch: pytest.MonkeyPatch):
    found = rows(aws, GAME + PROCESS)
    assert failed(found) == ["AWS region"]
    assert "You must specify a region" in found["AWS region"].text
    assert found["AWS region"].fix.startswith("cognito-credentials configure --profile game  ")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    found = rows(aws, GAME + PROCESS)
    assert failed(found) == []
    assert "AWS_REGION, which not every AWS tool reads" in found["AWS region"].text
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    found = rows(aws, GAME + PROCESS)
    assert found["AWS region"].text == "eu-west-1  (environment AWS_DEFAULT_REGION)"
