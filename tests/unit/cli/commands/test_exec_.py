"""Settings and errors of `exec` in this process; tests/cli/test_exec.py runs real programs."""

from __future__ import annotations

import io
import shutil
import sys
from typing import TYPE_CHECKING

import pytest
from cli_world import CommandResult, World, shared_world, world
from harness import POOL

from cognito_credentials.cli.commands.exec_ import find_shell, parse_command
from cognito_credentials.cli.dispatch import create_parser
from cognito_credentials.cli.program import main

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["shared_world", "world"]


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["--", "aws", "s3", "ls", "--debug"], ["aws", "s3", "ls", "--debug"]),
        (["--env", "--", "sh", "-c", "x", "--", "y"], ["sh", "-c", "x", "--", "y"]),
        (["--profile", "a", "aws", "--profile", "b"], ["aws", "--profile", "b"]),
        (["--", "--odd"], ["--odd"]),
        ([], []),
        (["--"], []),
    ],
)
def test_options_of_the_program_are_not_parsed(words: list[str], command: list[str]):
    options = create_parser("exec").parse_args(words)
    assert parse_command(options) == command
    assert options.debug is False


@pytest.mark.parametrize("words", [[], ["--"]])
def test_a_command_is_required_without_a_terminal(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert main(["exec", "--identity-pool-id", POOL, *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert " -- aws s3 ls" in err.splitlines()[1]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "shell"),
    [({"SHELL": "/bin/zsh"}, "/bin/zsh"), ({"SHELL": ""}, "/bin/sh"), ({}, "/bin/sh")],
)
def test_the_shell_is_found_in_the_environment(environment, shell, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdin", Terminal())
    assert find_shell(environment) == [shell]


@pytest.mark.parametrize(
    ("words", "suggestion"),
    [
        (["game", "--", "aws", "s3", "ls"], "exec --profile game -- COMMAND"),
        (["game"], "exec --profile game"),
        (["game", "aws"], "exec --profile game"),
        (["two words", "--", "aws"], "exec --profile 'two words' -- COMMAND"),
        (["unknown", "--", "aws"], "exec --profile unknown -- COMMAND"),
        (["unknown"], ""),
        (["unknown", "aws", "--"], ""),
    ],
)
def test_a_profile_in_place_of_the_program_is_rejected_with_a_suggestion(
    world: World, home: Path, words: list[str], suggestion: str
):
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text("[profile game]\n")
    result = world.run("exec", "--env", *words)
    assert (result.status, result.out) == (127, "")
    what, step, _ = result.err.splitlines()
    assert words[0] in what
    if suggestion:
        assert step.endswith(f"cognito-credentials {suggestion}")
    else:
        assert "--profile" not in step


def test_a_program_may_have_the_name_of_a_profile(world: World, home: Path):
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text("[profile true]\n")
    assert shutil.which("true")
    assert world.run("exec", "--env", "true", "--", "x") == CommandResult(0, "", "")


def test_an_identity_pool_is_required(capsys: pytest.CaptureFixture[str], monkeypatch):
    monkeypatch.setenv("_COGNITO_CREDENTIALS_CHAIN", "")
    assert main(["exec", "--", "true"]) == 2
    assert "--identity-pool-id" in capsys.readouterr().err
