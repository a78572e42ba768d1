"""What a login's command says on its standard error, passed on to the user.

An AWS tool that runs `process` shows its standard error when it fails, so that the reason is seen
there, too. What looks like a token is left out: a command may well print the one that it was refused
with. Errors and the log have nothing of it.
"""

from __future__ import annotations

import re
import sys
import threading
from contextlib import suppress

from cognito_credentials._core import logs
from cognito_credentials.cli.common.output import Output

__all__ = ["pass_on"]

# A JWT; a long number in hexadecimal; or what is long, and as mixed as chance alone mixes.
_TOKEN = re.compile(
    r"eyJ[\w.=-]+"
    r"|[0-9A-Fa-f]{32,}"
    r"|(?=[\w+/=~-]*[a-z])(?=[\w+/=~-]*[A-Z])(?=[\w+/=~-]*[0-9])[\w+/=~-]{32,}"
)


def pass_on(line: str) -> None:
    """Write a line to standard error.

    Only for the user who waits: in other threads, the terminal is that of a program of `exec`.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for watcher in logs.watchers:
        watcher.make_room()
    with suppress(OSError, ValueError):  # nobody reads it any more: no reason to fail
        Output(sys.stderr).line(_TOKEN.sub("…", line))
