"""`exec` with real programs and the emulator."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from serving import (
    CREDENTIAL_VARIABLES,
    CREDENTIALS_FILE,
    TIMEOUT_SECONDS,
    GuestPool,
    command_line,
    write_aws_files,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cognito_credentials.emulator import Emulator

PYTHON = (sys.executable, "-c")

REPORT = """\
import json, os, sys, urllib.request
file = os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]
token = open(file).read()
request = urllib.request.Request(os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
request.add_header("Authorization", token)
document = json.load(urllib.request.urlopen(request, timeout=2))
texts = list(os.environ.values())
for process in ("self", str(os.getppid())):
    texts.append(open(f"/proc/{process}/cmdline").read())
print(json.dumps({
    "environment": dict(os.environ),
    "members": sorted(document),
    "expiration": document["Expiration"],
    "modes": [os.stat(path).st_mode & 0o777 for path in (file, os.path.dirname(file))],
    "files": os.listdir(os.path.dirname(file)),
    "token": [len(token), token.isprintable() and " " not in token],
    "is_shown": any(token in text for text in texts),
}))
"""


@pytest.fixture(scope="module")
def guests(emulator: Emulator) -> GuestPool:
    return GuestPool(emulator)


@pytest.fixture
def environment(guests: GuestPool, home: Path) -> dict[str, str]:
    return guests.environment(home)


def run(environment: dict[str, str], *words: str, **options: Any) -> Any:
    return subprocess.run(
        command_line("exec", *words),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
        **options,
    )


def run_report(environment: dict[str, str], *words: str) -> dict[str, Any]:
    """Run a program with `exec`, and return its report about its environment."""
    done = run(environment, *words, "--", *PYTHON, REPORT)
    assert (done.returncode, done.stderr) == (0, "")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def list_directories(home: Path) -> list[str]:
    return [name for name in os.listdir(home) if name.startswith("cognito-credentials-")]


# --- the environment of the program ---------------------------------------------------------


def test_the_program_gets_an_endpoint_and_a_private_token_file(
    environment: dict[str, str], guests: GuestPool, home: Path
):
    report = run_report(environment)
    assert report["members"] == ["AccessKeyId", "Expiration", "SecretAccessKey", "Token"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", report["expiration"])
    assert report["modes"] == [0o600, 0o700]
    assert report["token"] == [43, True]
    assert report["is_shown"] is False
    assert report["files"] == ["token"]
    added = report["environment"].keys() - environment.keys()
    assert {name for name in added if "AWS" in name or "COGNITO" in name} == {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "COGNITO_CREDENTIALS_EXEC",
        "_COGNITO_CREDENTIALS_REGION",
        "_COGNITO_CREDENTIALS_SETTINGS",
    }
    assert report["environment"]["AWS_REGION"] == "us-east-1"
    assert report["environment"]["COGNITO_CREDENTIALS_EXEC"] == guests.pool
    assert list_directories(home) == []


def test_token_variable_adds_the_token_for_old_sdks(environment: dict[str, str]):
    program = """\
import os
with open(os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]) as file:
    print(file.read() == os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"])
"""
    done = run(environment, "--token-variable", "--", *PYTHON, program)
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")
    done = run(environment, "--token-variable", "--env", "--", "true")
    assert done.returncode == 2
    assert "--token-variable" in done.stderr


def test_each_run_has_its_own_port_and_token(environment: dict[str, str]):
    first, second = (run_report(environment)["environment"] for _ in range(2))
    for name in ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"):
        assert first[name] != second[name]


def test_other_credentials_are_removed(environment: dict[str, str], home: Path):
    write_aws_files(home)
    report = run_report(environment | CREDENTIAL_VARIABLES | {"AWS_REGION": "eu-west-1"})
    for name in CREDENTIAL_VARIABLES:
        assert name not in report["environment"]
    assert report["environment"]["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert sorted(report["files"]) == ["config", "credentials", "token"]
    assert (home / ".aws" / "credentials").read_text() == CREDENTIALS_FILE
    assert list_directories(home) == []


def test_the_region_of_the_profile_precedes_that_of_the_pool(
    environment: dict[str, str], home: Path
):
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text("[profile game]\nregion = eu-north-1\n")
    assert run_report(environment, "--profile", "game")["environment"]["AWS_REGION"] == "eu-north-1"


def test_a_region_that_a_variable_cannot_contain_is_rejected(
    environment: dict[str, str], home: Path
):
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text("[profile game]\nregion = eu\0-north-1\n")
    done = run(environment, "--profile", "game", "--", "true")
    assert done.returncode == 2
    assert "profile game" in done.stderr


def test_env_passes_the_credentials_in_variables(environment: dict[str, str], home: Path):
    write_aws_files(home)
    done = run(environment | CREDENTIAL_VARIABLES, "--env", "--", "env")
    assert (done.returncode, done.stderr) == (0, "")
    variables = dict(line.split("=", 1) for line in done.stdout.splitlines())
    assert variables["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert "variable" not in variables["AWS_SECRET_ACCESS_KEY"] + variables["AWS_SESSION_TOKEN"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", variables["AWS_CREDENTIAL_EXPIRATION"])
    assert variables["AWS_REGION"] == "us-east-1"
    assert not any(name.startswith("AWS_CONTAINER") for name in variables)
    assert "AWS_PROFILE" not in variables


def test_a_nested_exec_has_its_own_credentials(
    environment: dict[str, str], guests: GuestPool, home: Path
):
    """The inner program must not get a profile, region or file from the outer `exec`."""
    write_aws_files(home)
    with (home / ".aws" / "config").open("a") as config:
        for name, region in (("one", "eu-north-1"), ("two", "eu-south-1")):
            config.write(
                f"[profile {name}]\nregion = {region}\ncognito_identity_pool_id = {guests.pool}\n"
            )
    inner = command_line("exec", "--profile", "two", "--", *PYTHON, REPORT)
    done = run(environment, "--profile", "one", "--", *inner)
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert report["environment"]["COGNITO_CREDENTIALS_EXEC"] == "two"
    assert report["environment"]["AWS_DEFAULT_REGION"] == "eu-south-1"
    assert report["members"] == ["AccessKeyId", "Expiration", "SecretAccessKey", "Token"]
    assert list_directories(home) == []


# --- errors and signals ---------------------------------------------------------------------


@pytest.mark.parametrize("words", [(), ("--env",)])
def test_an_error_of_the_service_is_reported_and_no_program_is_run(
    environment: dict[str, str], guests: GuestPool, home: Path, words: tuple[str, ...]
):
    missing = "us-east-1:00000000-0000-0000-0000-000000000000"
    environment["AWS_COGNITO_IDENTITY_POOL_ID"] = missing
    done = run(environment, *words, "--", "touch", str(home / "ran"))
    assert done.returncode == 4
    assert "ResourceNotFoundException" in done.stderr
    assert "Next: " in done.stderr
    assert "Traceback" not in done.stderr
    assert not (home / "ran").exists()
    assert list_directories(home) == []


def test_a_program_that_does_not_exist(environment: dict[str, str], home: Path):
    done = run(environment, "--", "there-is-no-such-program")
    assert done.returncode == 127
    assert "there-is-no-such-program" in done.stderr
    assert "\nNext: " in done.stderr
    assert list_directories(home) == []


@pytest.mark.parametrize(("script", "status"), [("exit 7", 7), ("kill -9 $$", 137), ("exit 0", 0)])
def test_the_status_of_a_program_if_the_parent_process_ignores_sigchld(
    environment: dict[str, str], script: str, status: int
):
    words = command_line("exec", "--", "/bin/sh", "-c", script)
    ignoring = (
        "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); "
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    done = subprocess.run(
        [*PYTHON, ignoring, *words], env=environment, timeout=TIMEOUT_SECONDS, check=False
    )
    assert done.returncode == status


def test_the_private_directory_is_removed_however_few_files_can_be_open(
    environment: dict[str, str], home: Path
):
    write_aws_files(home)
    statuses = set()
    for limit in range(5, 12):
        words = command_line("exec", "--", "/bin/sh", "-c", "exit 7")
        script = f'ulimit -n {limit}; exec "$@"'
        done = subprocess.run(
            ["/bin/sh", "-c", script, "sh", *words],
            env=environment,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        statuses.add(done.returncode)
        assert list_directories(home) == [], limit
    assert 7 in statuses
    assert statuses - {7}


def test_a_program_that_cannot_be_executed(environment: dict[str, str], home: Path):
    (home / "text").write_text("text")
    done = run(environment, "--", str(home / "text"))
    assert done.returncode == 126
    assert f"cognito-credentials: {home / 'text'}: " in done.stderr
    assert list_directories(home) == []


# signal.pause() is not used, because it misses signals that arrive just before it is called.
WAIT = """\
import os, select, signal, sys
def report(number, frame):
    os.write(1, f"{signal.Signals(number).name}\\n".encode())
    sys.exit(40 + number)
for name in sys.argv[1:]:
    signal.signal(getattr(signal, name), report)
os.write(1, b"ready\\n")
while True:
    select.select([], [], [], 0.1)
"""


@pytest.fixture
def started() -> Iterator[Any]:
    processes = []

    def start(environment: dict[str, str], *words: str, **options: Any) -> Any:
        process = subprocess.Popen(
            command_line("exec", *words),
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # The program has no terminal.
            **options,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=TIMEOUT_SECONDS)


SIGNALS = ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2"]


@pytest.mark.parametrize("name", SIGNALS)
def test_signals_are_forwarded_to_the_program(
    environment: dict[str, str], home: Path, started: Any, name: str
):
    process = started(environment, "--", *PYTHON, WAIT, *SIGNALS)
    assert process.stdout.readline() == "ready\n"
    number = getattr(signal, name)
    process.send_signal(number)
    assert process.communicate(timeout=TIMEOUT_SECONDS)[0] == f"{name}\n"
    assert process.returncode == 40 + number
    assert list_directories(home) == []


def test_the_status_of_a_program_that_a_signal_ends(environment: dict[str, str], started: Any):
    process = started(environment, "--env", "--", "sh", "-c", "echo ready; exec sleep 60")
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=TIMEOUT_SECONDS)
    assert process.returncode == 128 + signal.SIGTERM


def test_an_ignored_signal_remains_ignored(environment: dict[str, str], started: Any):
    program = "import signal; print(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN)"
    line = command_line("exec", "--", *PYTHON, program)
    done = subprocess.run(
        ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *line],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_the_next_exec_removes_the_directory_of_a_killed_one_only(
    environment: dict[str, str], home: Path, started: Any
):
    """The program of a killed `exec` continues without an endpoint."""
    killed, running = (started(environment, "--", *PYTHON, WAIT, "SIGTERM") for _ in range(2))
    for process in (killed, running):
        assert process.stdout.readline() == "ready\n"
    before = list_directories(home)
    assert len(before) == 2
    killed.send_signal(signal.SIGKILL)
    killed.wait(TIMEOUT_SECONDS)
    assert sorted(list_directories(home)) == sorted(before)
    assert run(environment, "--", "true").returncode == 0
    (directory,) = list_directories(home)
    assert os.listdir(home / directory) == ["token"]
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=TIMEOUT_SECONDS)
    assert list_directories(home) == []
    os.killpg(killed.pid, signal.SIGTERM)
    assert killed.communicate(timeout=TIMEOUT_SECONDS)[0] == "SIGTERM\n"


COUNT = """\
import os, select, signal
os.setpgid(0, 0)  # the terminal does not signal this group
received = []
signal.signal(signal.SIGINT, lambda *_: received.append(1))
signal.signal(signal.SIGUSR1, lambda *_: os._exit(len(received)))
os.write(1, b"ready\\n")
while True:
    select.select([], [], [], 0.1)
"""


def test_signals_of_the_terminal_are_not_forwarded(environment: dict[str, str], home: Path):
    """Programs in the terminal's foreground process group would receive each signal twice."""
    ours, theirs = pty.openpty()
    name = os.ttyname(theirs)
    # The first terminal that a session leader opens becomes its controlling terminal.
    opens = (
        "import os, sys; os.dup2(os.open(sys.argv[1], os.O_RDWR), 0); "
        "os.execv(sys.argv[2], sys.argv[2:])"
    )
    process = subprocess.Popen(
        [*PYTHON, opens, name, *command_line("exec", "--", *PYTHON, COUNT)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        os.write(ours, b"\x03")
        output = b""
        while b"^C" not in output:  # The terminal prints ^C after it has sent the signal.
            output += os.read(ours, 100)
        process.send_signal(signal.SIGUSR1)
        process.communicate(timeout=TIMEOUT_SECONDS)
        assert process.returncode == 0
    finally:
        process.kill()
        process.wait(TIMEOUT_SECONDS)
        process.stdout.close()
        os.close(ours)
        os.close(theirs)
    assert list_directories(home) == []


WHOAMI = (os.path.join(os.path.dirname(sys.executable), "cognito-credentials"), "whoami", "--json")


@pytest.mark.parametrize(
    ("words", "variables"), [(["--profile", "game"], {}), ([], {"AWS_PROFILE": "game"})]
)
def test_whoami_describes_the_credentials_of_exec(command, guests, words, variables):
    command(
        *("configure", "--yes", "--profile", "game", "--identity-pool-id", guests.pool),
        *("--endpoint-url", guests.emulator.endpoint_url),
    )
    inner = command.run("exec", *words, "--", *WHOAMI, **variables)
    assert inner.returncode == 0, inner.stderr
    report = json.loads(inner.stdout)
    outer = json.loads(command("whoami", "--json", "--profile", "game"))
    assert report["identity_id"] == outer["identity_id"]


def test_whoami_uses_the_options_of_exec(command, guests):
    words = ("--identity-pool-id", guests.pool, "--endpoint-url", guests.emulator.endpoint_url)
    report = json.loads(command("exec", *words, "--", *WHOAMI))
    assert report["identity_pool_id"] == guests.pool
    inner = command.run("exec", *words, "--", *WHOAMI, "--profile", "nope")
    assert (inner.returncode, "nope" in inner.stderr) == (2, True)
