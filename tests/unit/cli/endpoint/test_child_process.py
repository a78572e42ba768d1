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
from cognito_credentials.cli.reporting.exit_status import exit_status_of

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
def test_the_exit_status_is_that_of_a_shell(program: str, status: int):
    assert run_program([*PYTHON, program], dict(os.environ)) == status


@pytest.mark.skipif(not hasattr(signal, "SIGCHLD"), reason="POSIX only")
def test_the_exit_status_is_known_if_the_parent_process_ignored_sigchld():
    previous = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert run_program([*PYTHON, "raise SystemExit(7)"], dict(os.environ)) == 7
    finally:
        signal.signal(signal.SIGCHLD, previous)


def test_a_missing_program_is_reported_with_status_127(tmp_path: Path):
    with pytest.raises(CommandError, match="nonesuch") as caught:
        run_program(["nonesuch"], {"PATH": str(tmp_path)})
    assert exit_status_of(caught.value) == 127


@pytest.mark.parametrize("mode", [0o600, 0o700])
def test_a_file_that_cannot_be_executed_is_reported_with_status_126(tmp_path: Path, mode: int):
    program = tmp_path / "program"
    program.write_bytes(b"\0 not a program")
    program.chmod(mode)
    with pytest.raises(CommandError, match=str(program)) as caught:
        run_program([str(program)], {})
    assert exit_status_of(caught.value) == 126


def test_a_signal_that_arrives_before_the_program_starts_is_forwarded():
    forwarder = SignalForwarder()
    forwarder.handle_signal(signal.SIGTERM, None)
    assert forwarder.run([*PYTHON, "import time; time.sleep(60)"], dict(os.environ)) == 143


def test_the_signal_handlers_are_restored():
    before = {n: signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)}
    with forward_signals() as forwarder:
        assert all(signal.getsignal(number) == forwarder.handle_signal for number in before)
    assert {number: signal.getsignal(number) for number in before} == before


def test_an_ignored_signal_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with forward_signals():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
