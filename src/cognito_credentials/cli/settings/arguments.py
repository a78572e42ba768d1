"""The argument parser of the subcommands, and the options that they share."""

from __future__ import annotations

import argparse
import re
import sys

from cognito_credentials._validation import format_value
from cognito_credentials.cli.settings.names import OPTION_SETTINGS, SIGN_IN_SETTINGS
from cognito_credentials.cli.terminal.help_format import HelpFormatter
from cognito_credentials.cli.terminal.layout import terminal_width
from cognito_credentials.cli.terminal.output import Output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from _typeshed import SupportsWrite

__all__ = ["Parser", "add_setting_options", "is_profile"]


# Longer lines are hard to read. docs/cli.md uses the same width.
MAX_HELP_WIDTH = 96


# Options of aws-vault, granted and other tools, with the next step that replaces each of them.
OPTIONS_OF_OTHER_TOOLS = {
    ("exec", "--server"): "Omit --server, because exec always serves refreshed credentials.",
    (
        "exec",
        "--ec2-server",
    ): "Omit --ec2-server, because exec always serves refreshed credentials.",
    (
        "exec",
        "--ecs-server",
    ): "Omit --ecs-server, because exec always serves refreshed credentials.",
    ("exec", "--json"): "Run: cognito-credentials export",
    ("exec", "--no-session"): "Omit --no-session, because the credentials are always temporary.",
    ("export", "--env"): "Use --format env.",
    ("export", "--json"): "Use --format json.",
    ("export", "--shell"): "Use --format env, fish, powershell or windows-cmd.",
    ("emulator", "--daemon"): "Run the command in the background, for example with & or nohup.",
}


OMIT_VALUE_STEP = (
    "Use --password without a value. The password is read from the terminal or from standard input, "
    "because other users of this machine can read command lines."
)


# Any other word that begins with a hyphen may be a password, so it is not printed.
OPTION_NAME = re.compile(r"--?[A-Za-z][A-Za-z-]{0,39}")


class Parser(argparse.ArgumentParser):
    """A parser that fits its help to the terminal, and accepts no abbreviated options.

    If abbreviations were accepted, a new option could change the meaning of a script.
    """

    help_width: int = MAX_HELP_WIDTH

    def __init__(self, **options: Any) -> None:
        super().__init__(
            allow_abbrev=False,
            formatter_class=lambda prog: HelpFormatter(prog, width=self.help_width),
            **options,
        )
        self.register("type", int, _integer)
        self.register("type", float, _number)

    def parse_args(  # pyright: ignore[reportIncompatibleMethodOverride] - typeshed has overloads
        self, args: Any = None, namespace: Any = None
    ) -> Any:
        """Return the options; reject an unknown option, and suggest a similar one."""
        options, unknown = self.parse_known_args(args, namespace)
        if unknown:
            self._reject_unknown(unknown, options)
        return options

    def _reject_unknown(self, words: list[str], options: argparse.Namespace) -> NoReturn:
        # The message names an option if possible, because other words may be option values and
        # contain a secret.
        names = [word.partition("=")[0] for word in words if word.startswith("-")]
        if names:
            from cognito_credentials.cli.terminal.suggestions import find_similar

            similar = find_similar(names[0], self._option_string_actions)
            step = f"Use {similar}." if similar else self._help_step
            step = OPTIONS_OF_OTHER_TOOLS.get((self.prog.rpartition(" ")[2], names[0]), step)
            name = names[0] if OPTION_NAME.fullmatch(names[0]) else f"({len(names[0])} characters)"
            self.reject(f"unknown option {name}", step)
        step = self._help_step
        if getattr(options, "password", False) or getattr(options, "username", None):
            # The argument may be the password, so it is not printed.
            self.reject("unexpected argument", OMIT_VALUE_STEP)
        if "--profile" in self._option_string_actions and is_profile(words[0]):
            import shlex

            step = f"To select the profile, run {self.prog} --profile {shlex.quote(words[0])}"
        self.reject(f"unexpected argument {format_value(words[0])}", step)

    def error(self, message: str) -> NoReturn:
        """Reject the command line, and name `--help` as the next step."""
        # argparse would print the value, which may be a password.
        argument, has_value, _ = message.partition(": ignored explicit argument ")
        if has_value:
            option = argument.removeprefix("argument ")
            step = OMIT_VALUE_STEP if option == "--password" else f"Use {option} without a value."
            self.reject(f"option {option} does not accept a value", step)
        self.reject(message, self._help_step)

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        # Before Python 3.13, argparse discards the value of `--user=--`, and would ignore the option.
        if arg_strings == ["--"] and action.option_strings:
            raise argparse.ArgumentError(action, "the value must not be --")
        return super()._get_values(action, arg_strings)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        # argparse would print the whole value.
        if action.choices is not None and value not in action.choices:
            choices = ", ".join(map(str, action.choices))
            raise argparse.ArgumentError(
                action, f"{format_value(value)} is not one of the choices: {choices}"
            )

    @property
    def _help_step(self) -> str:
        return f"Run: {self.prog} --help"

    def reject(self, message: str, step: str) -> NoReturn:
        """Print the problem with the command line and the next step, and exit."""
        Output(sys.stderr).error(self.prog, message, step)
        sys.exit(2)

    def print_help(self, file: SupportsWrite[str] | None = None) -> None:
        """Print the help; if writing fails, report the error and exit."""
        self.help_width = min(terminal_width(sys.stdout) or MAX_HELP_WIDTH, MAX_HELP_WIDTH)
        try:
            (file or sys.stdout).write(self.format_help())
            sys.stdout.flush()
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - users must not see a traceback
            from cognito_credentials.cli.reporting.exit_status import report_error

            sys.exit(report_error(error, argparse.Namespace(debug=False)))


def is_profile(name: str) -> bool:
    """Return True if the AWS files contain a profile with this name."""
    import os

    from cognito_credentials._config.aws_files import load_profile
    from cognito_credentials.errors import ConfigurationError

    try:
        load_profile(os.environ, name, source="command")
    except ConfigurationError:
        return False
    return True


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{format_value(text)} is not an integer") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{format_value(text)} is not a number") from None


def add_setting_options(parser: argparse.ArgumentParser, *, with_sign_in: bool = False) -> None:
    """Add an option for each setting; settings of a sign-in only if `with_sign_in` is true."""
    group = parser.add_argument_group(
        "settings",
        "Most settings also have an environment variable and a profile key. Precedence: command-line "
        "option, the profile named by --profile, environment variable, default profile.",
    )
    for setting in OPTION_SETTINGS.values():
        if setting.name in SIGN_IN_SETTINGS and not with_sign_in:
            continue
        group.add_argument(
            setting.option,
            dest=setting.name,
            action="append" if setting.is_repeatable else "store",
            metavar=setting.metavar,
            help=setting.help,
        )
