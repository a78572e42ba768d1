"""Long operations: the progress line on a terminal, interruption, and time limits."""

from __future__ import annotations

import os
import re
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
ERASE_LINE = b"\r\033[K"
COMMAND = str(Path(sys.executable).with_name("cognito-credentials"))
TIMEOUT_SECONDS = 60.0
# Makes standard input the controlling terminal, so that Ctrl-C reaches the program.
TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execv(sys.argv[1], sys.argv[1:])"
)
SLOW_LOGIN = ("--login", "www.amazon.com=cmd:sleep 1000")


@pytest.fixture
def silent_url() -> Iterator[str]:
    """Return the URL of a service that accepts connections and never responds."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


class Terminal:
    """A command whose standard input and error are a terminal; its standard output is a pipe."""

    def __init__(self, words: list[str], environment: dict[str, str]) -> None:
        self.ours, theirs = pty.openpty()
        self.output = b""
        self.process = subprocess.Popen(
            [sys.executable, "-c", TAKE_TERMINAL, *words],
            env={**environment, "TERM": "xterm"},
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def read_until(self, pattern: bytes) -> bytes:
        """Return the output so far, as soon as it matches a pattern or the program has exited."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not re.search(pattern, self.output) and time.monotonic() < deadline:
            try:
                chunk = os.read(self.ours, 1000)
            except OSError:  # The program has exited.
                break
            if not chunk:
                break
            self.output += chunk
        return self.output

    def press(self, key: bytes) -> None:
        os.write(self.ours, key)

    def finish(self) -> tuple[int, bytes, bytes]:
        """Wait for the exit; return exit status, standard output and the output on the terminal."""
        self.read_until(rb"(?!)")
        out, _ = self.process.communicate(timeout=TIMEOUT_SECONDS)
        os.close(self.ours)
        return self.process.returncode, out, self.output


@pytest.fixture
def terminal(command) -> Callable[..., Terminal]:
    return lambda *words: Terminal([COMMAND, *words], command.environment)


def arguments(silent_url: str) -> list[str]:
    return ["process", "--identity-pool-id", POOL, "--endpoint-url", silent_url]


def test_the_progress_line_names_the_service_and_is_erased_on_interrupt(terminal, silent_url, home):
    running = terminal(*arguments(silent_url))
    line = rb"\r\033\[K2 s, [^\r]*GetId from " + silent_url.encode()
    assert re.search(line, running.read_until(line))
    running.press(b"\x03")
    status, out, output = running.finish()
    assert (status, out) == (130, b"")
    assert output.endswith(ERASE_LINE)
    assert b"Traceback" not in output
    assert not [name for name in os.listdir(home / ".aws" / "cognito-credentials") if "new" in name]


def test_the_progress_line_names_the_login_whose_command_is_killed_on_interrupt(
    terminal, silent_url
):
    running = terminal(*arguments(silent_url), *SLOW_LOGIN)
    running.read_until(rb"2 s, [^\r]*www\.amazon\.com \(CommandToken\)")
    (child,) = children_of(running.process.pid)
    running.press(b"\x03")
    status, out, output = running.finish()
    assert (status, out) == (130, b"")
    assert output.endswith(ERASE_LINE)
    assert child not in map(int, filter(str.isdigit, os.listdir("/proc")))


def children_of(pid: int) -> list[int]:
    """Return the processes that any thread of a process has started."""
    files = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for file in files for child in file.read_text(encoding="ascii").split()]


def test_there_is_no_progress_line_without_a_terminal(command, silent_url):
    process = wait_for_login(command.start(*arguments(silent_url), *SLOW_LOGIN, "--debug"))
    # On a terminal, the progress line would appear within this time.
    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=2.5)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=TIMEOUT_SECONDS) == ("", "")
    assert process.returncode == 130


def wait_for_login(process: subprocess.Popen[str]) -> subprocess.Popen[str]:
    """Wait until the debug output shows the call to the supplier, and return the process."""
    assert process.stderr is not None
    lines = iter(process.stderr.readline, "")
    assert any("supplier for www.amazon.com" in line for line in lines)
    return process


# --- suppliers of login tokens ------------------------------------------------------------------


def test_the_output_of_a_login_command_is_bounded(command, silent_url):
    status, what, step = command.error(*arguments(silent_url), "--login", "www.amazon.com=cmd:yes")
    assert status == 3
    assert "'www.amazon.com'" in what
    assert "50000 characters" in what
    assert "option --login" in step


def test_a_login_command_cannot_read_the_standard_input(command, silent_url):
    login = "www.amazon.com=cmd:sh -c 'read line || exit 9'"
    done = subprocess.run(
        [COMMAND, *arguments(silent_url), "--login", login],
        env=command.environment,
        input="for another program\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )
    assert "status 9" in done.stderr


def test_the_error_output_of_a_login_command_is_shown_without_tokens(
    command, silent_url, never_printed
):
    token = never_printed("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln")
    login = f"www.amazon.com=cmd:sh -c 'echo not signed in: {token} >&2; exit 4'"
    done = command.run(*arguments(silent_url), "--login", login)
    assert (done.returncode, done.stdout) == (3, "")
    output, what, step, _ = done.stderr.splitlines()
    assert output == "not signed in: …"
    assert "status 4" in what
    assert "option --login" in step


@pytest.mark.parametrize("source", ["@/dev/stdin", "@<(echo token)"])
def test_a_token_may_come_from_a_pipe(command, guests, source):
    words = f"{COMMAND} process --identity-pool-id {guests.pool} --debug"
    where = f"--endpoint-url {guests.emulator.endpoint_url} --login www.amazon.com={source}"
    done = subprocess.run(
        ["bash", "-c", f"{words} {where}"],
        env=command.environment,
        input="token\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )
    # The token has reached the service, which does not support this login provider.
    assert done.returncode == 4
    assert "UnsupportedLoginProvider" in done.stderr


def test_waiting_for_a_pipe_can_be_interrupted(command, silent_url, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    login = f"www.amazon.com=@{tmp_path}/pipe"
    process = wait_for_login(command.start(*arguments(silent_url), "--login", login, "--debug"))
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=TIMEOUT_SECONDS) == ("", "")
    assert process.returncode == 130
