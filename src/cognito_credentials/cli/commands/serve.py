"""`serve`: a container-credentials endpoint for whatever runs on this machine, until it is ended."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import contextmanager, suppress

from cognito_credentials._core import logs
from cognito_credentials.cli.commands.process import enter_chain
from cognito_credentials.cli.reporting.exit_status import describe_error_and_next_step
from cognito_credentials.cli.settings.arguments import add_setting_options
from cognito_credentials.cli.settings.resolution import load_settings
from cognito_credentials.cli.terminal.shells import VARIABLE_FORMATS, format_variables
from cognito_credentials.errors import CognitoCredentialsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Generator

    from cognito_credentials.cli.endpoint.served_credentials import ServedIdentities

DESCRIPTION = """\
Serve credentials to the programs of this machine, as ECS and EKS do; every AWS SDK knows how to ask.

  cognito-credentials serve --profile game --port 8899 --token-file ~/.aws/serve-token

Prints the variables that let a program find it. Only who can read the token's file gets
credentials, and only from this machine. Answers at once with what it holds, and renews it with 17
minutes left. Ctrl-C or SIGTERM ends it.
"""


SECONDS_BETWEEN_LOOKS = 1.0

HUMAN = """\
Serving credentials until Ctrl-C or SIGTERM. A program finds them with these variables:

  AWS_CONTAINER_CREDENTIALS_FULL_URI      {AWS_CONTAINER_CREDENTIALS_FULL_URI}
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE  {AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE}"""
FOR_USERS = """

Each user's program has the user's own name in place of NAME."""


FORMATS = ("human", *VARIABLE_FORMATS)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="a loopback address: 127.0.0.1, ::1"
    )
    parser.add_argument(
        "--port", type=int, default=0, metavar="PORT", help="by default any that is free"
    )
    parser.add_argument(
        "--token-file",
        metavar="FILE",
        help="where the token is; made if it is missing, and kept. By default a new one that goes "
        "with this process",
    )
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="human",
        metavar="FORMAT",
        help=f"how to print the variables: one of {', '.join(FORMATS)}",
    )
    parser.add_argument(
        "--per-user",
        action="store_true",
        help="serve each name at /users/NAME a guest of its own",
    )
    add_setting_options(parser)


def run(options: Namespace) -> int:
    """Serve until a signal comes."""
    from cognito_credentials.cli.endpoint.private_directory import make_private_directory
    from cognito_credentials.cli.endpoint.served_credentials import (
        build_served_identity,
        build_served_users,
    )
    from cognito_credentials.cli.endpoint.server import Endpoint

    settings = load_settings(options)
    enter_chain(settings.display_name)
    identities = (
        build_served_users(settings) if options.per_user else build_served_identity(settings)
    )
    with _ended_by_signals() as came, make_private_directory() as folder:
        file, token = _token(options, folder)
        with Endpoint(identities, token, host=options.host, port=options.port) as endpoint:
            _fetch_first(identities)
            variables = {
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": endpoint.url,
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": file,
            }
            with suppress(KeyboardInterrupt):
                shown = _shown(variables, options.format, is_for_users=options.per_user)
                sys.stdout.write(shown + "\n")
                sys.stdout.flush()
                while not came:
                    threading.Event().wait(SECONDS_BETWEEN_LOOKS)
    return 0


def _shown(variables: dict[str, str], form: str, *, is_for_users: bool) -> str:
    if form != "human":
        return format_variables(variables, form)
    return HUMAN.format(**variables) + (FOR_USERS if is_for_users else "")


@contextmanager
def _ended_by_signals() -> Generator[list[int], None, None]:
    """Let the signals that end a service do what Ctrl-C does, so that all is put away.

    What came is noted, too: an exception that is raised in the middle of a finalizer is lost.
    """
    came: list[int] = []

    def end(number: int, _frame: object) -> None:
        came.append(number)
        raise KeyboardInterrupt

    names = ("SIGINT", "SIGTERM", "SIGHUP")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        for number in numbers:
            if before[number] is not signal.SIG_IGN:  # nohup
                signal.signal(number, end)
        yield came
    finally:
        for number in numbers:
            signal.signal(number, before[number])


def _token(options: Namespace, folder: str) -> tuple[str, str]:
    """Return the token's file and the token."""
    from cognito_credentials.cli.endpoint.private_directory import TOKEN_FILE_NAME
    from cognito_credentials.cli.endpoint.token_file import (
        generate_token,
        load_or_create_token,
        write_private_file,
    )

    if options.token_file:
        file = os.path.abspath(os.path.expanduser(options.token_file))
        return file, load_or_create_token(file)
    token = generate_token()
    return write_private_file(os.path.join(folder, TOKEN_FILE_NAME), token.encode()), token


def _fetch_first(identities: ServedIdentities) -> None:
    """Fetch what is served. A refusal ends the program; a service that is away may come back."""
    for kept in identities.all():
        try:
            kept.cache.get()
        except CognitoCredentialsError as error:
            if not error.is_retryable:
                raise
            logs.warning("There are no credentials yet: %s", describe_error_and_next_step(error))
