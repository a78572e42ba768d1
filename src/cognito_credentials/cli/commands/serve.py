"""`serve`: run a container-credentials endpoint for the programs on this machine."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager, suppress

from cognito_credentials._core import logs
from cognito_credentials._external_text import printable
from cognito_credentials._validation import expand_path
from cognito_credentials.cli.commands.process import enter_chain
from cognito_credentials.cli.reporting.exit_status import describe_error_and_next_step
from cognito_credentials.cli.settings.arguments import add_setting_options
from cognito_credentials.cli.settings.resolution import load_settings
from cognito_credentials.cli.terminal.shells import VARIABLE_FORMATS, format_variables
from cognito_credentials.cli.terminal.writing import write_document
from cognito_credentials.errors import CognitoCredentialsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Generator

    from cognito_credentials._endpoint.served_credentials import ServedIdentities

DESCRIPTION = """\
Serve credentials to programs on this machine through a container-credentials endpoint, as in ECS
and EKS. Current AWS SDKs support such an endpoint.

  cognito-credentials serve --profile game --port 8899 --token-file ~/.aws/serve-token

The command prints the environment variables that a program needs. Access requires the token file,
and is limited to this machine. Credentials are cached in memory and refreshed when 17 minutes
remain. Press Ctrl-C or send SIGTERM to stop the command.
"""

SIGNAL_POLL_INTERVAL_SECONDS = 1.0
HUMAN = "human"
FORMATS = (HUMAN, *VARIABLE_FORMATS)

INSTRUCTIONS = """\
Serving credentials. Press Ctrl-C to stop. Programs need these environment variables:

  AWS_CONTAINER_CREDENTIALS_FULL_URI      {AWS_CONTAINER_CREDENTIALS_FULL_URI}
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE  {AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE}"""
USER_INSTRUCTIONS = """

In each user's program, replace NAME with the name of that user."""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="loopback address to listen on, 127.0.0.1 or ::1 (default: 127.0.0.1)",
    )
    parser.add_argument(
        "--port",
        type=int,
        default=0,
        metavar="PORT",
        help="port to listen on (default: the port of the socket that systemd passes, or a free "
        "port)",
    )
    parser.add_argument(
        "--token-file",
        metavar="FILE",
        help="file for the authorization token; replaced at each start (default: a new file "
        "that is removed at exit)",
    )
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default=HUMAN,
        metavar="FORMAT",
        help=f"output format for the variables: {', '.join(FORMATS)} (default: {HUMAN})",
    )
    parser.add_argument(
        "--per-user",
        action="store_true",
        help="serve a separate guest identity for each name, at /users/NAME",
    )
    add_setting_options(parser)


def run(options: Namespace) -> int:
    """Serve credentials until a signal arrives."""
    from cognito_credentials._endpoint.listener import open_listener
    from cognito_credentials._endpoint.private_directory import make_private_directory
    from cognito_credentials._endpoint.server import Endpoint
    from cognito_credentials._endpoint.token_file import generate_token
    from cognito_credentials.cli.endpoint.passed_listener import take_passed_listener
    from cognito_credentials.cli.endpoint.served_identities import (
        build_served_identity,
        build_served_users,
    )

    settings = load_settings(options)
    enter_chain(settings.display_name)
    identities = (
        build_served_users(settings) if options.per_user else build_served_identity(settings)
    )
    with _stop_on_signals() as received, make_private_directory() as directory:
        token = generate_token()
        listener = take_passed_listener(options.host, options.port) or open_listener(
            options.host, options.port, prefix="--"
        )
        with Endpoint(
            identities, token, listener, describe_error=describe_error_and_next_step
        ) as endpoint:
            # Write the file only after the port is bound, so that a second `serve` on this port
            # cannot replace the file of the first `serve`.
            file = _write_token(options.token_file, directory, token)
            _fetch_credentials(identities)
            variables = {
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": endpoint.url,
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": file,
            }
            with suppress(KeyboardInterrupt):
                text = format_instructions(variables, options.format, is_per_user=options.per_user)
                write_document(text)
                while not received:
                    threading.Event().wait(SIGNAL_POLL_INTERVAL_SECONDS)
    return 0


def format_instructions(variables: dict[str, str], format_name: str, *, is_per_user: bool) -> str:
    """Return instructions for people, or the variables in the syntax of a shell."""
    if format_name != HUMAN:
        return format_variables(variables, format_name)
    # Escape control characters, because the path of the token file may come from the environment
    # (TMPDIR).
    shown = {name: printable(value) for name, value in variables.items()}
    return INSTRUCTIONS.format(**shown) + (USER_INSTRUCTIONS if is_per_user else "")


@contextmanager
def _stop_on_signals() -> Generator[list[int], None, None]:
    """Raise KeyboardInterrupt on each signal that stops a service, so that cleanup code runs.

    Yields the list of received signals. The caller checks this list as well, because Python
    discards an exception that is raised inside a finalizer.
    """
    received: list[int] = []

    def stop(number: int, _frame: object) -> None:
        received.append(number)
        raise KeyboardInterrupt

    names = ("SIGINT", "SIGTERM", "SIGHUP")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    handlers = {number: signal.getsignal(number) for number in numbers}
    try:
        for number, handler in handlers.items():
            # Signals that are ignored, such as SIGHUP under nohup, remain ignored.
            if handler is not signal.SIG_IGN:
                signal.signal(number, stop)
        yield received
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _write_token(path: str | None, directory: str, token: str) -> str:
    """Write the token to a file, by default in the private directory; return the file's path."""
    from cognito_credentials._endpoint.private_directory import TOKEN_FILE_NAME
    from cognito_credentials._endpoint.token_file import replace_token, write_private_file

    if path is None:
        return write_private_file(os.path.join(directory, TOKEN_FILE_NAME), token.encode())
    path = expand_path(path, "--token-file")
    replace_token(path, token)
    return path


def _fetch_credentials(identities: ServedIdentities) -> None:
    """Fetch the credentials before they are requested, and log temporary failures.

    Raises:
        CognitoCredentialsError: If the error is not retryable.
    """
    for served in identities.all():
        try:
            served.cache.get()
        except CognitoCredentialsError as error:
            if not error.is_retryable:
                raise
            logs.warning("No credentials yet: %s", describe_error_and_next_step(error))
