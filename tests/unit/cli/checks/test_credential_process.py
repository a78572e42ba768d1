from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from cognito_credentials.cli.checks.credential_process import check_process
from cognito_credentials.cli.checks.report import Report, Row

COMMAND = Path(sys.executable).with_name("cognito-credentials")
PYTHON = f"{shlex.quote(sys.executable)} -m cognito_credentials"


def row_of(line: str, profile: str = "game") -> Row:
    shown: list[Row] = []
    check_process(Report(shown.append), line, profile, fix="Mend it.")
    (row,) = shown
    return row


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
def test_a_line_that_prints_these_credentials(line: str):
    row = row_of(line)
    assert row.result == "passed"
    assert row.text.startswith(f"AWS tools run {shlex.split(line)[0]}")


def test_the_default_profile_needs_no_name():
    assert row_of(f"{COMMAND} process", profile="default").result == "passed"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "is empty"),
        (f'"{COMMAND} process', "a quotation mark that does not end"),
        ("/usr/bin/env aws-vault export", "runs /usr/bin/env: AWS tools get the credentials of"),
        (f"{COMMAND} process --profile other", "prints the credentials of profile other"),
        (f"{COMMAND} process --profile=other", "prints the credentials of profile other"),
        (f"{COMMAND} process", "names no profile: it needs --profile game"),
        (f"{COMMAND} process --profile", "names no profile"),
        (f"{COMMAND} export --profile game", "runs another verb"),
        (f"{COMMAND}", "runs another verb"),
        ("~/cognito-credentials process --profile game", "no shell replaces ~ or a variable"),
        ("$HOME/cognito-credentials process --profile game", "no shell replaces ~ or a variable"),
        ("./cognito-credentials process --profile game", "it needs the whole path"),
        ("/none/cognito-credentials process --profile game", "which is not there"),
        ("/a b/cognito-credentials process --profile game", "runs /a, which is not there"),
    ],
)
def test_a_line_that_does_not(line: str, said: str):
    row = row_of(line)
    assert (row.result, row.fix) == ("failed", "Mend it.")
    assert said in row.text


def test_a_bare_name_is_looked_for_on_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    line = "cognito-credentials process --profile game"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "which is not on PATH" in row_of(line).text
    monkeypatch.setenv("PATH", str(COMMAND.parent))
    row = row_of(line)
    assert (row.result, "must be on the PATH of each AWS tool" in row.text) == ("passed", True)


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        ("#!/bin/sh\n", 0o644, "no program that this user may run"),
        ("#!/none/python\n", 0o755, "which does not start: No such file"),
        ("no program\n", 0o755, "which does not start: Exec format error"),
        ("#!/bin/sh\nexit 1\n", 0o755, "which fails"),
        ("#!/bin/sh\necho something else\n", 0o755, "which fails"),
        ("#!/bin/sh\necho cognito-credentials 1; exit 1\n", 0o755, "which fails"),
    ],
)
def test_a_program_that_cannot_be_started(tmp_path: Path, text: str, mode: int, said: str):
    program = tmp_path / "cognito-credentials"
    program.write_text(text)
    program.chmod(mode)
    row = row_of(f"{program} process --profile game")
    assert row.result == "failed"
    assert f"runs {program}, " in row.text
    assert said in row.text


def test_a_folder_is_no_program(tmp_path: Path):
    folder = tmp_path / "cognito-credentials"
    folder.mkdir()
    assert "no program that this user may run" in row_of(f"{folder} process --profile game").text


def test_what_a_shell_runs_is_not_judged():
    row = row_of(f"sh -c '{COMMAND} process --profile game'")
    assert (row.result, "by way of sh" in row.text) == ("not checked", True)


def test_words_of_another_program_are_not_shown(never_printed):
    word = never_printed("a-password-of-some-vault")
    assert word not in row_of(f"/usr/bin/env vault --password {word}").text
