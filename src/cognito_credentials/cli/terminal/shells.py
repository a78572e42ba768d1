"""Variables as a shell reads them, each form with the quotes of that shell.

A value may hold whatever a variable can: blanks, quotes, dollars, backslashes and newlines come out
as they went in.
"""

from __future__ import annotations

import re

from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["FORMS", "fish_quoted", "written"]

# What no shell reads as its own. zsh expands `=` at the start of a word and after a colon.
_PLAIN = re.compile(r"([\w@%+,./:-]+=*)?", re.ASCII)
# PowerShell takes the typographic ones for the plain one.
_POWERSHELLS_QUOTES = re.compile("['\u2018\u2019\u201a\u201b]")


def written(variables: Mapping[str, str], form: str) -> str:
    """Return the variables in one of `FORMS`, a line or more for each.

    Raises:
        ConfigurationError: The form cannot carry a value.
    """
    if form == "json":
        import json

        return json.dumps(dict(variables), indent=2)
    return "\n".join(_SHELLS[form](name, value) for name, value in variables.items())


def _posix(name: str, value: str) -> str:
    return f"export {name}={_quoted(value)}"


def _without_export(name: str, value: str) -> str:
    """Return an assignment, with quotes only where it needs them: `docker --env-file` knows none."""
    return f"{name}={value if _PLAIN.fullmatch(value) else _quoted(value)}"


def fish_quoted(text: str) -> str:
    """Return a word as fish reads it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _fish(name: str, value: str) -> str:
    return f"set -gx {name} {fish_quoted(value)}"


def _powershell(name: str, value: str) -> str:
    return f"$Env:{name}='{_POWERSHELLS_QUOTES.sub(lambda found: found[0] * 2, value)}'"


def _windows_cmd(name: str, value: str) -> str:
    """Return a line of a batch file, which has no way to write a newline or a lone quote."""
    if re.search(r'["\r\n]', value):
        raise ConfigurationError(
            f"{name} holds a quote or a newline, which cmd cannot read",
            hint="Take --format json, or powershell.",
        )
    return f'set "{name}={value.replace("%", "%%")}"'


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "'\\''") + "'"


_SHELLS: dict[str, Callable[[str, str], str]] = {
    "env": _posix,
    "env-no-export": _without_export,
    "powershell": _powershell,
    "windows-cmd": _windows_cmd,
    "fish": _fish,
}

# The names are those of `aws configure export-credentials`, where it has them.
FORMS = (*_SHELLS, "json")
