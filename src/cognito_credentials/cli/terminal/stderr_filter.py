"""Filter that removes secrets from the standard error of a login command.

If `process` fails, AWS tools show its standard error, which includes the standard error of a failed
login command. A command may print the secret that was rejected (`curl -v`, `sh -x`), so text that
looks like a token or that follows the name of a secret is removed. Errors and log records contain
no output of login commands.
"""

from __future__ import annotations

import re
import sys
import threading
from contextlib import suppress

from cognito_credentials._core import logs
from cognito_credentials.cli.terminal.writing import write_line

__all__ = ["print_redacted"]

# A token begins like a JWT, or is long and mixes letters and digits like random text. URL escapes
# are treated as part of a token.
_TOKEN = re.compile(
    r"eyJ[\w.=%-]+"
    r"|(?<![\w+/=~%|-])(?=[\w+/=~%|-]*[a-z])(?=[\w+/=~%|-]*[A-Z])(?=[\w+/=~%|-]*[0-9])"
    r"[\w+/=~%|-]{32,}"
    r"|(?<![0-9A-Za-z])(?=[A-Za-z]*[0-9])[0-9A-Za-z]{32,}"
)
# This pattern matches a secret that follows its name, or that is part of a URL. After a colon or a
# space, only a word that contains a digit is treated as a secret, because "no token: sign in first"
# is prose.
_NAME = (
    r"(?:passw(?:or)?d|passphrase|secret|token|api_?key|access_?key|assertion|authorization)[\w-]*+"
)
_NAMED_SECRET = re.compile(
    rf"""((?:{_NAME}["']?\s*+(?:=|:(?=\s*["']))|[?&][\w.-]++=)\s*+)("[^"]*|'[^']*|[^\s&"',;]+)"""
    rf"""|((?:{_NAME}["']?[:\s]\s*+)(?:(?:bearer|basic)\s++)?)(?=[^\s0-9]*+[0-9])[^\s"',;]+"""
    r"""|(\b(?:bearer|basic)\s++)(?=[a-z,:]*+[^\sa-z,:])[^\s"',;]+"""
    r"""|(://)[^\s/@]++(?=@)""",
    re.IGNORECASE,
)


def print_redacted(line: str) -> None:
    """Write a line to standard error, without text that may be a secret.

    Lines from other threads are discarded, because the program that `exec` runs may be using the
    terminal.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    logs.clear_wait_display()
    with suppress(OSError, ValueError):  # A closed standard error must not make the login fail.
        write_line(sys.stderr, _redact(line.rstrip("\r")))


def _redact(line: str) -> str:
    return _TOKEN.sub("…", _NAMED_SECRET.sub(_keep_name, line))


def _keep_name(found: re.Match[str]) -> str:
    return f"{next(filter(None, found.groups()))}…"
