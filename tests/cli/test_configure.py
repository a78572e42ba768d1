"""`configure` on a terminal, where it shows the change in color and asks for confirmation."""

from __future__ import annotations

import signal

import pytest
from terminal import run_on_terminal

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"


def configure(command, response: str | signal.Signals) -> tuple[int, str]:
    words = ("configure", "--profile", "game", "--identity-pool-id", POOL)
    return run_on_terminal(command.environment, words, ("[y/N]", response))


@pytest.mark.parametrize("response", ["y", "YES"])
def test_the_profile_is_written_after_confirmation(command, home, response):
    status, output = configure(command, f"{response}\n")
    assert status == 0
    assert f"{home}/.aws/config? [y/N]" in output
    assert f"\033[32m+cognito_identity_pool_id = {POOL}\033[0m" in output
    assert (home / ".aws" / "config").exists()


@pytest.mark.parametrize("response", ["n\n", "\n", "\x04"])
def test_without_confirmation_nothing_is_written(command, home, response):
    status, _ = configure(command, response)
    assert status == 1
    assert not (home / ".aws").exists()


def test_interruption_leaves_nothing_behind(command, home):
    status, output = configure(command, signal.SIGINT)
    assert status == 130
    assert "Traceback" not in output
    assert not (home / ".aws").exists()
