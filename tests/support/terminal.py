"""Run the command on a terminal of its own, and answer what it asks there."""

from __future__ import annotations

import os
import pty
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
