"""`explain`: look up what an error message means, without a network request.

The text is never printed, because an error message may contain a token.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cognito_credentials.cli.explanations.lookup import explain, similar_messages
from cognito_credentials.cli.terminal.output import Output
from cognito_credentials.errors import ConfigurationError, documentation_url

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from cognito_credentials.cli.explanations.lookup import Explanation

USAGE = "cognito-credentials explain TEXT | -"
DESCRIPTION = """\
Explain an error message from Amazon Cognito, AWS STS or an AWS tool: what it means, its common causes,
and what to do.

  cognito-credentials explain "NotAuthorizedException: Logins don't match. Please include ..."
  aws s3 ls 2>&1 | cognito-credentials explain -

TEXT is the output of an AWS SDK, an AWS tool or cognito-credentials, or the `reason` of an error. TEXT
is neither sent nor printed. The exit status is 1 if the message is unknown.
"""
MAX_CHARACTERS = 100_000


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the subcommand."""
    parser.add_argument(
        "text", nargs="+", metavar="TEXT", help="error message, or - to read standard input"
    )


def run(options: Namespace) -> int:
    """Print the explanation of the message."""
    text = " ".join(options.text)
    if text == "-":
        text = sys.stdin.read(MAX_CHARACTERS)
    if not text.strip():
        raise ConfigurationError(
            "TEXT is empty", hint="Pass the error message, or - to read it from standard input."
        )
    output = Output(sys.stdout)
    explanation = explain(text)
    if explanation is not None:
        _print_explanation(output, explanation)
        return 0
    output.line("This message is unknown.")
    if similar := similar_messages(text):
        output.line("Similar messages:")
        for message in similar:
            output.line(f"  - {message}")
    _print_next_step(output, "Run `cognito-credentials doctor` to find the cause.")
    return 1


def _print_explanation(output: Output, explanation: Explanation) -> None:
    output.line(explanation.meaning)
    if explanation.causes:
        output.line("Common causes:")
        for cause in explanation.causes:
            output.line(f"  - {cause}")
    _print_next_step(output, explanation.next_step)
    if explanation.reason:
        output.line(output.dim(f"Reason: {explanation.reason}"))
        output.link(documentation_url(explanation.reason))


def _print_next_step(output: Output, step: str) -> None:
    output.item(output.good("Next:"), output.good(step), column=len("Next: "))
