"""`export`: credentials for a shell or a program, in the forms that the AWS CLI has and some more."""

from __future__ import annotations

import sys

from cognito_credentials.cli.common.arguments import add_selection
from cognito_credentials.cli.common.formats import FORMATS
from cognito_credentials.cli.common.selection import Selection
from cognito_credentials.cli.process import enter_chain, fetched

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

DESCRIPTION = """\
Print credentials for a shell or a program, to be read at once: they end within the hour.

  eval "$(cognito-credentials export --profile game --format env)"

Programs that run for longer are better off with exec, or with a profile (configure).
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="process",
        metavar="FORMAT",
        help=f"one of {', '.join(FORMATS)}; by default process",
    )
    add_selection(parser)


def run(options: Namespace) -> int:
    """Print the credentials."""
    selection = Selection(options)
    enter_chain(selection.name)
    credentials = fetched(selection)
    sys.stdout.write(FORMATS[options.format](credentials) + "\n")
    return 0
