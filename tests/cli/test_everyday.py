"""The verbs of every day, as processes of their own."""

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
    """`cognito-credentials emulator`, and the variables that it printed."""

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

    def end(self, number: int) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


@pytest.fixture(scope="module")
def running() -> Iterator[RunningEmulator]:
    running = RunningEmulator("--demo", "--lifetime", "1800", "--region", "eu-west-1")
    yield running
    status, out, err = running.end(signal.SIGTERM)
    assert (status, out) == (0, "")
    assert err == f"AWS is on {running.variables['AWS_ENDPOINT_URL']}. Ctrl-C ends it.\n"


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


def test_a_day(run: Any, running: RunningEmulator, never_printed: Callable[[str], str]) -> None:
    credentials = json.loads(run("process").stdout)
    for name in ("SecretAccessKey", "SessionToken"):
        never_printed(credentials[name])
    who = run("whoami", "--json")
    assert (who.returncode, who.stderr) == (0, "")
    facts = json.loads(who.stdout)
    assert facts["identity_pool_id"] == running.variables["AWS_COGNITO_IDENTITY_POOL_ID"]
    assert facts["role"] == "demo-guest"
    assert facts["region"] == "eu-west-1"
    assert facts["is_from_store"]
    assert 1_000 < facts["seconds_left"] <= 1_800
    listed = run("cache", "list")
    assert facts["identity_id"] in listed.stdout
    # Another process writes no colour into a pipe, and no secret anywhere.
    everything = who.stdout + listed.stdout + listed.stderr
    assert "\033" not in everything
    assert credentials["AccessKeyId"] not in everything
    assert credentials["SecretAccessKey"] not in everything
    assert run("cache", "clear").stdout.startswith("Cleared: 1 set of credentials")
    assert json.loads(run("whoami", "--json").stdout)["identity_id"] == facts["identity_id"]


def test_ctrl_c_ends_the_emulator_well() -> None:
    assert RunningEmulator().end(signal.SIGINT)[0] == 0


def test_a_pipe_that_closes_is_no_traceback(run: Any, running: RunningEmulator) -> None:
    shell = f"'{sys.executable}' -m cognito_credentials completion bash | head -1"
    done = subprocess.run(
        ["bash", "-c", shell], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout, done.stderr) == ("_cognito_credentials_command() {\n", "")


def test_a_refused_cache_clear_leaves_all(run: Any) -> None:
    run("whoami")
    done = run("cache", "clear", "--identity-ids")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--yes" in done.stderr
    assert len(json.loads(run("cache", "list", "--json").stdout)["entries"]) == 2
