"""`export`: credentials for a shell or a program, in the forms that the AWS CLI has and some more."""

from __future__ import annotations

import sys

from cognito_credentials.cli.commands.process import enter_chain, fetched
from cognito_credentials.cli.settings.arguments import add_selection
from cognito_credentials.cli.settings.resolution import Selection
from cognito_credentials.cli.terminal import formats, shells

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from cognito_credentials.credentials import Credentials

DESCRIPTION = """\
Print credentials for a shell or a program, to be read at once: they end within the hour.

  eval "$(cognito-credentials export --profile game --format env)"

Programs that run for longer are better off with exec, or with a profile (configure).
"""

FORMATS = ("process", *shells.VARIABLE_FORMATS, "ini")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
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
    sys.stdout.write(written(credentials, options.format, selection.profile.name) + "\n")
    return 0


def written(credentials: Credentials, form: str, profile: str) -> str:
    """Return credentials in one of `FORMATS`; as a section, in the name of a profile."""
    match form:
        case "process":
            return formats.process_document(credentials)
        case "json":
            return formats.full_document(credentials)
        case "ini":
            return formats.profile_section(credentials, profile)
        case _:
            return shells.format_variables(formats.environment_variables(credentials), form)
