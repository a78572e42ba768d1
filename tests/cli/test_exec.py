"""`exec` with real programs, against the emulator."""

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
from serving import CREDENTIALS, LONG, VARIABLES, Guests, command, write_aws_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cognito_credentials.emulator import Emulator

PYTHON = (sys.executable, "-c")

TELL = """\
import json, os, sys, urllib.request
file = os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]
token = open(file).read()
request = urllib.request.Request(os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
request.add_header("Authorization", token)
answer = json.load(urllib.request.urlopen(request, timeout=2))
everything = list(os.environ.values())
for process in ("self", str(os.getppid())):
    everything.append(open(f"/proc/{process}/cmdline").read())
print(json.dumps({
    "environment": dict(os.environ),
    "members": sorted(answer),
    "expiration": answer["Expiration"],
    "modes": [os.stat(path).st_mode & 0o777 for path in (file, os.path.dirname(file))],
    "files": os.listdir(os.path.dirname(file)),
    "token": [len(token), token.isprintable() and " " not in token],
    "is_shown": any(token in text for text in everything),
}))
"""


@pytest.fixture(scope="module")
def guests(emulator: Emulator) -> Guests:
    return Guests(emulator)


@pytest.fixture
def environment(guests: Guests, home: Path) -> dict[str, str]:
    return guests.environment(home)


def run(environment: dict[str, str], *words: str, **options: Any) -> Any:
    return subprocess.run(
        command("exec", *words),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG,
        **options,
    )


def told(environment: dict[str, str], *words: str) -> dict[str, Any]:
    done = run(environment, *words, "--", *PYTHON, TELL)
    assert (done.returncode, done.stderr) == (0, "")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def left_in(home: Path) -> list[str]:
    return [name for name in os.listdir(home) if name.startswith("cognito-credentials-")]


# --- what the program finds -----------------------------------------------------------------


def test_the_program_finds_an_endpoint_and_a_private_token(
    environment: dict[str, str], guests: Guests, home: Path
):
    found = told(environment)
    assert found["members"] == ["AccessKeyId", "Expiration", "SecretAccessKey", "Token"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found["expiration"])
    assert found["modes"] == [0o600, 0o700]
    assert found["token"] == [43, True]
    assert found["is_shown"] is False
    assert found["files"] == ["token"]
    added = found["environment"].keys() - environment.keys()
    assert {name for name in added if "AWS" in name or "COGNITO" in name} == {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "COGNITO_CREDENTIALS_EXEC",
        "_COGNITO_CREDENTIALS_REGION",
    }
    assert found["environment"]["AWS_REGION"] == "us-east-1"
    assert found["environment"]["COGNITO_CREDENTIALS_EXEC"] == guests.pool
    assert left_in(home) == []


def test_the_token_is_in_a_variable_too_for_old_sdks(environment: dict[str, str]):
    program = """\
import os
with open(os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]) as file:
    print(file.read() == os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"])
"""
    done = run(environment, "--token-variable", "--", *PYTHON, program)
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")
    done = run(environment, "--token-variable", "--env", "--", "true")
    assert done.returncode == 2
    assert "not allowed with" in done.stderr


def test_two_runs_have_two_ports_and_two_tokens(environment: dict[str, str]):
    first, second = (told(environment)["environment"] for _ in range(2))
    for name in ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"):
        assert first[name] != second[name]


def test_what_would_win_is_out_of_the_way(environment: dict[str, str], home: Path):
    write_aws_files(home)
    found = told(environment | VARIABLES | {"AWS_REGION": "eu-west-1"})
    for name in VARIABLES:
        assert name not in found["environment"]
    assert found["environment"]["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert sorted(found["files"]) == ["config", "credentials", "token"]
    assert (home / ".aws" / "credentials").read_text() == CREDENTIALS
    assert left_in(home) == []


def test_the_profiles_region_comes_before_the_pools(environment: dict[str, str], home: Path):
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text("[profile game]\nregion = eu-north-1\n")
    assert told(environment, "--profile", "game")["environment"]["AWS_REGION"] == "eu-north-1"


def test_plain_variables(environment: dict[str, str], home: Path):
    write_aws_files(home)
    done = run(environment | VARIABLES, "--env", "--", "env")
    assert (done.returncode, done.stderr) == (0, "")
    found = dict(line.split("=", 1) for line in done.stdout.splitlines())
    assert found["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert "variable" not in found["AWS_SECRET_ACCESS_KEY"] + found["AWS_SESSION_TOKEN"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found["AWS_CREDENTIAL_EXPIRATION"])
    assert found["AWS_REGION"] == "us-east-1"
    assert not any(name.startswith("AWS_CONTAINER") for name in found)
    assert "AWS_PROFILE" not in found


def test_one_in_anothers_program_has_its_own(
    environment: dict[str, str], guests: Guests, home: Path
):
    """The outer's profile, region and files do not reach the inner's program."""
    write_aws_files(home)
    with (home / ".aws" / "config").open("a") as config:
        for name, region in (("one", "eu-north-1"), ("two", "eu-south-1")):
            config.write(
                f"[profile {name}]\nregion = {region}\ncognito_identity_pool_id = {guests.pool}\n"
            )
    inner = command("exec", "--profile", "two", "--", *PYTHON, TELL)
    done = run(environment, "--profile", "one", "--", *inner)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["environment"]["COGNITO_CREDENTIALS_EXEC"] == "two"
    assert found["environment"]["AWS_DEFAULT_REGION"] == "eu-south-1"
    assert found["members"] == ["AccessKeyId", "Expiration", "SecretAccessKey", "Token"]
    assert left_in(home) == []


# --- how it ends ----------------------------------------------------------------------------


@pytest.mark.parametrize("words", [(), ("--env",)])
def test_a_refusal_is_said_and_nothing_is_run(
    environment: dict[str, str], guests: Guests, home: Path, words: tuple[str, ...]
):
    missing = "us-east-1:00000000-0000-0000-0000-000000000000"
    environment["AWS_COGNITO_IDENTITY_POOL_ID"] = missing
    done = run(environment, *words, "--", "touch", str(home / "ran"))
    assert done.returncode == 4
    assert "ResourceNotFoundException" in done.stderr
    assert "Next: " in done.stderr
    assert "Traceback" not in done.stderr
    assert not (home / "ran").exists()
    assert left_in(home) == []


def test_a_program_that_is_not_there(environment: dict[str, str], home: Path):
    done = run(environment, "--", "there-is-no-such-program")
    assert done.returncode == 127
    assert done.stderr.startswith(
        "cognito-credentials: there-is-no-such-program: command not found"
    )
    assert "\nNext: " in done.stderr
    assert left_in(home) == []


def test_a_program_that_cannot_be_run(environment: dict[str, str], home: Path):
    (home / "text").write_text("text")
    done = run(environment, "--", str(home / "text"))
    assert done.returncode == 126
    assert done.stderr.startswith(f"cognito-credentials: {home / 'text'}: cannot execute: ")
    assert left_in(home) == []


# Not signal.pause(): a signal that comes just before it would not be heard.
WAIT = """\
import os, select, signal, sys
def heard(number, frame):
    os.write(1, f"{signal.Signals(number).name}\\n".encode())
    sys.exit(40 + number)
for name in sys.argv[1:]:
    signal.signal(getattr(signal, name), heard)
os.write(1, b"ready\\n")
while True:
    select.select([], [], [], 0.1)
"""


@pytest.fixture
def started() -> Iterator[Any]:
    processes = []

    def start(environment: dict[str, str], *words: str, **options: Any) -> Any:
        process = subprocess.Popen(
            command("exec", *words),
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # without a terminal
            **options,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=LONG)


SIGNALS = ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2"]


@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal_reaches_the_program(
    environment: dict[str, str], home: Path, started: Any, name: str
):
    process = started(environment, "--", *PYTHON, WAIT, *SIGNALS)
    assert process.stdout.readline() == "ready\n"
    number = getattr(signal, name)
    process.send_signal(number)
    assert process.communicate(timeout=LONG)[0] == f"{name}\n"
    assert process.returncode == 40 + number
    assert left_in(home) == []


def test_a_program_that_dies_of_a_signal(environment: dict[str, str], started: Any):
    process = started(environment, "--env", "--", "sh", "-c", "echo ready; exec sleep 60")
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=LONG)
    assert process.returncode == 128 + signal.SIGTERM


def test_a_signal_that_is_ignored_stays_so(environment: dict[str, str], started: Any):
    program = "import signal; print(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN)"
    line = command("exec", "--", *PYTHON, program)
    done = subprocess.run(
        ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *line],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_what_a_killed_one_leaves_is_swept_by_the_next_and_what_others_have_is_not(
    environment: dict[str, str], home: Path, started: Any
):
    """Its program goes on, without an endpoint."""
    killed, lives = (started(environment, "--", *PYTHON, WAIT, "SIGTERM") for _ in range(2))
    for one in (killed, lives):
        assert one.stdout.readline() == "ready\n"
    before = left_in(home)
    assert len(before) == 2
    killed.send_signal(signal.SIGKILL)
    killed.wait(LONG)
    assert sorted(left_in(home)) == sorted(before)
    assert run(environment, "--", "true").returncode == 0
    (left,) = left_in(home)
    assert os.listdir(home / left) == ["token"]
    lives.send_signal(signal.SIGTERM)
    lives.communicate(timeout=LONG)
    assert left_in(home) == []
    os.killpg(killed.pid, signal.SIGTERM)
    assert killed.communicate(timeout=LONG)[0] == "SIGTERM\n"


COUNT = """\
import os, select, signal
os.setpgid(0, 0)  # out of the terminal's reach
got = []
signal.signal(signal.SIGINT, lambda *_: got.append(1))
signal.signal(signal.SIGUSR1, lambda *_: os._exit(len(got)))
os.write(1, b"ready\\n")
while True:
    select.select([], [], [], 0.1)
"""


def test_what_the_terminal_sends_to_all_is_not_handed_on(environment: dict[str, str], home: Path):
    """A program that is in the terminal's group would have it twice."""
    ours, theirs = pty.openpty()
    name = os.ttyname(theirs)
    # A leader of a session has the first terminal that it opens for its own.
    opens = (
        "import os, sys; os.dup2(os.open(sys.argv[1], os.O_RDWR), 0); "
        "os.execv(sys.argv[2], sys.argv[2:])"
    )
    process = subprocess.Popen(
        [*PYTHON, opens, name, *command("exec", "--", *PYTHON, COUNT)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        os.write(ours, b"\x03")
        shown = b""
        while b"^C" not in shown:  # as soon as it is there, the signal has been sent
            shown += os.read(ours, 100)
        process.send_signal(signal.SIGUSR1)
        process.communicate(timeout=LONG)
        assert process.returncode == 0
    finally:
        process.kill()
        process.wait(LONG)
        process.stdout.close()  # which a program that goes on would hold open
        os.close(ours)
        os.close(theirs)
    assert left_in(home) == []
