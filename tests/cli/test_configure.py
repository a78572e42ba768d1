"""`configure` on a terminal: it shows the change in colour, and asks."""

from __future__ import annotations

import signal

import pytest
from terminal import on_a_terminal

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"


def configure(command, answer: str | signal.Signals) -> tuple[int, str]:
    words = ("configure", "--profile", "game", "--identity-pool-id", POOL)
    return on_a_terminal(command.environment, words, ("[y/N]", answer))


@pytest.mark.parametrize("answer", ["y", "YES"])
def test_it_asks_and_writes(command, home, answer):
    status, seen = configure(command, f"{answer}\n")
    assert status == 0
    assert f"Write this to {home}/.aws/config? [y/N]" in seen
    assert f"\033[32m+cognito_identity_pool_id = {POOL}\033[0m" in seen
    assert (home / ".aws" / "config").exists()


@pytest.mark.parametrize("answer", ["n\n", "\n", "\x04"])
def test_anything_else_changes_nothing(command, home, answer):
    status, seen = configure(command, answer)
    assert status == 1
    assert "The file was not changed." in seen
    assert not (home / ".aws").exists()


def test_ctrl_c_changes_nothing_and_leaves_nothing(command, home):
    status, seen = configure(command, signal.SIGINT)
    assert status == 130
    assert "Traceback" not in seen
    assert not (home / ".aws").exists()
