"""The modules that a new process imports until it has credentials.

A `credential_process` runs for tens of milliseconds, and each imported module adds to that: 0.1 ms
for a small module, 2 ms for `hashlib`, which loads OpenSSL. Therefore, modules that are not always
needed for credentials are imported inside functions.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from benchmarks import fixed_server
from golden import assert_golden

FETCH = """
from cognito_credentials import from_cognito_identity_pool
provider = from_cognito_identity_pool(sys.argv[1], client_config={"endpoint_url": sys.argv[2]})
assert provider().access_key_id
"""
PROCESS = """
from cognito_credentials.cli.program import main
assert main(["process", "--profile", "game"]) == 0
"""
# Standard library modules that each path may import, along with the modules that these import in
# turn.
LIBRARIES = {
    "fetch": ["datetime", "enum", "http.client", "json", "re", "socket", "threading", "weakref"],
    "process": ["configparser", "datetime", "enum", "errno", "json", "re", "threading", "weakref"],
}
SMALL_LIBRARIES = ["__future__", "binascii", "encodings.utf_8_sig"]


def modules_of(home, program, *arguments):
    """Return the names of the modules that a program imports in a new process."""
    before = "import sys; before = set(sys.modules)"
    after = "print(*sorted(set(sys.modules) - before), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", f"{before}\n{program}\n{after}", *arguments],
        env={"PATH": os.defpath, "HOME": str(home), "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr.split()


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    """Return the modules that a first fetch, and `process` with stored credentials, import."""
    home = tmp_path_factory.mktemp("home")
    with fixed_server.running() as url:
        fetch = modules_of(home, FETCH, fixed_server.IDENTITY_POOL_ID, url)
        (home / ".aws").mkdir()
        (home / ".aws" / "config").write_text(
            f"[profile game]\ncognito_identity_pool_id = {fixed_server.IDENTITY_POOL_ID}\n"
            f"endpoint_url = {url}\n"
        )
        modules_of(home, PROCESS)
    # The server has stopped by now, so the credentials must come from the store.
    return {"fetch": fetch, "process": modules_of(home, PROCESS)}


def is_ours(name):
    return name.partition(".")[0] == "cognito_credentials"


def test_processes_without_credentials_import_no_other_library(paths, home):
    for path, libraries in LIBRARIES.items():
        program = f"import {', '.join(libraries + SMALL_LIBRARIES)}"
        expected = {*modules_of(home, program), *libraries, *SMALL_LIBRARIES}
        assert [name for name in paths[path] if not is_ours(name) and name not in expected] == []


def test_the_imports_of_processes_without_credentials(paths):
    lists = ["\n".join([f"## {path}", *filter(is_ours, names)]) for path, names in paths.items()]
    assert_golden("cold_path", "\n\n".join(lists) + "\n")
