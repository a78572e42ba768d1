"""Completion of command lines, requested by the shell scripts from `completion` on each TAB.

argcomplete finds the candidates in the subcommands' parsers.
"""

from __future__ import annotations

import glob
import os
from contextlib import suppress

from cognito_credentials.cli import dispatch
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Action, ArgumentParser
    from collections.abc import Iterable
    from typing import Any

FILE_OPTIONS = ("admin_file", "command", "token_file")
# In the values of these options, a file name follows an @.
SOURCE_OPTIONS = ("client_secret", "logins")


def complete_line() -> int:
    """Complete the line in the environment variable COMP_LINE, and exit; return 1 if that fails."""
    try:
        import argcomplete
    except ModuleNotFoundError:
        return 1
    argcomplete.autocomplete(
        create_full_parser(os.environ.get("COMP_LINE", "")),
        always_complete_options="long",
        default_completer=complete_value,  # type: ignore[arg-type]  # any callable is accepted
    )
    return 1


def create_full_parser(line: str) -> ArgumentParser:
    """Create a parser of all subcommands, with options only for the subcommands in the line."""
    parser = dispatch.create_overview_parser()
    subparsers = parser.add_subparsers(metavar="SUBCOMMAND")
    words = line.split()
    for name, summary in dispatch.SUBCOMMANDS.items():
        parents = [dispatch.create_parser(name)] if name in words else []
        subparsers.add_parser(name, help=summary, parents=parents, add_help=not parents)
    help_parser = subparsers.add_parser("help", help="show the help of a subcommand")
    help_parser.add_argument("subcommand", nargs="?", choices=tuple(dispatch.SUBCOMMANDS))
    return parser


def complete_value(*, prefix: str, action: Action, **_: Any) -> Iterable[str]:
    """Return the values of an option or argument that begin with `prefix`."""
    if action.dest == "profile":
        from cognito_credentials._config.aws_files import list_profiles

        with suppress(ConfigurationError):  # The subcommand reports the error when it runs.
            return list_profiles(os.environ)
    if action.dest in FILE_OPTIONS:
        return complete_file(prefix)
    before, at, path = prefix.partition("@")
    if action.dest in SOURCE_OPTIONS and at:
        return [f"{before}@{file}" for file in complete_file(path)]
    return []


def complete_file(prefix: str) -> list[str]:
    """Return the paths that begin with `prefix`; directories end in a slash."""
    expanded = os.path.expanduser(prefix)
    return [
        prefix + path.removeprefix(expanded) + ("/" if os.path.isdir(path) else "")
        for path in sorted(glob.glob(glob.escape(expanded) + "*"))
    ]
