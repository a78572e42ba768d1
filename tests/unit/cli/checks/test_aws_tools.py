from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from cognito_credentials.cli.checks.aws_tools import check_aws_tools
from cognito_credentials.cli.checks.report import CheckResult, Report
from cognito_credentials.cli.settings.resolution import resolve

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
COMMAND = Path(sys.executable).with_name("cognito-credentials")
PROCESS = f"credential_process = {COMMAND} process --profile game\n"
KEYS = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = not-a-real-key\n"
GAME = f"[profile game]\ncognito_identity_pool_id = {POOL}\n"
COMPLETE = f"{GAME}region = us-east-1\n{PROCESS}"


@pytest.fixture
def aws(home: Path) -> Path:
    """Return the directory of the AWS files."""
    directory = home / ".aws"
    directory.mkdir()
    return directory


def check(aws: Path, config: str, credentials: str = "", **options: Any) -> dict[str, CheckResult]:
    """Run the checks for profile `game`, and return their results by check name."""
    (aws / "config").write_text(config)
    (aws / "credentials").write_text(credentials)
    results: list[CheckResult] = []
    settings = resolve({"profile": "game", **options}, os.environ)
    check_aws_tools(Report(results.append), settings)
    assert len({result.check for result in results}) == len(results)
    return {result.check: result for result in results}


def failed(results: dict[str, CheckResult]) -> list[str]:
    return [check for check, result in results.items() if result.outcome == "failed"]


@pytest.mark.parametrize("file", ["config", "credentials"])
def test_a_file_that_botocore_rejects_fails(aws: Path, file: str):
    broken = "[profile other]\nregion =\n  us-east-1\n"
    config, credentials = (COMPLETE + broken, "") if file == "config" else (COMPLETE, broken)
    results = check(aws, config, credentials)
    assert failed(results) == ["AWS process"]
    assert str(aws / file) in results["AWS process"].text


def test_a_profile_of_configure_passes_all_checks(aws: Path):
    results = check(aws, COMPLETE)
    assert list(results) == ["AWS process", "AWS sources", "AWS variables", "AWS region"]
    assert {result.outcome for result in results.values()} == {"passed"}
    assert f"profile game in {aws / 'config'}" in results["AWS region"].text


def test_a_missing_credential_process_is_not_a_failure(aws: Path):
    (result,) = check(aws, GAME).values()
    assert result.outcome == "not checked"
    assert result.fix.endswith("run: cognito-credentials configure --profile game")
    (result,) = check(aws, "[profile game]\nregion = x\n", identity_pool_id=POOL).values()
    assert result.fix.endswith(f"configure --profile game --identity-pool-id {POOL}")


CHAIN = "role_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = base\n"


@pytest.mark.parametrize("lines", [CHAIN, "sso_session = work\n", KEYS])
def test_a_profile_with_other_credentials_needs_no_credential_process(aws: Path, lines: str):
    assert check(aws, f"[profile game]\n{lines}") == {}
    assert check(aws, "[profile game]\nregion = x\n", f"[game]\n{lines}") == {}


def test_other_credentials_beside_an_identity_pool_may_stay(aws: Path):
    (result,) = check(aws, f"{GAME}{CHAIN}").values()
    assert (result.outcome, result.fix) == ("not checked", "")
    assert "role_arn, source_profile" in result.text


@pytest.mark.parametrize(
    ("config", "profile"),
    [
        ("", None),
        ("[default]\nregion = us-east-1\nrole_arn = x\n", None),
        ("[default]\ncredential_process = /usr/bin/env vault\n", None),
        ("[profile game]\ncredential_process = /usr/bin/env vault\n", "game"),
    ],
)
def test_a_profile_for_another_program_is_not_checked(aws: Path, config: str, profile: str | None):
    assert check(aws, config, profile=profile, identity_pool_id=POOL) == {}


def test_a_profile_that_runs_this_program_is_checked_without_cognito_keys(aws: Path):
    process = f"credential_process = {COMMAND} process --identity-pool-id {POOL}\n"
    results = check(aws, f"[default]\nregion = us-east-1\n{process}", profile=None)
    assert "AWS process" in results


def test_the_fix_for_another_program_replaces_it(aws: Path):
    results = check(aws, f"{GAME}region = us-east-1\ncredential_process = /usr/bin/env vault\n")
    assert failed(results) == ["AWS process"]
    assert results["AWS process"].fix.endswith("configure --profile game --replace")


@pytest.mark.parametrize(
    "key",
    ["role_arn", "web_identity_token_file", "sso_account_id", "sso_role_name", "login_session"],
)
def test_a_key_that_precedes_credential_process_fails(aws: Path, key: str):
    results = check(aws, f"{COMPLETE}{key} = x\n")
    assert failed(results) == ["AWS sources"]
    assert f"{key} (profile game in {aws / 'config'})" in results["AWS sources"].text
    assert results["AWS sources"].fix.endswith("configure --profile game --replace")
    results = check(aws, COMPLETE, f"[game]\n{key} = x\n")
    assert f"{key} ([game] in {aws / 'credentials'})" in results["AWS sources"].text


@pytest.mark.parametrize("key", ["source_profile", "sso_start_url", "sso_region", "sso_session"])
def test_a_key_that_does_not_precede_credential_process_passes(aws: Path, key: str):
    assert failed(check(aws, f"{COMPLETE}{key} = x\n")) == []


def test_access_keys_in_the_credentials_file_fail(aws: Path, never_printed: Any):
    keys = KEYS.replace("not-a", never_printed("secret-of-file"))
    results = check(aws, COMPLETE, f"[game]\n{keys}")
    assert failed(results) == ["AWS sources"]
    assert "[game]" in results["AWS sources"].fix
    assert failed(check(aws, COMPLETE, f"[other]\n{KEYS}")) == []


def test_access_keys_in_the_config_file_fail_for_some_sdks(aws: Path):
    results = check(aws, COMPLETE + KEYS)
    assert failed(results) == ["AWS sources"]
    assert "JavaScript" in results["AWS sources"].text
    # Every SDK ignores an access key ID without a secret access key.
    assert failed(check(aws, COMPLETE + KEYS.partition("\n")[0])) == []


def test_the_credentials_file_takes_precedence_over_the_config_file(aws: Path):
    process = "credential_process = /none/cognito-credentials process\n"
    assert failed(check(aws, COMPLETE, f"[game]\n{process}")) == ["AWS process"]
    results = check(aws, GAME, f"[game]\nregion = eu-west-1\n{PROCESS}")
    assert failed(results) == []
    assert "eu-west-1" in results["AWS region"].text
    assert f"[game] in {aws / 'credentials'}" in results["AWS region"].text


def test_an_invalid_credentials_file_fails(aws: Path):
    results = check(aws, COMPLETE, "[game]\nthis is nothing\n")
    assert failed(results) == ["AWS sources"]
    assert str(aws / "credentials") in results["AWS sources"].text
    assert results["AWS sources"].fix


@pytest.mark.parametrize(
    ("variable", "unset"),
    [
        ("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE"),
    ],
)
def test_variables_fail_if_the_profile_comes_from_the_environment(
    aws: Path, monkeypatch: pytest.MonkeyPatch, variable: str, unset: str
):
    monkeypatch.setenv(variable, "x")
    results = check(aws, COMPLETE)
    assert failed(results) == []
    assert variable in results["AWS variables"].text
    monkeypatch.setenv("AWS_PROFILE", "game")
    results = check(aws, COMPLETE, profile=None)
    assert failed(results) == ["AWS variables"]
    assert results["AWS variables"].fix.endswith(f"run: unset {unset}")


def test_the_variable_of_an_endpoint_passes(aws: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/")
    result = check(aws, COMPLETE)["AWS variables"]
    assert result.outcome == "passed"
    assert "AWS_CONTAINER_CREDENTIALS_FULL_URI" in result.text


def test_the_region_may_come_from_a_variable(aws: Path, monkeypatch: pytest.MonkeyPatch):
    results = check(aws, GAME + PROCESS)
    assert failed(results) == ["AWS region"]
    assert results["AWS region"].fix.endswith("run: cognito-credentials configure --profile game")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    results = check(aws, GAME + PROCESS)
    assert failed(results) == []
    assert "AWS_REGION" in results["AWS region"].text
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    results = check(aws, GAME + PROCESS)
    assert "AWS_DEFAULT_REGION" in results["AWS region"].text


@pytest.mark.parametrize(
    "region", ["us-east-1 ; comment", "us_east_1", '"us-east-1"', "US-EAST-1", "us-esat-1"]
)
def test_a_region_with_which_boto3_fails_is_a_failure(aws: Path, region: str):
    results = check(aws, f"{GAME}region = {region}\n{PROCESS}")
    assert failed(results) == ["AWS region"]
    assert repr(region) in results["AWS region"].text


def test_a_region_in_a_variable_is_checked_too(aws: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us_east_1")
    result = check(aws, COMPLETE)["AWS region"]
    assert (result.outcome, "AWS_DEFAULT_REGION" in result.text) == ("failed", True)


def test_any_region_may_be_used_with_an_endpoint(aws: Path):
    results = check(aws, f"{GAME}region = local\nendpoint_url = http://127.0.0.1:1\n{PROCESS}")
    assert failed(results) == []
