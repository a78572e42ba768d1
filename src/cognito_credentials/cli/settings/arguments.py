"""The options that verbs share, and a parser that says what is wrong in one line."""

from __future__ import annotations

import argparse
import sys

from cognito_credentials.cli.settings.resolution import SETTINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from _typeshed import SupportsWrite

__all__ = ["Parser", "add_selection", "is_profile"]


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
        self.register("type", int, _whole_number)
        self.register("type", float, _number)

    def parse_args(  # pyright: ignore[reportIncompatibleMethodOverride] - typeshed has overloads
        self, args: Any = None, namespace: Any = None
    ) -> Any:
        """Return the options; refuse what is none, with the words that may have been meant."""
        options, others = self.parse_known_args(args, namespace)
        if others:
            self._refuse_unknown(others)
        return options

    def _refuse_unknown(self, words: list[str]) -> NoReturn:
        # An option before a word, which may be its value; and never that, which may be a secret.
        names = [word.partition("=")[0] for word in words if word.startswith("-")]
        if names:
            from difflib import get_close_matches

            close = get_close_matches(names[0], self._option_string_actions, n=1)
            step = f"Write {close[0]}." if close else f"{self.prog} --help"
            self.refuse(f"there is no option {names[0]}", step)
        step = f"{self.prog} --help"
        if "--profile" in self._option_string_actions and is_profile(words[0]):
            import shlex

            step = f"For the profile, write {self.prog} --profile {shlex.quote(words[0])}"
        self.refuse(f"there is no place for the word {words[0]!r}", step)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command line, and where its options are listed."""
        self.refuse(message, f"{self.prog} --help")

    def refuse(self, message: str, step: str) -> NoReturn:
        """Say what is wrong with the command line, and what to write instead."""
        sys.stderr.write(f"{self.prog}: {message}\nNext: {step}\n")
        sys.exit(2)

    def print_help(self, file: SupportsWrite[str] | None = None) -> None:
        """Print the help, and end as a verb does where that cannot be written."""
        from cognito_credentials.cli.reporting.exit_status import run_and_report

        def write() -> int:
            (file or sys.stdout).write(self.format_help())
            return 0

        status = run_and_report(write, argparse.Namespace(debug=False))
        if status:
            sys.exit(status)


def is_profile(name: str) -> bool:
    """Tell whether the AWS files have a profile of this name."""
    import os

    from cognito_credentials._config.aws_files import load_profile
    from cognito_credentials.errors import ConfigurationError

    try:
        load_profile(os.environ, name, source="command")
    except ConfigurationError:
        return False
    return True


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None


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
