"""The subcommands, and the parsing of their command lines.

A subcommand's module in `commands/` has `DESCRIPTION`, `add_arguments(parser)` and `run(options)`,
which returns the exit status. Only the requested subcommand is imported.
"""

from __future__ import annotations

import shlex

from cognito_credentials.cli import PROGRAM
from cognito_credentials.cli.settings.arguments import Parser

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from types import ModuleType
    from typing import NoReturn

__all__ = [
    "SUBCOMMANDS",
    "create_overview_parser",
    "create_parser",
    "import_subcommand",
    "normalize",
    "parse_options",
]

HELP = "--help"

# Maps each subcommand, in the order of the help, to its summary.
SUBCOMMANDS = {
    "configure": "write an AWS profile that uses an identity pool",
    "login": "sign in and store a session that is refreshed automatically",
    "logout": "sign out, and revoke the refresh token",
    "whoami": "show the current identity, role and time left",
    "process": "print credentials for an AWS profile's credential_process",
    "exec": "run a program with credentials that are refreshed automatically",
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

# Maps subcommands of aws-vault, granted and other tools to the arguments that do the same here.
WORDS_OF_OTHER_TOOLS = {
    "add": "configure --profile NAME --identity-pool-id REGION:UUID",
    "assume": "exec --profile NAME",
    "check": "doctor",
    "clear": "cache clear",
    "credential-process": "process",
    "credentials": "export",
    "daemon": "serve",
    "env": "export --format env",
    "init": "configure --profile NAME --identity-pool-id REGION:UUID",
    "list": "configure --list",
    "ls": "configure --list",
    "profiles": "configure --list",
    "remove": "logout",
    "rotate": "cache clear",
    "run": "exec --profile NAME -- COMMAND",
    "server": "serve",
    "shell": "exec --profile NAME",
    "sign-in": "login",
    "sign-out": "logout",
    "signin": "login",
    "signout": "logout",
    "sso": "login",
    "status": "whoami",
}

DESCRIPTION = """\
Get temporary AWS credentials from Amazon Cognito identity pools.
"""


def normalize(words: list[str]) -> list[str]:
    """Return the command line with its subcommand first, or with `--help` first.

    `help NAME` and `--help NAME` become `NAME --help`, and `--version` becomes `version`.
    """
    match words:
        case [] | ["help" | "-h" | "--help"]:
            return [HELP]
        case ["help" | "-h" | "--help", subcommand, *_]:
            return [subcommand, HELP]
        case ["-V" | "--version", *rest]:
            return ["version", *rest]
        case _:
            return words


def parse_options(words: list[str]) -> Namespace:
    """Parse a normalized command line.

    Raises:
        SystemExit: If help was requested or the command line is invalid; the help or the error has
            been printed.
    """
    subcommand, *rest = words
    if subcommand == HELP:
        parser, rest = create_overview_parser(), words
    elif subcommand in SUBCOMMANDS:
        parser = create_parser(subcommand)
    else:
        _reject(words)
    options: Namespace = parser.parse_args(rest)
    return options


def _reject(words: list[str]) -> NoReturn:
    reject = create_overview_parser().reject
    first = words[0]
    is_option = first.strip("-") and first.startswith("-")
    if is_option and (index := _find_subcommand(words)):
        # The words after the subcommand are not printed, because the command of exec may contain a
        # secret.
        line = shlex.join([PROGRAM, words[index], *words[:index]])
        line += " ..." if words[index + 1 :] else ""
        reject("options must follow the subcommand", f"Run: {line}")
    from cognito_credentials._validation import format_value
    from cognito_credentials.cli.terminal.suggestions import find_similar

    step = find_similar(first, [*SUBCOMMANDS, "help"]) or WORDS_OF_OTHER_TOOLS.get(first, HELP)
    reject(f"unknown subcommand {format_value(first)}", f"Run: {PROGRAM} {step}")


def _find_subcommand(words: list[str]) -> int:
    """Return the index of the subcommand, or 0 if there is none.

    A word that follows an option may be the value of that option, so subcommand names that do not
    follow an option are preferred.
    """
    indexes = [index for index, word in enumerate(words) if word in SUBCOMMANDS]
    certain = [index for index in indexes if not words[index - 1].startswith("-")]
    return next(iter(certain + indexes), 0)


def create_parser(subcommand: str) -> Parser:
    """Create the parser of one subcommand."""
    module = import_subcommand(subcommand)
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
    """Create the parser for a command line without a subcommand; its help is the overview."""
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


def import_subcommand(subcommand: str) -> ModuleType:  # noqa: C901, PLR0912 - a case for each
    """Import and return the module of a subcommand.

    Raises:
        ValueError: If the subcommand is unknown.
    """
    match subcommand:
        case "configure":
            from cognito_credentials.cli.commands import configure

            return configure
        case "login":
            from cognito_credentials.cli.commands import login

            return login
        case "logout":
            from cognito_credentials.cli.commands import logout

            return logout
        case "whoami":
            from cognito_credentials.cli.commands import whoami

            return whoami
        case "process":
            from cognito_credentials.cli.commands import process

            return process
        case "exec":
            from cognito_credentials.cli.commands import exec_

            return exec_
        case "serve":
            from cognito_credentials.cli.commands import serve

            return serve
        case "export":
            from cognito_credentials.cli.commands import export

            return export
        case "link":
            from cognito_credentials.cli.commands import link

            return link
        case "cache":
            from cognito_credentials.cli.commands import cache

            return cache
        case "doctor":
            from cognito_credentials.cli.commands import doctor

            return doctor
        case "explain":
            from cognito_credentials.cli.commands import explain

            return explain
        case "emulator":
            from cognito_credentials.cli.commands import emulator

            return emulator
        case "completion":
            from cognito_credentials.cli.commands import completion

            return completion
        case "version":
            from cognito_credentials.cli.commands import version

            return version
        case _:
            raise ValueError(f"unknown subcommand {subcommand!r}")
