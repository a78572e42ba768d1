"""What takes long, on a terminal and off it: a line that says so, a clean end, and no wait for ever."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pty = pytest.importorskip("pty")

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
WIPED = b"\r\033[K"
COMMAND = str(Path(sys.executable).with_name("cognito-credentials"))
LONG = 60.0  # seconds that no test takes
# Makes it the terminal that Ctrl-C is typed on.
TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execv(sys.argv[1], sys.argv[1:])"
)
NO_TOKEN = "There is no token for the login 'www.amazon.com'"
LOGIN = ("--login", "www.amazon.com=cmd:sleep 1000")


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a service that takes calls and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


class Terminal:
    """A command whose input and standard error are a terminal; standard output is a pipe."""

    def __init__(self, words: list[str], environment: dict[str, str]) -> None:
        self.ours, theirs = pty.openpty()
        self.shown = b""
        self.process = subprocess.Popen(
            [sys.executable, "-c", TAKE_TERMINAL, *words],
            env={**environment, "TERM": "xterm"},
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def until(self, is_there: Callable[[bytes], bool]) -> bytes:
        """Read until something is shown, or the terminal is closed."""
        end = time.monotonic() + LONG
        while not is_there(self.shown) and time.monotonic() < end:
            try:
                chunk = os.read(self.ours, 1000)
            except OSError:  # whoever had it has ended
                break
            if not chunk:
                break
            self.shown += chunk
        return self.shown

    def press(self, key: bytes) -> None:
        os.write(self.ours, key)

    def end(self) -> tuple[int, bytes, bytes]:
        self.until(lambda _: False)
        out, _ = self.process.communicate(timeout=LONG)
        os.close(self.ours)
        return self.process.returncode, out, self.shown


@pytest.fixture
def terminal(command) -> Callable[..., Terminal]:
    return lambda *words: Terminal([COMMAND, *words], command.environment)


def arguments(silent: str) -> list[str]:
    return ["process", "--identity-pool-id", POOL, "--endpoint-url", silent]


def test_a_silent_service_is_named_while_it_is_waited_for_and_ctrl_c_leaves_nothing(
    terminal, silent, home
):
    running = terminal(*arguments(silent))
    line = f"2 s, waiting for GetId from {silent}".encode()
    assert WIPED + line in running.until(lambda shown: line in shown)
    running.press(b"\x03")
    status, out, shown = running.end()
    assert (status, out) == (130, b"")
    assert shown.endswith(WIPED)
    assert b"Traceback" not in shown
    assert not [name for name in os.listdir(home / ".aws" / "cognito-credentials") if "new" in name]


def test_a_login_command_is_named_and_killed_with_the_one_who_waits(terminal, silent):
    running = terminal(*arguments(silent), *LOGIN)
    line = b"2 s, waiting for the token of the login www.amazon.com (CommandToken)"
    running.until(lambda shown: line in shown)
    (child,) = children_of(running.process.pid)
    running.press(b"\x03")
    status, out, shown = running.end()
    assert (status, out) == (130, b"")
    assert shown.endswith(WIPED)
    assert child not in map(int, filter(str.isdigit, os.listdir("/proc")))


def children_of(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return list(map(int, file.read().split()))


def test_off_a_terminal_nothing_is_shown(command, silent):
    process = asking(command.start(*arguments(silent), *LOGIN, "--debug"))
    # As long as it takes on a terminal for the line to come.
    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=2.5)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=LONG) == ("", "")
    assert process.returncode == 130


def asking(process: subprocess.Popen[str]) -> subprocess.Popen[str]:
    """Read until a login's source is asked."""
    assert process.stderr is not None
    lines = iter(process.stderr.readline, "")
    assert any("Asking the login www.amazon.com" in line for line in lines)
    return process


# --- a login's sources, as the command line gives them ------------------------------------------


def test_a_command_that_floods(command, silent):
    _, what, step = command.error(*arguments(silent), "--login", "www.amazon.com=cmd:yes")
    limit = "more than 50000 characters, which no token has"
    assert what == f"{NO_TOKEN}: the command 'yes' gives {limit}"
    assert step == "Let it print the token, and nothing else; or correct option --login."


def test_a_command_does_not_take_what_was_meant_for_others(command, silent):
    login = "www.amazon.com=cmd:sh -c 'read line || exit 9'"
    done = subprocess.run(
        [COMMAND, *arguments(silent), "--login", login],
        env=command.environment,
        input="for others\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG,
    )
    assert "the command 'sh' ended with status 9" in done.stderr


def test_a_command_says_itself_why_it_failed_and_no_token(command, silent, never_printed):
    token = never_printed("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln")
    login = f"www.amazon.com=cmd:sh -c 'echo not signed in: {token} >&2; exit 4'"
    done = command.run(*arguments(silent), "--login", login)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines() == [
        "not signed in: …",
        f"cognito-credentials: {NO_TOKEN}: the command 'sh' ended with status 4",
        "Next: See what it said, or run it by hand; or correct option --login.",
    ]


@pytest.mark.parametrize("source", ["@/dev/stdin", "@<(echo token)"])
def test_a_token_from_a_pipe(command, guests, source):
    words = f"{COMMAND} process --identity-pool-id {guests.pool} --debug"
    where = f"--endpoint-url {guests.emulator.endpoint_url} --login www.amazon.com={source}"
    done = subprocess.run(
        ["bash", "-c", f"{words} {where}"],
        env=command.environment,
        input="token\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG,
    )
    # It came as far as the service, which does not know this login.
    assert done.returncode == 4
    assert "The login www.amazon.com answered in" in done.stderr
    assert "UnsupportedLoginProvider" in done.stderr


def test_a_pipe_that_nobody_writes_to_can_be_interrupted(command, silent, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    login = f"www.amazon.com=@{tmp_path}/pipe"
    process = asking(command.start(*arguments(silent), "--login", login, "--debug"))
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=LONG) == ("", "")
    assert process.returncode == 130
