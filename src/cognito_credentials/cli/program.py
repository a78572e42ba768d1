"""The command `cognito-credentials`: one module in `commands/` for each subcommand.

A subcommand's module has `DESCRIPTION`, `add_arguments(parser)` and `run(options)`, which returns the
exit status. Only the requested subcommand is imported, because AWS tools run `process` for each of
their own commands. Failures are errors of the library; `reporting/exit_status.py` reports them in
two lines and chooses the exit status, so that no subcommand prints a traceback.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cognito_credentials.cli.settings.arguments import Parser

__all__ = ["SUBCOMMANDS", "create_parser", "main"]

PROGRAM = "cognito-credentials"

# In the order of the help, each with its summary.
SUBCOMMANDS = {
    "configure": "write an AWS profile that uses an identity pool",
    "login": "sign in and keep the session renewed",
    "logout": "end the session, here and at the issuer",
    "whoami": "show the current identity, role and time left",
    "process": "print credentials for an AWS profile's credential_process",
    "exec": "run a program with automatically renewed credentials",
    "serve": "serve credentials to programs on this machine",
    "export": "print credentials as variables, JSON or a profile section",
    "link": "link a login to the guest identity of this machine",
    "cache": "list or clear stored credentials and identity IDs",
    "doctor": "diagnose configuration and connectivity problems",
    "explain": "explain an error and how to fix it",
    "emulator": "run a local emulator of Amazon Cognito and other AWS services",
    "completion": "print a shell completion script",
    "version": "print version information",
}

DESCRIPTION = """\
Get temporary AWS credentials from Amazon Cognito identity pools.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand and return its exit status.

    Raises:
        SystemExit: If help was requested or the command line is invalid. The text has been printed.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by who started this: nobody speaks or listens
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words and "_ARGCOMPLETE" in os.environ:
        from cognito_credentials.cli.commands.completion import complete_line

        return complete_line()
    options = _of_a_profile(words)
    if options is None:
        from cognito_credentials.cli.dispatch import normalize, parse_options

        words = normalize(words)
        options = parse_options(words)
    from cognito_credentials.cli.reporting import exit_status

    return exit_status.run_and_report(lambda: int(_import_module(words[0]).run(options)), options)


def _of_a_profile(words: list[str]) -> Any:
    """Return the options of `process --profile NAME`, or None where there are others.

    This is what `configure` writes, and an AWS tool runs: argparse would take a tenth of its time.
    """
    match words:
        case ["process", "--profile", name] if not name.startswith("-"):
            from types import SimpleNamespace

            from cognito_credentials.cli.settings.resolution import NOTHING_GIVEN

            return SimpleNamespace(**NOTHING_GIVEN | {"profile": name, "debug": False})
        case _:
            return None


def create_parser(subcommand: str) -> Parser:
    """Create the parser of one subcommand."""
    from cognito_credentials.cli.settings.arguments import Parser

    module = _import_module(subcommand)
    parser = Parser(
        prog=f"{PROGRAM} {subcommand}",
        usage=getattr(module, "USAGE", f"{PROGRAM} {subcommand} [options]"),
        description=module.DESCRIPTION,
    )
    module.add_arguments(parser)
    parser.add_argument(
        "--debug", action="store_true", help="print debug output (secrets are redacted)"
    )
    return parser


def create_overview_parser() -> Parser:
    """Create the parser of the command without a subcommand, which prints the overview."""
    from cognito_credentials.cli.settings.arguments import Parser

    width = max(map(len, SUBCOMMANDS))
    lines = [f"  {name:<{width}}  {summary}" for name, summary in SUBCOMMANDS.items()]
    parser = Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} SUBCOMMAND [options]",
        description=DESCRIPTION,
        epilog="\n".join(
            ["subcommands:", *lines, "", f"Run `{PROGRAM} help SUBCOMMAND` for details."]
        ),
    )
    parser.add_argument(
        "-V", "--version", action="store_true", help="print version information and exit"
    )
    return parser


def _import_module(subcommand: str) -> Any:
    module = "exec_" if subcommand == "exec" else subcommand
    name = f"cognito_credentials.cli.commands.{module}"
    return __import__(name, fromlist=["run"])
