"""`exec`: run a program, or the user's shell, with credentials that are refreshed while it runs.

The program gets the URL of a container-credentials endpoint and a file with its token. Until the
program exits, the endpoint serves new credentials before the previous credentials expire.
`child_environment` hides other sources of credentials. This process remains the parent of the
program, forwards signals to it and exits with its status.
"""

from __future__ import annotations

import argparse
import os
import sys

from cognito_credentials._validation import check_no_control_character
from cognito_credentials.cli import PROGRAM
from cognito_credentials.cli.commands.process import enter_chain, fetch_credentials
from cognito_credentials.cli.endpoint.child_environment import (
    EXEC_VARIABLE,
    copy_aws_files,
    remove_credential_variables,
    set_default_region,
)
from cognito_credentials.cli.endpoint.child_process import (
    NOT_FOUND_STATUS,
    CommandError,
    forward_signals,
    run_program,
)
from cognito_credentials.cli.settings.arguments import add_setting_options
from cognito_credentials.cli.settings.exec_settings import SETTINGS_VARIABLE, export_settings
from cognito_credentials.cli.settings.resolution import load_settings
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Mapping, Sequence

    from cognito_credentials.cli.settings.resolution import Settings

USAGE = "cognito-credentials exec [options] [-- COMMAND [ARGUMENT ...]]"

DESCRIPTION = """\
Run a program with credentials that are refreshed while it runs.

  cognito-credentials exec --profile game -- aws s3 ls

Without a command, exec starts your shell (SHELL, or COMSPEC on Windows) if standard input is a terminal.

The program gets the variables of a container-credentials endpoint, as in ECS or EKS; current AWS
SDKs support such an endpoint. Other credentials are removed from the environment and the default profile
of the program. COGNITO_CREDENTIALS_EXEC contains the name of the profile, for use in a prompt.

Exit status: the status of the program; 128 plus the signal number if a signal ended the program;
127 if the program is not found; 126 if the program cannot be run.
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    delivery = parser.add_mutually_exclusive_group()
    delivery.add_argument(
        "--env",
        action="store_true",
        help="pass the credentials in environment variables, for programs that do not support an "
        "endpoint; the credentials are not refreshed",
    )
    delivery.add_argument(
        "--token-variable",
        action="store_true",
        help="pass the endpoint's token in an environment variable as well, for AWS SDKs from "
        "before 2024, which cannot read the token from a file",
    )
    add_setting_options(parser)
    add_command_argument(parser)


def add_command_argument(parser: ArgumentParser) -> None:
    """Add the argument that `parse_command` reads."""
    parser.add_argument(
        "command",
        nargs=argparse.REMAINDER,
        metavar="COMMAND",
        help="program and its arguments, after -- (default: your shell)",
    )


def run(options: Namespace) -> int:
    """Run the program, and return its exit status."""
    command = parse_command(options)
    _reject_profile_as_command(command)
    is_shell = not command
    command = command or find_shell(os.environ)
    environment = remove_credential_variables(os.environ)
    settings = load_settings(options)
    enter_chain(settings.display_name)
    environment[SETTINGS_VARIABLE] = export_settings(options, os.environ)
    environment[EXEC_VARIABLE] = settings.display_name.removeprefix("profile ")
    if options.env:
        from cognito_credentials.cli.terminal.formats import environment_variables

        credentials = fetch_credentials(settings)
        _set_region(environment, settings, credentials.identity_id)
        variables = environment_variables(credentials)
        if is_shell:
            _print_welcome(settings, f"until {variables['AWS_CREDENTIAL_EXPIRATION']}")
        return run_program(command, environment | variables)
    return _run_with_endpoint(
        command,
        environment,
        settings,
        is_shell=is_shell,
        has_token_variable=options.token_variable,
    )


def parse_command(options: Namespace) -> list[str]:
    """Return the program and its arguments, without the `--` that ends the options of `exec`."""
    words: list[str] = options.command
    return words[1:] if words[:1] == ["--"] else words


def find_shell(environment: Mapping[str, str]) -> list[str]:
    """Return the user's shell.

    Raises:
        ConfigurationError: If standard input is not a terminal.
    """
    if not sys.stdin.isatty():
        raise ConfigurationError(
            "a command is required, because standard input is not a terminal",
            hint="Pass the command after --, for example: -- aws s3 ls",
        )
    if os.name == "nt":
        return [environment.get("COMSPEC") or "cmd.exe"]
    return [environment.get("SHELL") or "/bin/sh"]


def _print_welcome(settings: Settings, validity: str) -> None:
    if sys.stderr.isatty():
        from cognito_credentials.cli.terminal.output import Output

        Output(sys.stderr).line(
            f"This shell has the credentials of {settings.display_name}, {validity}. "
            "Type exit to leave it."
        )


def _reject_profile_as_command(command: Sequence[str]) -> None:
    """Reject a profile name in front of the program (aws-vault syntax), and suggest --profile.

    Raises:
        CommandError: If the first word is not a program, and probably names a profile.
    """
    from shutil import which

    from cognito_credentials.cli.settings.arguments import is_profile

    if not command or which(command[0]):
        return
    has_program = command[1:2] == ["--"]
    if has_program or is_profile(command[0]):
        import shlex

        words = shlex.join([PROGRAM, "exec", "--profile", command[0]])
        raise CommandError(
            f"{command[0]}: command not found",
            hint=f"To use a profile, run {words}{' -- COMMAND' if has_program else ''}",
            exit_status=NOT_FOUND_STATUS,
        )


def _run_with_endpoint(
    command: Sequence[str],
    environment: dict[str, str],
    settings: Settings,
    *,
    is_shell: bool,
    has_token_variable: bool,
) -> int:
    from cognito_credentials._endpoint.private_directory import (
        TOKEN_FILE_NAME,
        make_private_directory,
    )
    from cognito_credentials._endpoint.server import Endpoint
    from cognito_credentials._endpoint.token_file import generate_token, write_private_file
    from cognito_credentials.cli.endpoint.served_identities import build_served_identity
    from cognito_credentials.cli.reporting.exit_status import describe_error_and_next_step

    identities = build_served_identity(settings)
    token = generate_token()
    with Endpoint(identities, token, describe_error=describe_error_and_next_step) as endpoint:
        # Fetch the credentials before the program starts, so that this command reports any error.
        credentials = identities.served.cache.get()
        _set_region(environment, settings, credentials.identity_id)
        with forward_signals() as forwarder, make_private_directory() as directory:
            environment |= copy_aws_files(environment, directory)
            environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = endpoint.url
            environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = write_private_file(
                os.path.join(directory, TOKEN_FILE_NAME), token.encode()
            )
            # Set this variable only on request, because the JavaScript SDK warns if this variable and
            # the previous variable are both set.
            if has_token_variable:
                environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = token
            if is_shell:
                _print_welcome(settings, "refreshed while it runs")
            return forwarder.run(command, environment)


def _set_region(environment: dict[str, str], settings: Settings, identity_id: str) -> None:
    region = settings.profile.values.get("region", "")
    check_no_control_character(
        f"region in {settings.profile.source}", region, hint="Correct the region in the profile."
    )
    set_default_region(environment, region, identity_id.partition(":")[0])
