"""What is true of every file that is kept."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Where packages come from is the machine's business; so are its folders.
NEVER = re.compile(
    r"files\.pythonhosted\.|pypi\.org/simple|//registry\.|--(extra-)?index-url|--find-links"
    r"|(?<![\w.~*-])/(root|home|work|opt|Users)/\w"
)
KNOWS_THE_WORDS = {"tests/test_repository.py", "Makefile"}


def kept_files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git work tree")
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_registry_host_or_a_folder_of_some_machine():
    found = [
        f"{name}:{number}: {match.group()}"
        for name in kept_files()
        if name not in KNOWS_THE_WORDS
        for number, line in enumerate(
            (ROOT / name).read_text(encoding="utf-8", errors="replace").splitlines(), 1
        )
        if (match := NEVER.search(line))
    ]
    assert found == []


def test_requirements_are_pinned_and_hashed():
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        entries = re.split(r"\n(?=\S)", path.read_text().strip())
        assert entries
        for entry in entries:
            assert re.match(r"[\w.-]+==\S+ .*\n {4}--hash=sha256:", entry), f"{path.name}: {entry}"


def test_modules_stay_small():
    sizes = sorted(
        (len(path.read_text().splitlines()), path.name) for path in (ROOT / "src").rglob("*.py")
    )
    assert sizes[-1][0] < 400, sizes[-1]
    assert sizes[len(sizes) // 2][0] < 150
