"""Programs on a terminal of their own."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence


def on_a_terminal(
    environment: Mapping[str, str],
    words: Sequence[str],
    *exchanges: tuple[str, str | signal.Signals | Callable[[], str]],
) -> tuple[int, str]:
    """Return its status and what is seen; an exchange is a question and its answer."""
    ours, its = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "cognito_credentials", *words],
        env=dict(environment),
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,  # or a password would be read from the terminal of the tests
    ) as process:
        os.close(its)
        seen, last = "", ""
        for question, answer in exchanges:
            while question not in last:
                part = read(ours)
                assert part, f"it ended before it asked {question!r}: {seen}"
                seen, last = seen + part, last + part
            last = last.partition(question)[2]
            if isinstance(answer, signal.Signals):
                process.send_signal(answer)
            else:
                text = answer if isinstance(answer, str) else answer()
                os.write(ours, text.encode())
        while part := read(ours):
            seen += part
        os.close(ours)
        process.wait(30)
    return process.returncode, seen


def read(terminal: int) -> str:
    """Return what comes next, or nothing where the program has ended."""
    try:
        return os.read(terminal, 4096).decode()
    except OSError:
        return ""


# The leader of a session gets the first terminal that it opens as its controlling terminal.
OPEN_TERMINAL = """\
import os, sys
terminal = os.open(sys.argv[1], os.O_RDWR)
for number in range(3):
    os.dup2(terminal, number)
os.execv(sys.argv[2], sys.argv[2:])
"""
TIMEOUT_SECONDS = 30


class Terminal:
    """An interactive program on a terminal of its own."""

    def __init__(
        self, words: Sequence[str], environment: Mapping[str, str], folder: str | None = None
    ) -> None:
        self.terminal, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", OPEN_TERMINAL, os.ttyname(theirs), *words],
            env=dict(environment),
            cwd=folder,
            start_new_session=True,
        )
        self.theirs = theirs  # stays open, so that the last output can be read
        self.output = ""

    def read_until(self, pattern: str) -> str:
        """Remove the output up to the end of a match of this pattern, and return it."""
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
        os.close(self.terminal)  # hangs up on the programs that still run there
        self.process.wait(TIMEOUT_SECONDS)
