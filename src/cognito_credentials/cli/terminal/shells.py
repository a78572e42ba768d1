"""Assignments of environment variables in the syntax of shells.

Each format quotes the values so that the shell restores them unchanged, no matter which characters
they contain.
"""

from __future__ import annotations

import re

from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["VARIABLE_FORMATS", "format_variables"]

# Text that needs no quotes in any shell. zsh expands `=` at the start of a word and after a colon.
_UNQUOTED = re.compile(r"([\w@%+,./:-]+=*)?", re.ASCII)
# PowerShell treats typographic single quotes like ASCII single quotes.
_POWERSHELL_QUOTE = re.compile("['\u2018\u2019\u201a\u201b]")


def format_variables(variables: Mapping[str, str], format_name: str) -> str:
    """Return the variables in one of `VARIABLE_FORMATS`.

    Raises:
        ConfigurationError: If the format cannot represent a value.
    """
    if format_name == "json":
        import json

        return json.dumps(dict(variables), indent=2)
    format_variable = _SHELL_FORMATS[format_name]
    for name, value in variables.items():
        if "\0" in value:  # Environment variables cannot contain NUL characters.
            raise _not_representable(name, "a NUL character", "a shell", "json")
    return "\n".join(format_variable(name, value) for name, value in variables.items())


def _format_env(name: str, value: str) -> str:
    return f"export {name}={_quote(value)}"


def _format_env_no_export(name: str, value: str) -> str:
    if re.search(r"[\r\n]", value):  # An environment file contains one line per variable.
        raise _not_representable(
            name, "a line break", "an environment file", "json or --format env"
        )
    # Values are quoted only if necessary, because `docker --env-file` includes the quotes in the
    # value.
    return f"{name}={value if _UNQUOTED.fullmatch(value) else _quote(value)}"


def _format_fish(name: str, value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"set -gx {name} '{escaped}'"


def _format_powershell(name: str, value: str) -> str:
    return f"$Env:{name}='{_POWERSHELL_QUOTE.sub(lambda found: found[0] * 2, value)}'"


def _format_windows_cmd(name: str, value: str) -> str:
    if re.search(r'["\r\n]', value):  # A batch file cannot represent these characters.
        raise _not_representable(
            name, "a double quote or a line break", "cmd", "json or --format powershell"
        )
    return f'set "{name}={value.replace("%", "%%")}"'


def _not_representable(
    name: str, character: str, reader: str, other_formats: str
) -> ConfigurationError:
    return ConfigurationError(
        f"{name} contains {character}, which {reader} cannot read",
        hint=f"Use --format {other_formats}.",
    )


def _quote(value: str) -> str:
    return "'" + value.replace("'", "'\\''") + "'"


_SHELL_FORMATS: dict[str, Callable[[str, str], str]] = {
    "env": _format_env,
    "env-no-export": _format_env_no_export,
    "powershell": _format_powershell,
    "windows-cmd": _format_windows_cmd,
    "fish": _format_fish,
}

# `aws configure export-credentials` uses the same names for the formats that it supports.
VARIABLE_FORMATS = (*_SHELL_FORMATS, "json")
