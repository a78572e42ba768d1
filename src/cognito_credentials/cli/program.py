"""The command `cognito-credentials`: one module here for each verb.

A verb's module has `DESCRIPTION`, `add_arguments(parser)` and `run(options)`, which returns the exit
status. Only the verb that is asked for is imported: a `credential_process` runs for each command
of the AWS CLI. What can go wrong is an error of the library; `failures` says it in two lines and
chooses the exit status, so that no verb prints a traceback.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Sequence
    from typing import Any

    from cognito_credentials.cli.settings.arguments import Parser

__all__ = ["VERBS", "main", "parser_of"]

PROGRAM = "cognito-credentials"

# In the order of the help: what it does in a few words.
VERBS = {
    "configure": "write a profile that any AWS tool can use",
    "login": "sign in, and stay signed in",
    "logout": "end the session, here and at the issuer",
    "whoami": "show whose credentials these are, and for how long",
    "process": "print credentials for the credential_process of an AWS profile",
    "exec": "run a program with credentials that it renews",
    "serve": "serve credentials to the programs of this machine",
    "export": "print credentials for a shell or a program",
    "link": "link a login to this machine's guest",
    "cache": "list or clear what this machine keeps",
    "doctor": "check everything on the way to credentials, and say what to mend",
    "explain": "say what an error means, and what to do about it",
    "emulator": "run an AWS account on this machine",
    "completion": "print a completion script for a shell",
    "version": "print versions",
}

DESCRIPTION = """\
Temporary AWS credentials from Amazon Cognito identity pools, for any tool.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb; returns the exit status.

    Raises:
        SystemExit: Help was asked for, or the words are wrong; what there is to say is said.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by who started this: nobody speaks or listens
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
    words = list(sys.argv[1:] if arguments is None else arguments)
    options = _of_a_profile(words)
    if options is None:
        from cognito_credentials.cli.dispatch import options_of, with_verb_first

        words = with_verb_first(words)
        options = options_of(words)
    from cognito_credentials.cli.reporting import exit_status

    return exit_status.guarded(lambda: int(_module(words[0]).run(options)), options)


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


def parser_of(verb: str) -> ArgumentParser:
    """Return the parser of one verb."""
    from cognito_credentials.cli.settings.arguments import Parser

    module = _module(verb)
    parser = Parser(
        prog=f"{PROGRAM} {verb}",
        usage=getattr(module, "USAGE", f"{PROGRAM} {verb} [options]"),
        description=module.DESCRIPTION,
    )
    module.add_arguments(parser)
    parser.add_argument(
        "--debug", action="store_true", help="show the way of the call, without secrets"
    )
    return parser


def overview() -> Parser:
    """Return the parser of the command without a verb, which only helps."""
    from cognito_credentials.cli.settings.arguments import Parser

    width = max(map(len, VERBS))
    lines = [f"  {verb:<{width}}  {what}" for verb, what in VERBS.items()]
    parser = Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} VERB [options]",
        description=DESCRIPTION,
        epilog="\n".join(["verbs:", *lines, "", f"{PROGRAM} help VERB says more of each."]),
    )
    parser.add_argument("-V", "--version", action="store_true", help="print versions and exit")
    return parser


def _module(verb: str) -> Any:
    name = f"cognito_credentials.cli.commands.{'exec_' if verb == 'exec' else verb}"
    return __import__(name, fromlist=["run"])
