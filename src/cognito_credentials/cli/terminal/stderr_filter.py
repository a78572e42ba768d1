"""What a login's command says on its standard error, passed on to the user.

An AWS tool that runs `process` shows its standard error when it fails, so that the reason is seen
there, too. What looks like a token, or is called a secret, is left out: a command may well print what
it was refused with (curl -v, sh -x). Errors and the log have nothing of it.
"""

from __future__ import annotations

import re
import sys
import threading
from contextlib import suppress

from cognito_credentials._core import logs
from cognito_credentials.cli.terminal.output import Output

__all__ = ["pass_on"]

# What begins as a JWT does; what is long, and as mixed as chance alone mixes, URLs' escapes included.
_TOKEN = re.compile(
    r"eyJ[\w.=%-]+"
    r"|(?<![\w+/=~%|-])(?=[\w+/=~%|-]*[a-z])(?=[\w+/=~%|-]*[A-Z])(?=[\w+/=~%|-]*[0-9])"
    r"[\w+/=~%|-]{32,}"
    r"|(?<![0-9A-Za-z])(?=[A-Za-z]*[0-9])[0-9A-Za-z]{32,}"
)
# What is called a secret, or is in an address. After a colon or a blank it needs a digit, since
# "no token: sign in first" is speech.
_NAME = (
    r"(?:passw(?:or)?d|passphrase|secret|token|api_?key|access_?key|assertion|authorization)[\w-]*"
)
_NAMED = re.compile(
    rf"""((?:{_NAME}["']?\s*(?:=|:(?=\s*["']))|[?&][\w.-]+=)\s*)("[^"]*|'[^']*|[^\s&"',;]+)"""
    rf"""|((?:{_NAME}["']?[:\s]\s*)(?:(?:bearer|basic)\s+)?)(?=\S*[0-9])[^\s"',;]+"""
    r"""|(\b(?:bearer|basic)\s+)(?=\S*[^\sa-z,:])[^\s"',;]+"""
    r"""|(://)[^\s/@]+(?=@)""",
    re.IGNORECASE,
)


def pass_on(line: str) -> None:
    """Write a line to standard error.

    Only for the user who waits: in other threads, the terminal is that of a program of `exec`.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    logs.make_room()
    with suppress(OSError, ValueError):  # nobody reads it any more: no reason to fail
        Output(sys.stderr).line(_without_secrets(line))


def _without_secrets(line: str) -> str:
    return _TOKEN.sub("…", _NAMED.sub(_but_its_name, line))


def _but_its_name(found: re.Match[str]) -> str:
    return f"{next(filter(None, found.groups()))}…"
