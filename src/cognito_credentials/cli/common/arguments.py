"""The options that verbs share, and a parser that says what is wrong in one line."""

from __future__ import annotations

import argparse
import sys

from cognito_credentials.cli.common.selection import SETTINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from _typeshed import SupportsWrite

__all__ = ["Parser", "add_selection"]


WIDTH = 96  # of the help: a terminal's own width costs an import, and the documentation a fixed one


class Parser(argparse.ArgumentParser):
    """Print descriptions as they are written, and refuse abbreviated options.

    A script that says `--identity` today must not mean something else when an option is added.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(
            allow_abbrev=False,
            formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(
                prog, width=WIDTH, max_help_position=28
            ),
            **options,
        )

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command line, and where its options are listed."""
        self.refuse(message, f"{self.prog} --help")

    def refuse(self, message: str, step: str) -> NoReturn:
        """Say what is wrong with the command line, and what to write instead."""
        sys.stderr.write(f"{self.prog}: {message}\nNext: {step}\n")
        sys.exit(2)

    def print_help(self, file: SupportsWrite[str] | None = None) -> None:
        """Print the help, and end as a verb does where that cannot be written."""
        from cognito_credentials.cli.common.failures import guarded

        def write() -> int:
            (file or sys.stdout).write(self.format_help())
            return 0

        status = guarded(write, argparse.Namespace(debug=False))
        if status:
            sys.exit(status)


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Add the options that say whose credentials to get, and from where."""
    group = parser.add_argument_group(
        "whose credentials",
        "Each has an environment variable and a key of the profile, too; the first that is set "
        "counts:\noption, profile if --profile names it, variable, profile.",
    )
    group.add_argument("--profile", metavar="NAME", help="profile of the AWS config file")
    for setting in SETTINGS.values():
        group.add_argument(
            setting.option,
            dest=setting.name,
            action="append" if setting.is_many else "store",
            metavar=setting.metavar,
            help=setting.help,
        )
    group.add_argument("--region", metavar="REGION", help="only to be sure: the id's is taken")
    group.add_argument(
        "--endpoint-url", metavar="URL", help="where the services are, an emulator for one"
    )
