"""The commands in README.md and docs/, typed into a shell as a new user would.

Each page is tested with a new home directory, and in an environment with the extras that the page
tells the user to install. The commands of a page run in order, in one shell. If a page is about an
existing setup, such as a profile, `SETUPS` creates it first.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import automatic_issuer
import pytest
from page_blocks import (
    DATA,
    JAVASCRIPT,
    PAGES,
    PYTHON,
    SHELLS,
    Block,
    find_free_port,
    list_blocks,
    list_extras,
)
from shell_sessions import Shell

# Placeholders in the pages, and the values that replace them.
POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
ISSUER, CLIENT_ID = "us-east-1_Example", "1h57kf5cpq17m0eml12EXAMPLE"
TOKEN_FILE = "/path/to/serve-token"
PORTS = ("4599", "4600", "8899")

PROFILE = f"cognito-credentials configure --profile game --identity-pool-id {POOL} --yes"
SIGN_IN = f"{PROFILE} --issuer {ISSUER} --client-id {CLIENT_ID}"
SETUPS: dict[str, list[str]] = {
    "docs/cli/doctor.md": [PROFILE],
    "docs/cli/everyday.md": [PROFILE],
    "docs/cli/exec-and-serve.md": [PROFILE],
    "docs/cli/signing-in.md": [SIGN_IN],
    "docs/cli/tools.md": [PROFILE, "cognito-credentials serve --profile game", "mkdir ~/photos"],
}
# Pages whose commands start an emulator.
WITHOUT_ACCOUNT = {"docs/emulator.md", "docs/emulator-state.md"}
# Commands that start a shell, with the line that the user types in that shell.
SHELLS_STARTED = {"cognito-credentials exec --profile game": "exit"}

# Blocks that this test does not run, by page and first words, with the reason.
NOT_RUN = {
    ("README.md", "make demo"): "runs all tests, among them this one",
    ("docs/cli/exec-and-serve.md", "setopt prompt_subst"): (
        "a setting of zsh, which tests/cli/test_exec_shell.py runs"
    ),
    ("docs/containers.md", "docker"): "tests/test_containers.py runs the containers' commands",
    ("docs/consumers.md", "pip install"): (
        "`make consumers` installs the libraries, which take 1 GB, and tests the integrations"
    ),
    ("docs/consumers.md", "python3 -m venv"): (
        "tests/consumers/test_recipes.py runs the programs, and the release check installs the wheel"
    ),
    ("docs/session.md", "$ "): "tests/cli/test_session.py compares the page with a new recording",
}


def is_not_run(block: Block) -> bool:
    return any(block.page == page and block.text.startswith(text) for page, text in NOT_RUN)


CONSOLE_PAGES = {
    page: blocks
    for page in PAGES
    if (blocks := [block for block in list_blocks(page, *SHELLS) if not is_not_run(block)])
}


@pytest.fixture
def fill(machine: Any) -> Callable[[str], str]:
    """Return a function that replaces the placeholders in a line."""
    replacements = {
        POOL: machine.pool,
        ISSUER: machine.issuer.url,
        CLIENT_ID: automatic_issuer.CLIENT_ID,
        TOKEN_FILE: "~/.aws/serve-token",
    }
    replacements |= {port: str(find_free_port()) for port in PORTS}

    def fill(text: str) -> str:
        for placeholder, value in replacements.items():
            text = text.replace(placeholder, value)
        return text

    return fill


@pytest.mark.peer
@pytest.mark.parametrize("page", CONSOLE_PAGES)
def test_the_commands_of_a_page_run(
    page: str,
    machine: Any,
    environment: Callable[[frozenset[str]], dict[str, str]],
    fill: Callable[[str], str],
    home: Path,
) -> None:
    variables = environment(list_extras(page))
    if page not in WITHOUT_ACCOUNT:
        variables |= machine.emulator.environment()
    if tables := list_blocks(page, "toml"):  # The blocks after the first extend its tables.
        text = "\n".join(block.text for block in tables)
        (home / "emulator.toml").write_text(text, encoding="utf-8")
    with Shell(variables, str(home)) as shell:
        for line in SETUPS.get(page, []):
            status, output = shell.run(fill(line))
            assert status == 0, f"{line}\n{output}"
        for block in CONSOLE_PAGES[page]:
            for line in block.commands:
                status, output = shell.run(fill(line))
                if line in SHELLS_STARTED:
                    status, output = shell.run(SHELLS_STARTED[line])
                assert status in {None, 0}, f"{page}: {line}\n{output}"


def test_every_block_runs_or_is_listed() -> None:
    for page in PAGES:
        for block in list_blocks(page):
            assert block.language in {PYTHON, JAVASCRIPT, *SHELLS, *DATA}, block
            if block.language == "console":
                assert block.text.startswith("$ "), block


@pytest.mark.parametrize(("page", "text"), NOT_RUN)
def test_a_listed_block_still_exists(page: str, text: str) -> None:
    assert any(block.text.startswith(text) for block in list_blocks(page, *SHELLS))
