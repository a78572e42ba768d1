"""`exec` without a command starts a shell on a terminal; tested with each installed shell."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from serving import GuestPool, command_line
from terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cognito_credentials.emulator import Emulator

SHELLS = ["bash", "dash", "zsh", "fish"]
PROMPTS = {
    "bash": """PS1='${COGNITO_CREDENTIALS_EXEC:+($COGNITO_CREDENTIALS_EXEC) }'$PS1""",
    "zsh": """setopt prompt_subst; PS1='${COGNITO_CREDENTIALS_EXEC:+($COGNITO_CREDENTIALS_EXEC) }'$PS1""",
}
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def guests(emulator: Emulator) -> GuestPool:
    return GuestPool(emulator)


@pytest.fixture
def environment(guests: GuestPool, home: Path) -> dict[str, str]:
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(
        f"[profile game]\ncognito_identity_pool_id = {guests.pool}\n"
    )
    # Otherwise, fish would read all manual pages of this machine in the background.
    (home / ".local/share/fish/generated_completions").mkdir(parents=True)
    return guests.environment(home, TERM="dumb", PS1="$ ")


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_has_the_credentials_of_the_profile(
    environment: dict[str, str], home: Path, terminals: list[Terminal], shell: str
):
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not installed")
    words = command_line("exec", "--profile", "game")
    terminals.append(terminal := Terminal(words, environment | {"SHELL": path}))
    assert "profile game" in terminal.read_until(r"\n")
    terminal.type("echo $COGNITO_CREDENTIALS_EXEC $AWS_CONTAINER_CREDENTIALS_FULL_URI\n")
    terminal.read_until(r"game http://127\.0\.0\.1:\d+/credentials")
    # Ctrl-C must end the program in the shell, but neither the shell nor the endpoint.
    terminal.type("sh -c 'echo be\"\"gun; exec sleep 600'\n")
    terminal.read_until("begun")
    terminal.type("\x03")
    terminal.type('\necho still""here\n')
    terminal.read_until("stillhere")
    terminal.type("exit 7\n")
    assert terminal.status() == 7
    assert [name for name in os.listdir(home) if name.startswith("cognito-credentials-")] == []


def test_suspending_the_shell_returns_to_the_outer_shell(
    environment: dict[str, str], terminals: list[Terminal]
):
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    environment = environment | {"SHELL": bash}
    terminals.append(terminal := Terminal([bash, "--norc", "-i"], environment))
    terminal.type(shlex.join(command_line("exec", "--profile", "game")) + "\n")
    terminal.read_until(r"profile game.*\n")
    terminal.type("suspend\n")
    terminal.read_until("Stopped")
    terminal.type("echo out$COGNITO_CREDENTIALS_EXEC\n")
    terminal.read_until(r"\nout\r")
    terminal.type("fg\necho in $COGNITO_CREDENTIALS_EXEC\n")
    terminal.read_until("in game")
    terminal.type("exit 7\n")
    terminal.type("echo ended with $?; exit\n")
    terminal.read_until("ended with 7")
    assert terminal.status() == 0


def test_the_welcome_names_the_expiration_of_credentials_in_variables(
    environment: dict[str, str], terminals: list[Terminal]
):
    words = command_line("exec", "--env", "--profile", "game")
    terminals.append(terminal := Terminal(words, environment | {"SHELL": "/bin/sh"}))
    assert re.search(r"until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", terminal.read_until(r"\n"))
    terminal.type("echo $AWS_ACCESS_KEY_ID\nexit\n")
    terminal.read_until("ASIA[A-Z0-9]{16}")
    assert terminal.status() == 0


@pytest.mark.parametrize("shell", PROMPTS)
def test_the_prompt_of_the_guide_shows_the_profile(shell: str):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    line = PROMPTS[shell]
    assert line in (ROOT / "docs" / "cli" / "exec-and-serve.md").read_text()
    print_prompt = {"bash": 'echo "${PS1@P}"', "zsh": 'print -P "$PS1"'}[shell]
    options = {"bash": "--norc", "zsh": "-f"}[shell]
    for name, prompt in (("game", "(game) $"), ("$(touch x)", "($(touch x)) $"), ("", "$")):
        done = subprocess.run(
            [shell, options, "-c", f"PS1='$ '; {line}; {print_prompt}"],
            env={"PATH": os.environ["PATH"], "COGNITO_CREDENTIALS_EXEC": name},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.stdout.strip(), done.stderr) == (prompt, "")
