"""A program's start, signals and end."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from cognito_credentials.cli.endpoint.child_process import (
    CommandError,
    SignalForwarder,
    forward_signals,
    run_program,
)
from cognito_credentials.cli.reporting.exit_status import status_of

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
    relay = SignalForwarder()
    relay.hand_on(signal.SIGTERM, None)
    assert relay.run([*PYTHON, "import time; time.sleep(60)"], dict(os.environ)) == 143


def test_signals_are_given_back():
    before = {n: signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)}
    with forward_signals() as relay:
        assert all(signal.getsignal(number) == relay.hand_on for number in before)
    assert {number: signal.getsignal(number) for number in before} == before


def test_a_signal_that_is_ignored_stays_so():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with forward_signals():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
