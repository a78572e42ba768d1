"""Commands for everyday work, run in child processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROGRAM = [sys.executable, "-m", "cognito_credentials"]


class RunningEmulator:
    """`cognito-credentials emulator` in a child process, and the variables that it prints."""

    def __init__(self, *words: str) -> None:
        self.process = subprocess.Popen(
            [*PROGRAM, "emulator", "--format", "json", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        lines = iter(self.process.stdout.readline, "")
        text = ""
        for line in lines:
            text += line
            if line == "}\n":
                break
        assert text, self.process.communicate()[1]
        self.variables: dict[str, str] = json.loads(text)

    def stop(self, number: int) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


@pytest.fixture(scope="module")
def running() -> Iterator[RunningEmulator]:
    running = RunningEmulator("--demo", "--lifetime", "1800", "--region", "eu-west-1")
    yield running
    status, out, err = running.stop(signal.SIGTERM)
    assert (status, out) == (0, "")
    *demo_login, address = err.splitlines()
    assert running.variables["AWS_ENDPOINT_URL"] in address
    assert "login --issuer" in demo_login[-1]


@pytest.fixture
def run(running: RunningEmulator, home: Any) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*PROGRAM, *words],
            env=os.environ | running.variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


def test_credentials_identity_and_store_agree(
    run: Any, running: RunningEmulator, never_printed: Callable[[str], str]
) -> None:
    credentials = json.loads(run("process").stdout)
    for name in ("SecretAccessKey", "SessionToken"):
        never_printed(credentials[name])
    whoami = run("whoami", "--json")
    assert (whoami.returncode, whoami.stderr) == (0, "")
    report = json.loads(whoami.stdout)
    assert report["identity_pool_id"] == running.variables["AWS_COGNITO_IDENTITY_POOL_ID"]
    assert report["role"] == "demo-guest"
    assert report["region"] == "eu-west-1"
    assert report["is_from_store"]
    assert 1_000 < report["seconds_left"] <= 1_800
    listed = run("cache", "list")
    assert report["identity_id"] in listed.stdout
    # Output to a pipe contains neither colors nor secrets.
    output = whoami.stdout + listed.stdout + listed.stderr
    assert "\033" not in output
    assert credentials["AccessKeyId"] not in output
    assert credentials["SecretAccessKey"] not in output
    assert "1 set of credentials" in run("cache", "clear").stdout
    assert json.loads(run("whoami", "--json").stdout)["identity_id"] == report["identity_id"]


def test_ctrl_c_stops_the_emulator_with_status_zero() -> None:
    assert RunningEmulator().stop(signal.SIGINT)[0] == 0


def test_a_closed_pipe_causes_no_traceback() -> None:
    shell = f"'{sys.executable}' -m cognito_credentials completion bash | head -1"
    done = subprocess.run(
        ["bash", "-c", shell], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout.count("\n"), done.stderr) == (1, "")


def test_clearing_identity_ids_without_confirmation_clears_nothing(run: Any) -> None:
    run("whoami")
    done = run("cache", "clear", "--identity-ids")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--yes" in done.stderr
    assert len(json.loads(run("cache", "list", "--json").stdout)["entries"]) == 2
