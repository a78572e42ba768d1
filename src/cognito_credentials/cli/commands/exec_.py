"""`exec`: a program with credentials, for as long as it runs; without one, the user's shell.

It is given the address of an endpoint that lives as long as it does, and a file with the endpoint's
token, so that it gets new credentials when its own are over; `child_environment` says how what else
would give it credentials is kept out of its way. This process stays its parent, hands signals on
and ends with its status.
"""

from __future__ import annotations

import argparse
import os
import sys

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
from cognito_credentials.cli.settings.resolution import load_settings
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Mapping, Sequence

    from cognito_credentials.cli.settings.resolution import Settings

USAGE = "cognito-credentials exec [options] [-- COMMAND [ARGUMENT ...]]"

DESCRIPTION = """\
Run a program with credentials, which it renews for as long as it runs.

  cognito-credentials exec --profile game -- aws s3 ls

Without a command it starts your shell (SHELL; on Windows COMSPEC), if you are at a terminal.

The program finds a container-credentials endpoint in its environment, as it would in ECS or EKS;
every AWS SDK knows it. Other credentials are taken out of its environment, and those of a default
profile out of its way. COGNITO_CREDENTIALS_EXEC has the profile's name, for a prompt. Ends with
the program's status, 128 and the signal's number where a signal ended it, 127 where there is no
such program, 126 where it cannot be run.
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument(
        "--env",
        action="store_true",
        help="give the credentials in plain variables, for programs that know no endpoint: they "
        "end within the hour",
    )
    forms.add_argument(
        "--token-variable",
        action="store_true",
        help="give the endpoint's token in a variable too, for programs that cannot read it from a "
        "file: those with an AWS SDK from before the end of 2023",
    )
    add_setting_options(parser)
    parser.add_argument(
        "command",
        nargs=argparse.REMAINDER,
        metavar="COMMAND",
        help="the program, after --; by default your shell",
    )


def run(options: Namespace) -> int:
    """Run the program, and return its status."""
    command = program_of(options)
    _refuse_a_profile(command)
    is_shell = not command
    command = command or users_shell(os.environ)
    environment = remove_credential_variables(os.environ)
    settings = load_settings(options)
    enter_chain(settings.display_name)
    environment[EXEC_VARIABLE] = settings.display_name.removeprefix("profile ")
    if options.env:
        from cognito_credentials.cli.terminal.formats import environment_variables

        credentials = fetch_credentials(settings)
        _add_region(environment, settings, credentials.identity_id)
        given = environment_variables(credentials)
        if is_shell:
            _welcome(settings, f"until {given['AWS_CREDENTIAL_EXPIRATION']}")
        return run_program(command, environment | given)
    return _run_with_endpoint(
        command,
        environment,
        settings,
        is_shell=is_shell,
        has_token_variable=options.token_variable,
    )


def program_of(options: Namespace) -> list[str]:
    """Return the program and its arguments, all of whose hyphens are its own."""
    words: list[str] = options.command
    return words[1:] if words[:1] == ["--"] else words


def users_shell(environment: Mapping[str, str]) -> list[str]:
    """Return the shell of who sits at the terminal.

    Raises:
        ConfigurationError: Nobody does.
    """
    if not sys.stdin.isatty():
        raise ConfigurationError(
            "no command is given",
            hint="Write it after two hyphens: cognito-credentials exec --profile NAME -- aws s3 ls",
        )
    if os.name == "nt":
        return [environment.get("COMSPEC") or "cmd.exe"]
    return [environment.get("SHELL") or "/bin/sh"]


def _welcome(settings: Settings, how_long: str) -> None:
    if sys.stderr.isatty():
        from cognito_credentials.cli.terminal.output import Output

        Output(sys.stderr).line(
            f"This shell has credentials of {settings.display_name}, {how_long}. Leave it with exit."
        )


def _refuse_a_profile(command: Sequence[str]) -> None:
    """Refuse what is no program and looks like a profile: aws-vault takes one without an option."""
    from shutil import which

    from cognito_credentials.cli.settings.arguments import is_profile

    if not command or which(command[0]):
        return
    has_command = command[1:2] == ["--"]
    if has_command or is_profile(command[0]):
        import shlex

        words = shlex.join([PROGRAM, "exec", "--profile", command[0]])
        raise CommandError(
            f"{command[0]}: command not found",
            hint=f"For the profile, write {words}{' -- COMMAND' if has_command else ''}",
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
    from cognito_credentials.cli.endpoint.private_directory import (
        TOKEN_FILE_NAME,
        make_private_directory,
    )
    from cognito_credentials.cli.endpoint.served_credentials import build_served_identity
    from cognito_credentials.cli.endpoint.server import Endpoint
    from cognito_credentials.cli.endpoint.token_file import generate_token, write_private_file

    identities = build_served_identity(settings)
    token = generate_token()
    with Endpoint(identities, token) as endpoint:
        # Before the program starts: a refusal is said here, and not in the program's words.
        credentials = identities.served.cache.get()
        _add_region(environment, settings, credentials.identity_id)
        with forward_signals() as relay, make_private_directory() as folder:
            environment |= copy_aws_files(environment, folder)
            environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = endpoint.url
            environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = write_private_file(
                os.path.join(folder, TOKEN_FILE_NAME), token.encode()
            )
            # Not by itself: the JavaScript SDK warns of both, and all new SDKs read the file.
            if has_token_variable:
                environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = token
            if is_shell:
                _welcome(settings, "renewed while it runs")
            return relay.run(command, environment)


def _add_region(environment: dict[str, str], settings: Settings, identity_id: str) -> None:
    set_default_region(
        environment, settings.profile.values.get("region"), identity_id.partition(":")[0]
    )
