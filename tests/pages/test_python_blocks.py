"""The Python blocks in README.md and docs/, run with the variables that the pages assume."""

from __future__ import annotations

import ast
import asyncio
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from extras import create_environment
from page_blocks import PAGES, PYTHON, ROOT, list_blocks
from page_setups import PYTHON_PAGES, Setup
from valkey_server import Valkey, one_valkey, valkey

if TYPE_CHECKING:
    from cognito_credentials.emulator import Emulator

__all__ = ["one_valkey", "valkey"]

PLACEHOLDER_POOL = re.compile(r'"us-east-1:[0-9a-f-]{36}"')


def run_block(text: str, page: str, names: dict[str, Any]) -> None:
    code = compile(text, page, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if code.co_flags & inspect.CO_COROUTINE:
        asyncio.run(eval(code, names))  # noqa: S307 - the code is a page of this repository
    else:
        exec(code, names)  # noqa: S102 - the code is a page of this repository


# Pages whose blocks this test does not run, with the reason.
NOT_RUN = {
    "docs/cli/tools.md": "s3fs is not installed in the environment of the tests",
    "docs/recipes.md": "tests/pages/test_recipes.py and tests/consumers/test_services.py run the blocks",
    "docs/consumers.md": "tests/consumers/test_recipes.py runs the blocks with `make consumers`",
}
# Blocks that start an emulator for the default account; a process can have only one such emulator.
IN_NEW_PROCESS = "from cognito_credentials.emulator import"
# Pages whose blocks assume no variables; they run in an environment with the extra that the page
# names.
COMPLETE_PAGES = (
    "docs/emulator.md",
    "docs/migrating-to-the-emulator.md",
    "docs/testing.md",
    "docs/tutorial.md",
)
HAS_TESTS = re.compile(r"^ *def test_", re.MULTILINE)
# This program replaces npm, with which a page runs tests in JavaScript.
NPM = "#!/bin/sh\ntest $IDENTITY_POOL_ID && test $LOGIN_PROVIDER && test $ID_TOKEN && test $AWS_ENDPOINT_URL\n"


@pytest.mark.parametrize("page", PYTHON_PAGES)
def test_the_blocks_of_a_page_run(
    page: str, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, valkey: Valkey
) -> None:
    for name, value in emulator.environment().items():
        monkeypatch.setenv(name, value)
    checks = PYTHON_PAGES[page](Setup(emulator, valkey))
    names = next(checks)
    for block in list_blocks(page, PYTHON):
        if IN_NEW_PROCESS in block.text:
            done = run_in_new_process(sys.executable, block.text)
            assert done.returncode == 0, done.stderr
            continue
        text = PLACEHOLDER_POOL.sub(repr(names.get("placeholder_pool")), block.text)
        run_block(text, page, names)
    assert next(checks, None) is None


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the extra `emulator` and pytest."""
    folder = tmp_path_factory.mktemp("environment")
    programs = create_environment(folder, frozenset({"emulator"}), ["pytest"])
    (programs / "npm").write_text(NPM)
    (programs / "npm").chmod(0o755)
    return programs


@pytest.mark.parametrize("page", COMPLETE_PAGES)
def test_the_blocks_of_a_complete_page_run(
    page: str, programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.defpath}")
    scripts = []
    for block in list_blocks(page, PYTHON):
        if not HAS_TESTS.search(block.text):
            scripts.append(block.text)
            continue
        runner = "unittest" if "unittest.TestCase" in block.text else "pytest"
        name = f"test_{block.number}.py"
        (tmp_path / name).write_text(block.text)
        done = subprocess.run(
            [programs / "python", "-m", runner, name],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    if scripts:
        done = run_in_new_process(str(programs / "python"), "\n".join(scripts))
        assert done.returncode == 0, done.stderr


def run_in_new_process(python: str, program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([python, "-c", program], capture_output=True, text=True, check=False)


def test_every_page_with_python_blocks_runs() -> None:
    pages = {page for page in PAGES if list_blocks(page, PYTHON)}
    assert pages == {*PYTHON_PAGES, *COMPLETE_PAGES, *NOT_RUN}


def test_the_emulator_supports_all_operations_as_documented(emulator: Emulator) -> None:
    assert "supports all 23 operations" in (ROOT / "docs/emulator.md").read_text()
    client = emulator.client("cognito-identity")
    operations = set(client.meta.service_model.operation_names)
    assert len(operations) == 23
    assert emulator.identity_service.operations == operations
