"""Which program is run; what it finds is tested with real ones in tests/cli."""

from __future__ import annotations

import io
import shutil
import sys
from typing import TYPE_CHECKING

import pytest
from cli_world import Said, World, one_world, world
from harness import POOL

from cognito_credentials.cli.commands.exec_ import program_of, users_shell
from cognito_credentials.cli.dispatch import create_parser
from cognito_credentials.cli.program import main
from cognito_credentials.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["one_world", "world"]


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
def test_the_programs_words_are_its_own(words: list[str], command: list[str]):
    options = create_parser("exec").parse_args(words)
    assert program_of(options) == command
    assert options.debug is False


@pytest.mark.parametrize("words", [[], ["--"]])
def test_without_a_terminal_no_program_is_a_mistake(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert main(["exec", "--identity-pool-id", POOL, *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[0] == "cognito-credentials: no command is given"
    assert " -- aws s3 ls" in err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "shell"),
    [({"SHELL": "/bin/zsh"}, "/bin/zsh"), ({"SHELL": ""}, "/bin/sh"), ({}, "/bin/sh")],
)
def test_at_a_terminal_it_is_the_users_shell(environment, shell, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdin", Terminal())
    assert users_shell(environment) == [shell]


def test_nobody_is_at_a_terminal(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(ConfigurationError, match="no command is given"):
        users_shell({"SHELL": "/bin/sh"})


@pytest.mark.parametrize(
    ("words", "step"),
    [
        (
            ["game", "--", "aws", "s3", "ls"],
            "For the profile, write cognito-credentials exec --profile game -- COMMAND",
        ),
        (["game"], "For the profile, write cognito-credentials exec --profile game"),
        (["game", "aws"], "For the profile, write cognito-credentials exec --profile game"),
        (
            ["two words", "--", "aws"],
            "For the profile, write cognito-credentials exec --profile 'two words' -- COMMAND",
        ),
        (
            ["unknown", "--", "aws"],
            "For the profile, write cognito-credentials exec --profile unknown -- COMMAND",
        ),
        (["unknown"], "Check the spelling and that PATH contains its directory."),
        (["unknown", "aws", "--"], "Check the spelling and that PATH contains its directory."),
    ],
)
def test_a_profile_that_stands_for_the_program(
    world: World, home: Path, words: list[str], step: str
):
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text("[profile game]\n")
    said = world.run("exec", "--env", *words)
    assert (said.status, said.out) == (127, "")
    assert words[0] in said.err.splitlines()[0]
    assert said.err.splitlines()[1].startswith(f"Next: {step}")


def test_a_program_may_have_the_name_of_a_profile(world: World, home: Path):
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text("[profile true]\n")
    assert shutil.which("true")
    assert world.run("exec", "--env", "true", "--", "x") == Said(0, "", "")


def test_no_pool_is_a_mistake(capsys: pytest.CaptureFixture[str], monkeypatch):
    monkeypatch.setenv("_COGNITO_CREDENTIALS_CHAIN", "")
    assert main(["exec", "--", "true"]) == 2
    assert "--identity-pool-id" in capsys.readouterr().err
