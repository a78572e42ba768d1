"""Tests that `make minimum-versions` runs with the oldest supported versions of other libraries.

The versions matter because the integrations use private names of botocore, and because old versions
of urllib3 and aiohttp are less strict. For example, they do not limit the size of a decompressed
response, and do not reject all invalid headers.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from make_targets import only_in

pytestmark = [pytest.mark.peer, only_in("minimum-versions")]

ROOT = Path(__file__).parents[2]
TESTS = ("test_deadlines.py", "test_proxied.py", "test_transports.py", "test_unexpected_bytes.py")
# The default transport, whose parameter is "direct", uses neither library. This library's own
# sockets enforce the deadlines. Tests of deadlines wait, so only one such test runs with each
# library.
WITH_LIBRARIES = (
    "(not direct or redirect or urllib3 or aiohttp)"
    " and (not test_deadlines or size or limits_the_whole_response_over_tls)"
)
# The cost of a client is measured once, with the newest versions. The middleware requires a later
# version of aiohttp than the transport does.
SELECTED = "not TestCost and not aiohttp.middleware"


def run(environment: str, *arguments: str) -> str:
    """Run Python with the packages of an environment, and otherwise with those of this environment."""
    directory = ROOT / ".build" / environment
    if not (directory / ".ready").exists():
        pytest.fail(f"{directory.relative_to(ROOT)} is missing: run `make peers`")
    (packages,) = directory.glob("lib/python*/site-packages")
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


def test_the_transports_pass_their_tests_with_the_minimum_versions():
    used = run("floors", "-c", "import aiohttp, urllib3; print(aiohttp.__file__, urllib3.__file__)")
    assert used.count("/.build/floors/") == 2
    tests = (f"tests/unit/transports/{name}" for name in TESTS)
    assert " passed" in run(
        "floors", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", WITH_LIBRARIES, *tests
    )


# The packages in the environment `aioboto3` are neither the oldest nor the newest versions.
@pytest.mark.parametrize("environment", ["floors", "aioboto3"])
def test_the_integrations_pass_their_tests_with_other_versions(environment):
    used = run(
        environment,
        "-c",
        "import aiobotocore, boto3, botocore\n"
        "print(aiobotocore.__file__, boto3.__file__, botocore.__file__)",
    )
    assert used.count(f"/.build/{environment}/") == 3
    tests = "tests/unit/integrations"
    assert " passed" in run(
        environment, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", SELECTED, tests
    )
