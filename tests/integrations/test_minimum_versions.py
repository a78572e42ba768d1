"""The transports' tests with the oldest urllib3 and aiohttp that this package accepts.

Old versions decompress a response of 1 MB to 2 GB, for example, and do not reject all invalid headers.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOORS = ROOT / ".build" / "floors"
TESTS = ("test_deadlines.py", "test_proxied.py", "test_transports.py", "test_unexpected_bytes.py")


def run(*arguments: str) -> str:
    if not (FLOORS / ".ready").exists():
        pytest.fail(f"{FLOORS.relative_to(ROOT)} is missing: run `make peers`")
    (packages,) = FLOORS.glob("lib/python*/site-packages")
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(packages)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.peer
def test_the_transports_pass_their_tests_with_the_minimum_versions():
    used = run("-c", "import aiohttp, urllib3; print(aiohttp.__file__, urllib3.__file__)")
    assert used.count(str(FLOORS)) == 2
    tests = (f"tests/unit/transports/{name}" for name in TESTS)
    assert " passed" in run("-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)
