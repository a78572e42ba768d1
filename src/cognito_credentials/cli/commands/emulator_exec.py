"""`emulator exec`: run a program with an emulator that stops when the program exits."""

from __future__ import annotations

import contextlib
import os

from cognito_credentials.cli.commands.exec_ import (
    add_command_argument,
    find_shell,
    parse_command,
)
from cognito_credentials.cli.endpoint.child_environment import remove_credential_variables
from cognito_credentials.cli.endpoint.child_process import forward_signals
from cognito_credentials.cli.settings.emulator_options import (
    add_emulator_options,
    list_variables,
    start_emulator,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Mapping

USAGE = "cognito-credentials emulator exec [options] [-- COMMAND [ARGUMENT ...]]"
DESCRIPTION = """\
Start an emulator, run a program whose AWS requests go to it, and stop the emulator.

  cognito-credentials emulator exec -- pytest
  cognito-credentials emulator exec -- npm test

Without a command, exec starts your shell (SHELL, or COMSPEC on Windows) if standard input is a terminal.

The program gets the endpoint URL, the region and the access key of an administrator in the
environment variables of the AWS SDKs. COGNITO_EMULATOR_TOKEN contains the token with which the
program can control the emulator at AWS_ENDPOINT_URL/_emulator/.

Exit status: the status of the program; 128 plus the signal number if a signal ended the program;
127 if the program is not found; 126 if the program cannot be run.
"""

# Variables with this prefix, such as AWS_ENDPOINT_URL_S3, take precedence over AWS_ENDPOINT_URL.
# IGNORE_VARIABLE disables all of these variables.
ENDPOINT_PREFIX = "AWS_ENDPOINT_URL"
IGNORE_VARIABLE = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    add_emulator_options(parser)
    add_command_argument(parser)


def run(options: Namespace) -> int:
    """Run the program, and return its exit status."""
    command = parse_command(options) or find_shell(os.environ)
    with forward_signals() as forwarder, contextlib.closing(start_emulator(options)) as emulator:
        variables = {
            **list_variables(emulator, options),
            **emulator.environment(administrator=True),
        }
        return forwarder.run(command, remove_aws_settings(os.environ) | variables)


def remove_aws_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without the credentials and endpoints that the emulator replaces."""
    return {
        name: value
        for name, value in remove_credential_variables(environment).items()
        if not name.startswith(ENDPOINT_PREFIX) and name != IGNORE_VARIABLE
    }
