"""Rules that all files in the repository must follow."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Addresses of package indexes, and directories of a particular machine.
FORBIDDEN = re.compile(
    r"files\.pythonhosted\.|pypi\.org/simple|//registry\.|--(extra-)?index-url|--find-links"
    r"|(?<![\w.~*-])/(root|home|work|opt|Users)/\w"
)
ALLOWED_FILES = {"tests/test_repository.py", "Makefile"}


def list_files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git work tree")
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_contains_a_package_index_or_a_directory_of_a_machine():
    found = [
        f"{name}:{number}: {match.group()}"
        for name in list_files()
        if name not in ALLOWED_FILES
        for number, line in enumerate(
            (ROOT / name).read_text(encoding="utf-8", errors="replace").splitlines(), 1
        )
        if (match := FORBIDDEN.search(line))
    ]
    assert found == []


def test_requirements_have_versions_and_hashes():
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        entries = re.split(r"\n(?=\S)", path.read_text().strip())
        assert entries
        for entry in entries:
            assert re.match(r"[\w.-]+==\S+ .*\n {4}--hash=sha256:", entry), f"{path.name}: {entry}"


def test_modules_are_small():
    sizes = sorted(
        (len(path.read_text().splitlines()), path.name) for path in (ROOT / "src").rglob("*.py")
    )
    assert sizes[-1][0] < 400, sizes[-1]
    assert sizes[len(sizes) // 2][0] < 150


def test_ci_runs_every_step_of_the_local_check():
    steps = re.findall(r"^step ([\w-]+)$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    targets = re.findall(r"^ *- run: make (.+)$", workflow, re.MULTILINE)
    assert len(steps) > 5
    # `.ci/run` does not measure the coverage, because this takes as long as half of the tests.
    assert sorted(" ".join(targets).split()) == sorted([*steps, "coverage"])
