"""`export`: print credentials, for example in the formats of `aws configure export-credentials`."""

from __future__ import annotations

from cognito_credentials.cli.commands.process import enter_chain, fetch_credentials
from cognito_credentials.cli.settings.arguments import add_setting_options
from cognito_credentials.cli.settings.resolution import load_settings
from cognito_credentials.cli.terminal import formats, shells
from cognito_credentials.cli.terminal.writing import write_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from cognito_credentials.credentials import Credentials

DESCRIPTION = """\
Print credentials for a shell or a program. The credentials are not refreshed, and expire after an
hour by default.

  eval "$(cognito-credentials export --profile game --format env)"

For programs that run longer, use exec or a profile (see configure).
"""

FORMATS = ("process", *shells.VARIABLE_FORMATS, "ini")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="process",
        metavar="FORMAT",
        help=f"output format: {', '.join(FORMATS)} (default: process)",
    )
    add_setting_options(parser)


def run(options: Namespace) -> int:
    """Print the credentials."""
    settings = load_settings(options)
    enter_chain(settings.display_name)
    credentials = fetch_credentials(settings)
    write_document(format_credentials(credentials, options.format, settings.profile.name))
    return 0


def format_credentials(credentials: Credentials, format_name: str, profile: str) -> str:
    """Return credentials in one of `FORMATS`; only the ini format uses the profile name."""
    match format_name:
        case "process":
            return formats.process_document(credentials)
        case "json":
            return formats.full_document(credentials)
        case "ini":
            return formats.profile_section(credentials, profile)
        case _:
            return shells.format_variables(formats.environment_variables(credentials), format_name)
