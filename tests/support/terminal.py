"""Helpers for running programs on a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Mapping, Sequence

TIMEOUT_SECONDS = 30


def run_on_terminal(
    environment: Mapping[str, str],
    arguments: Sequence[str],
    *exchanges: tuple[str, str | signal.Signals | Callable[[], str]],
    columns: int = 0,
) -> tuple[int, str]:
    """Run `cognito-credentials`, and return the exit status and the output.

    Each exchange consists of a prompt to wait for, and the text to type or the signal to send after
    the prompt. With zero columns, the size of the terminal is unknown.
    """
    terminal, theirs = pty.openpty()
    fcntl.ioctl(
        theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24 if columns else 0, columns, 0, 0)
    )
    with subprocess.Popen(
        [sys.executable, "-m", "cognito_credentials", *arguments],
        env=dict(environment),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        # Otherwise, the command would read passwords from the terminal in which the tests run.
        start_new_session=True,
    ) as process:
        os.close(theirs)
        output = unmatched = ""
        for prompt, reply in exchanges:
            while prompt not in unmatched:
                part = read_output(terminal)
                assert part, f"the program exited before the prompt {prompt!r}: {output}"
                output, unmatched = output + part, unmatched + part
            unmatched = unmatched.partition(prompt)[2]
            if isinstance(reply, signal.Signals):
                process.send_signal(reply)
            else:
                text = reply if isinstance(reply, str) else reply()
                os.write(terminal, text.encode())
        while part := read_output(terminal):
            output += part
        os.close(terminal)
        process.wait(TIMEOUT_SECONDS)
    return process.returncode, output


def read_output(terminal: int) -> str:
    """Return the next output, or an empty string if the program has exited."""
    try:
        return os.read(terminal, 4096).decode()
    except OSError:
        return ""


# The first terminal that a session leader opens becomes its controlling terminal.
OPEN_TERMINAL = """\
import os, sys
terminal = os.open(sys.argv[1], os.O_RDWR)
for number in range(3):
    os.dup2(terminal, number)
os.execv(sys.argv[2], sys.argv[2:])
"""


class Terminal:
    """An interactive program on a pseudo-terminal."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], folder: str | None = None
    ) -> None:
        self.terminal, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", OPEN_TERMINAL, os.ttyname(theirs), *command],
            env=dict(environment),
            cwd=folder,
            start_new_session=True,
        )
        self.theirs = theirs  # Remains open, so that the last output can be read.
        self.output = ""

    def read_until(self, pattern: str) -> str:
        """Wait for a match, and return the output up to the end of the match; later calls read the rest."""
        while not (found := re.search(pattern, self.output)):
            ready = select.select([self.terminal], [], [], TIMEOUT_SECONDS)[0]
            assert ready, f"no match of {pattern!r} in {self.output!r}"
            self.output += os.read(self.terminal, 65_536).decode(errors="replace")
        text, self.output = self.output[: found.end()], self.output[found.end() :]
        return text

    def type(self, text: str) -> None:
        os.write(self.terminal, text.encode())

    def status(self) -> int:
        """Return the exit status of the program."""
        return self.process.wait(TIMEOUT_SECONDS)

    def close(self) -> None:
        os.close(self.theirs)
        os.close(self.terminal)  # Programs that still run on the terminal get SIGHUP.
        self.process.wait(TIMEOUT_SECONDS)
