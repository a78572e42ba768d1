"""`configure` on a terminal: it shows the change in colour, and asks."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("cognito-credentials")

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"


def on_a_terminal(command, answer: str | signal.Signals) -> tuple[int, str]:
    """Run it with a terminal of its own, and return its status and what is seen there."""
    ours, its = pty.openpty()
    with subprocess.Popen(
        [COMMAND, "configure", "--profile", "game", "--identity-pool-id", POOL],
        env=command.environment,
        stdin=its,
        stdout=its,
        stderr=its,
    ) as process:
        os.close(its)
        seen = b""
        while b"[y/N]" not in seen:
            seen += os.read(ours, 4096)
        if isinstance(answer, str):
            os.write(ours, answer.encode())
        else:
            process.send_signal(answer)
        try:
            while part := os.read(ours, 4096):
                seen += part
        except OSError:  # the terminal of a program that has ended
            pass
        os.close(ours)
        process.wait(30)
    return process.returncode, seen.decode()


@pytest.mark.parametrize("answer", ["y", "YES"])
def test_it_asks_and_writes(command, home, answer):
    status, seen = on_a_terminal(command, f"{answer}\n")
    assert status == 0
    assert f"Write this to {home}/.aws/config? [y/N]" in seen
    assert f"\033[32m+cognito_identity_pool_id = {POOL}\033[0m" in seen
    assert (home / ".aws" / "config").exists()


@pytest.mark.parametrize("answer", ["n\n", "\n", "\x04"])
def test_anything_else_changes_nothing(command, home, answer):
    status, seen = on_a_terminal(command, answer)
    assert status == 1
    assert "Nothing is changed." in seen
    assert not (home / ".aws").exists()


def test_ctrl_c_changes_nothing_and_leaves_nothing(command, home):
    status, seen = on_a_terminal(command, signal.SIGINT)
    assert status == 130
    assert "Traceback" not in seen
    assert not (home / ".aws").exists()
