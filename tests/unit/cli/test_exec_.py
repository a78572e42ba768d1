"""A program's start, signals and end; what it finds is tested with real ones in tests/cli."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest
from harness import POOL

from cognito_credentials.cli import main, parser_of
from cognito_credentials.cli.common.failures import status_of
from cognito_credentials.cli.exec_ import CommandError, Relay, handed_on, program_of, run_program

if TYPE_CHECKING:
    from pathlib import Path

PYTHON = (sys.executable, "-c")


@pytest.mark.parametrize(
    ("program", "status"),
    [
        ("pass", 0),
        ("raise SystemExit(7)", 7),
        ("import os; os.kill(os.getpid(), 9)", 137),
        ("import os; os.kill(os.getpid(), 15)", 143),
    ],
)
def test_it_ends_with_the_programs_status(program: str, status: int):
    assert run_program([*PYTHON, program], dict(os.environ)) == status


def test_a_program_that_is_not_there(tmp_path: Path):
    with pytest.raises(CommandError, match="nonesuch: there is no such command") as caught:
        run_program(["nonesuch"], {"PATH": str(tmp_path)})
    assert status_of(caught.value) == 127
    assert "PATH" in caught.value.hint


@pytest.mark.parametrize("mode", [0o600, 0o700])
def test_a_program_that_cannot_be_run(tmp_path: Path, mode: int):
    program = tmp_path / "program"
    program.write_bytes(b"\0 no program")
    program.chmod(mode)
    with pytest.raises(CommandError, match="cannot be run") as caught:
        run_program([str(program)], {})
    assert status_of(caught.value) == 126
    assert "chmod" in caught.value.hint


def test_a_signal_that_comes_before_the_program_is_handed_on():
    relay = Relay()
    relay.hand_on(signal.SIGTERM, None)
    assert relay.run([*PYTHON, "import time; time.sleep(60)"], dict(os.environ)) == 143


def test_signals_are_given_back():
    before = {n: signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    with handed_on() as relay:
        assert all(signal.getsignal(number) == relay.hand_on for number in before)
    assert {number: signal.getsignal(number) for number in before} == before


def test_a_signal_that_is_ignored_stays_so():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with handed_on():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


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
    options = parser_of("exec").parse_args(words)
    assert program_of(options) == command
    assert options.debug is False


@pytest.mark.parametrize("words", [[], ["--"]])
def test_no_program_is_a_mistake(words: list[str], capsys: pytest.CaptureFixture[str]):
    assert main(["exec", "--identity-pool-id", POOL, *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[0] == "cognito-credentials: no command is given"
    assert " -- aws s3 ls" in err


def test_no_pool_is_a_mistake(capsys: pytest.CaptureFixture[str], monkeypatch):
    monkeypatch.setenv("_COGNITO_CREDENTIALS_CHAIN", "")
    assert main(["exec", "--", "true"]) == 2
    assert "--identity-pool-id" in capsys.readouterr().err
