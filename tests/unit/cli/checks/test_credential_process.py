from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from cognito_credentials.cli.checks.credential_process import check_credential_process
from cognito_credentials.cli.checks.report import CheckResult, Report

COMMAND = Path(sys.executable).with_name("cognito-credentials")
PYTHON = f"{shlex.quote(sys.executable)} -m cognito_credentials"


def check(line: str, profile: str = "game") -> CheckResult:
    results: list[CheckResult] = []
    check_credential_process(Report(results.append), line, profile, fix="Run: configure")
    (result,) = results
    return result


@pytest.mark.parametrize(
    "line",
    [
        f"{COMMAND} process --profile game",
        f"'{COMMAND}' process --profile=game",
        f"{PYTHON} process --profile game --debug",
        f"{COMMAND} process --identity-pool-id us-east-1:1",
        f"env PAGER=cat {COMMAND} process --profile game",
    ],
)
def test_a_line_that_prints_the_credentials_of_the_profile_passes(line: str):
    result = check(line)
    assert result.outcome == "passed"
    assert shlex.split(line)[0] in result.text


def test_the_default_profile_needs_no_option():
    assert check(f"{COMMAND} process", profile="default").outcome == "passed"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("", "empty"),
        (f'"{COMMAND} process', "quotation mark"),
        ("/usr/bin/env aws-vault export", "runs /usr/bin/env"),
        (f"{COMMAND} process --profile other", "profile other"),
        (f"{COMMAND} process --profile=other", "profile other"),
        (f"{COMMAND} process", "--profile game"),
        (f"{COMMAND} process --profile", "--profile game"),
        (f"{COMMAND} export --profile game", "cognito-credentials process"),
        (f"{COMMAND}", "cognito-credentials process"),
        ("~/cognito-credentials process --profile game", "expand"),
        ("$HOME/cognito-credentials process --profile game", "expand"),
        ("./cognito-credentials process --profile game", "relative path"),
        ("/none/cognito-credentials process --profile game", "exist"),
        ("/a b/cognito-credentials process --profile game", "runs /a, "),
    ],
)
def test_a_line_that_does_not_work_in_every_aws_tool_fails(line: str, text: str):
    result = check(line)
    assert (result.outcome, result.fix) == ("failed", "Run: configure")
    assert text in result.text


def test_a_bare_program_name_is_looked_up_on_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    line = "cognito-credentials process --profile game"
    monkeypatch.setenv("PATH", str(tmp_path))
    result = check(line)
    assert result.outcome == "failed"
    assert "PATH" in result.text
    monkeypatch.setenv("PATH", str(COMMAND.parent))
    result = check(line)
    assert result.outcome == "passed"
    assert "PATH" in result.text


@pytest.mark.parametrize(
    ("script", "mode", "text"),
    [
        ("#!/bin/sh\n", 0o644, "execute"),
        ("#!/none/python\n", 0o755, "No such file"),
        ("not a program\n", 0o755, "Exec format error"),
        ("#!/bin/sh\nexit 1\n", 0o755, "fails"),
        ("#!/bin/sh\necho something else\n", 0o755, "fails"),
        ("#!/bin/sh\necho cognito-credentials 1; exit 1\n", 0o755, "fails"),
    ],
)
def test_a_program_that_cannot_be_started_fails(tmp_path: Path, script: str, mode: int, text: str):
    program = tmp_path / "cognito-credentials"
    program.write_text(script)
    program.chmod(mode)
    result = check(f"{program} process --profile game")
    assert result.outcome == "failed"
    assert f"runs {program}, " in result.text
    assert text in result.text


def test_a_directory_fails(tmp_path: Path):
    directory = tmp_path / "cognito-credentials"
    directory.mkdir()
    result = check(f"{directory} process --profile game")
    assert result.outcome == "failed"
    assert "execute" in result.text


def test_a_line_that_runs_a_shell_is_not_checked():
    result = check(f"sh -c '{COMMAND} process --profile game'")
    assert result.outcome == "not checked"
    assert "sh" in result.text


def test_the_arguments_of_another_program_are_not_reported(never_printed):
    word = never_printed("a-password-of-some-vault")
    assert word not in check(f"/usr/bin/env vault --password {word}").text
