"""Runs programs in the environment of `make consumers`, which contains the large libraries."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from consumer_definitions import ROOT
from make_targets import only_in

PYTHON = ROOT / ".build" / "consumers" / "bin" / "python"
# Marks of tests that need the environment.
MARKS = [pytest.mark.peer, only_in("consumers")]


def environment_variables(home: Path, **others: str) -> dict[str, str]:
    """Return environment variables that exclude the settings of this machine."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": str(ROOT / "src"),
        "NO_PROXY": "127.0.0.1",
        **others,
    }


def write_token_file(path: Path, token: str) -> Path:
    """Write a login token to a file that only this user can read, and return its path."""
    path.write_text(token)
    path.chmod(0o600)
    return path


def run_python(
    arguments: Sequence[str | Path],
    home: Path,
    *,
    python: Path = PYTHON,
    text: str = "",
    timeout: float = 120,
    **variables: str,
) -> subprocess.CompletedProcess[str]:
    """Run Python with arguments, standard input and additional environment variables."""
    return subprocess.run(
        [python, *arguments],
        input=text,
        env=environment_variables(home, **variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )
