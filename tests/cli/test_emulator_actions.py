"""`emulator exec` and `emulator token`, run as programs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from emulated_account import Account
from terminal import run_on_terminal

from cognito_credentials.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMAND = [sys.executable, "-m", "cognito_credentials"]
GOOGLE = "accounts.google.com"

# Creates an identity pool with boto3's defaults, and prints its ID.
CREATE_POOL = """
import boto3
pools = boto3.client("cognito-identity")
pool = pools.create_identity_pool(IdentityPoolName="game", AllowUnauthenticatedIdentities=True)
print(pool["IdentityPoolId"])
"""

# Runs the emulator, and interrupts it while the main thread executes `Event.wait`, or after a second.
INTERRUPTED_WAIT = """
import os, signal, sys, threading
from cognito_credentials.cli.program import main

def interrupt():
    os.kill(os.getpid(), signal.SIGINT)

def trace(frame, event, argument):
    if frame.f_code is threading.Condition.wait.__code__ and "emulator.py" in str(frame.f_back.f_back.f_code):
        sys.settrace(None)
        interrupt()

sys.settrace(trace)
sys.stderr.write = lambda text: "Press Ctrl-C" in text and threading.Timer(1, interrupt).start()
sys.exit(main(["emulator"]))
"""


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(account_id="555566660002") as emulator:
        yield emulator


@pytest.fixture
def pool(emulator: Emulator) -> str:
    return Account(emulator).pool(SupportedLoginProviders={GOOGLE: "google-app"})


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment with AWS settings that a program started by `exec` must not inherit."""
    return {
        **os.environ,
        "HOME": str(tmp_path),
        "AWS_PROFILE": "work",
        "AWS_SESSION_TOKEN": "stale",
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY": "http://127.0.0.1:9",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    }


def run(words: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, "emulator", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_program_below_exec_uses_the_emulator(environment: dict[str, str]):
    words = ["exec", "--region", "eu-west-1", "--", sys.executable, "-c", CREATE_POOL]
    done = run(words, environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("eu-west-1:")


def test_options_before_exec_apply(environment: dict[str, str]):
    words = ["--region", "eu-west-1", "exec", "--", sys.executable, "-c", CREATE_POOL]
    assert run(words, environment).stdout.startswith("eu-west-1:")


@pytest.mark.parametrize(
    ("program", "status"),
    [("import sys; sys.exit(7)", 7), ("import os; os.kill(os.getpid(), 9)", 128 + 9)],
)
def test_exec_exits_with_the_status_of_the_program(
    environment: dict[str, str], program: str, status: int
):
    assert run(["exec", "--", sys.executable, "-c", program], environment).returncode == status


def test_a_missing_program_is_reported(environment: dict[str, str], tmp_path: Path):
    config = tmp_path / "config"
    # botocore rejects this file, but the emulator does not read it.
    config.write_text("[profile work]\nregion =\n  us-east-1\n")
    environment["AWS_CONFIG_FILE"] = str(config)
    done = run(["exec", "--", "no-such-program"], environment)
    assert done.returncode == 127
    assert "no-such-program" in done.stderr


def test_a_signal_reaches_the_program_and_stops_the_emulator(environment: dict[str, str]):
    program = "import os, time; print(os.environ['AWS_ENDPOINT_URL'], flush=True); time.sleep(60)"
    with subprocess.Popen(
        [*COMMAND, "emulator", "exec", "--", sys.executable, "-c", program],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        with urllib.request.urlopen(f"{url}/_emulator/health") as response:
            assert json.load(response)["status"] == "ok"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 128 + signal.SIGTERM
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"{url}/_emulator/health")


def test_options_that_would_be_ignored_are_rejected(environment: dict[str, str]):
    for words in (
        ["--admin-file", "keys", "exec", "--", "true"],
        ["--format", "json", "exec", "--", "true"],
        ["--port", "4599", "token", "--provider", GOOGLE, "--sub", "ann"],
    ):
        done = run(words, environment)
        assert done.returncode == 2
        assert words[0] in done.stderr


def test_a_minted_token_signs_in(
    emulator: Emulator, pool: str, environment: dict[str, str], never_printed: Any
):
    never_printed(emulator.control_token)
    environment |= emulator.environment()
    words = ["token", "--provider", GOOGLE, "--sub", "ann"]
    done = run([*words, "--claim", "email=ann@example.com", "--claim", "level=3"], environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert Account(emulator).identity(pool, {GOOGLE: done.stdout.strip()})


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--provider", "unknown.example", "--sub", "ann"], "unknown.example"),
        (["--provider", GOOGLE, "--sub", ""], "subject"),
        (["--provider", GOOGLE, "--sub", "ann", "--claim", "email"], "--claim"),
    ],
)
def test_an_invalid_token_is_not_minted(
    emulator: Emulator, pool: str, environment: dict[str, str], words: list[str], part: str
):
    done = run(["token", *words], environment | emulator.environment())
    assert (done.returncode, done.stdout) == (2, "")
    assert part in done.stderr


def test_a_missing_or_wrong_emulator_is_reported(environment: dict[str, str]):
    words = ["token", "--provider", GOOGLE, "--sub", "ann"]
    done = run(words, environment)
    assert done.returncode == 2
    assert "AWS_ENDPOINT_URL" in done.stderr
    environment |= {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "COGNITO_EMULATOR_TOKEN": "token"}
    done = run(words, environment)
    assert done.returncode != 0
    assert "127.0.0.1:9" in done.stderr


def test_a_terminal_gets_the_banner_and_a_pipe_only_the_variables(environment: dict[str, str]):
    words = ["emulator", "--account-id", "555566660003"]
    stop = ("Press Ctrl-C", signal.SIGINT)
    status, output = run_on_terminal(environment, words, stop)
    assert status == 0
    assert {"# PowerShell", "# fish", "[profile emulator]"} <= set(output.splitlines())
    status, output = run_on_terminal(environment, [*words, "--format", "fish"], stop)
    assert status == 0
    assert "# fish" not in output
    with subprocess.Popen(
        [*COMMAND, *words], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("export AWS_ENDPOINT_URL=")
        process.send_signal(signal.SIGINT)
        assert all(line.startswith("export ") for line in process.stdout)


def test_a_signal_ends_the_emulator_whatever_the_main_thread_executes(environment: dict[str, str]):
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_WAIT],
        check=False,
        env=environment,
        stdout=subprocess.DEVNULL,
        timeout=20,
    )
    assert done.returncode == 0


def test_a_program_gets_what_the_configuration_declares(
    environment: dict[str, str], tmp_path: Path
):
    pool_id = "us-east-1:11111111-2222-3333-4444-555555555555"
    config = tmp_path / "emulator.toml"
    config.write_text(f'[[identity_pools]]\nid = "{pool_id}"\nname = "game"\nguests = []\n')
    program = "import os; print(os.environ['AWS_COGNITO_IDENTITY_POOL_ID'])"
    words = ["exec", "--config", str(config), "--", sys.executable, "-c", program]
    done = run(words, environment)
    assert (done.returncode, done.stdout) == (0, f"{pool_id}\n")
    config.write_text("identity_pool = 1")
    done = run(words, environment)
    assert done.returncode == 2
    assert f"{config}, line 1: " in done.stderr
