"""Users without a home directory, as in many containers.

There are three cases: HOME is not set and the user has no entry in the password database; HOME is
empty; HOME names a directory that does not exist.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

UNKNOWN_USER = """
import pwd

def getpwuid(uid):
    raise KeyError(f"getpwuid(): uid not found: {uid}")

pwd.getpwuid = getpwuid
"""

SERVE = ["serve", "--identity-pool-id", "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"]


@pytest.fixture(params=["no HOME", "empty HOME", "missing directory"])
def run(command, home, tmp_path, request):
    directory = tmp_path / "work"
    directory.mkdir()
    (tmp_path / "sitecustomize.py").write_text(UNKNOWN_USER)
    environment = {name: value for name, value in command.environment.items() if name != "HOME"}
    if request.param != "no HOME":
        is_empty = request.param == "empty HOME"
        environment["HOME"] = "" if is_empty else str(home / "missing")
    paths = [str(tmp_path), *filter(None, [environment.get("PYTHONPATH")])]
    environment["PYTHONPATH"] = os.pathsep.join(paths)

    def run(*words):
        done = subprocess.run(
            [Path(sys.executable).with_name("cognito-credentials"), *words],
            env=environment,
            cwd=directory,
            capture_output=True,
            text=True,
            check=False,
        )
        assert os.listdir(directory) == [], "a directory named ~ must not be created"
        assert not (home / "missing").exists()
        return done

    return run


def test_process_works_without_a_store(run, guests):
    done = run(
        *("process", "--identity-pool-id", guests.pool),
        *("--endpoint-url", guests.emulator.endpoint_url),
    )
    assert done.returncode == 0, done.stderr
    assert "AccessKeyId" in json.loads(done.stdout)


@pytest.mark.parametrize("subcommand", ["whoami", "export"])
def test_other_subcommands_work_and_warn(run, guests, subcommand):
    done = run(
        *(subcommand, "--identity-pool-id", guests.pool),
        *("--endpoint-url", guests.emulator.endpoint_url),
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("Set HOME") == 1


@pytest.mark.parametrize(
    "words",
    [
        [
            "configure",
            "--yes",
            "--identity-pool-id",
            "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030",
        ],
        [
            "login",
            "--issuer",
            "http://127.0.0.1:1",
            "--client-id",
            "application",
            "--store",
            "file",
        ],
        ["process", "--profile", "game"],
        ["cache", "list"],
        [*SERVE, "--token-file", "~/token"],
        ["configure", "--dry-run", "--login", "accounts.google.com=@~/token", *SERVE[1:]],
    ],
)
def test_the_next_step_is_to_set_home_where_a_file_is_needed(run, words):
    done = run(*words)
    assert done.returncode == 2, done.stdout
    assert "Next: Set HOME" in done.stderr


# The emulator takes long to import, so it runs in one of the three cases only.
@pytest.mark.parametrize("run", ["no HOME"], indirect=True)
@pytest.mark.parametrize(
    "words",
    [
        ["--admin-file", "~/admin.json"],
        ["--config", "~/emulator.toml"],
        ["--state", "~/emulator.state"],
    ],
)
def test_the_emulator_needs_home_for_a_file_in_it(run, words):
    done = run("emulator", *words)
    assert done.returncode == 2, done.stdout
    assert "Next: Set HOME" in done.stderr
