"""`exec`: a program with credentials, for as long as it runs.

It is given the address of an endpoint that lives as long as it does, and a file with the endpoint's
token, so that it gets new credentials when its own are over; `child_environment` says how what else
would give it credentials is kept out of its way. This process stays its parent, hands signals on
and ends with its status.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
from contextlib import contextmanager, suppress

from cognito_credentials.cli.common.arguments import add_selection
from cognito_credentials.cli.common.selection import Selection
from cognito_credentials.cli.endpoint.child_environment import add_region, clean, write_settings
from cognito_credentials.cli.process import enter_chain, fetched
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Generator, Sequence
    from typing import Any

__all__ = ["CommandError", "run_program"]

USAGE = "cognito-credentials exec [options] -- COMMAND [ARGUMENT ...]"

DESCRIPTION = """\
Run a program with credentials, which it renews for as long as it runs.

  cognito-credentials exec --profile game -- aws s3 ls

The program finds a container-credentials endpoint in its environment, as it would in ECS or EKS;
every AWS SDK knows it. Other credentials are taken out of its environment, and those of a default
profile out of its way. Ends with the program's status, 128 and the signal's number where a signal
ended it, 127 where there is no such program, 126 where it cannot be run.
"""

NOT_FOUND, NOT_RUNNABLE, BY_SIGNAL = 127, 126, 128

# From the terminal these come to the program by themselves.
TERMINALS = ("SIGINT", "SIGQUIT")
HANDED_ON = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", *TERMINALS)


class CommandError(ConfigurationError):
    """The program could not be started."""

    def __init__(self, message: str, *, hint: str, exit_status: int) -> None:
        super().__init__(message, hint=hint)
        self.exit_status = exit_status


def add_arguments(parser: ArgumentParser) -> None:
    """Add the verb's options."""
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
    add_selection(parser)
    parser.add_argument(
        "command", nargs=argparse.REMAINDER, metavar="COMMAND", help="the program, after --"
    )


def run(options: Namespace) -> int:
    """Run the program, and return its status."""
    command = program_of(options)
    if not command:
        raise ConfigurationError(
            "no command is given",
            hint="Write it after two hyphens: cognito-credentials exec --profile NAME -- aws s3 ls",
        )
    environment = clean(os.environ)
    selection = Selection(options)
    enter_chain(selection.name)
    if options.env:
        from cognito_credentials.cli.common.formats import variables

        credentials = fetched(selection)
        _add_region(environment, selection, credentials.identity_id)
        return run_program(command, environment | variables(credentials))
    return _run_with_endpoint(command, environment, selection, options)


def program_of(options: Namespace) -> list[str]:
    """Return the program and its arguments, all of whose hyphens are its own."""
    words: list[str] = options.command
    return words[1:] if words[:1] == ["--"] else words


def _run_with_endpoint(
    command: Sequence[str], environment: dict[str, str], selection: Selection, options: Namespace
) -> int:
    from cognito_credentials.cli.endpoint.kept import kept_identity
    from cognito_credentials.cli.endpoint.server import Endpoint
    from cognito_credentials.cli.endpoint.token_file import new_token, private_folder, write_private

    identities = kept_identity(selection)
    token = new_token()
    with Endpoint(identities, token) as endpoint:
        # Before the program starts: a refusal is said here, and not in the program's words.
        credentials = identities.kept.cache.get()
        _add_region(environment, selection, credentials.identity_id)
        with handed_on() as relay, private_folder() as folder:
            environment |= write_settings(environment, folder)
            environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = endpoint.url
            environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = write_private(
                os.path.join(folder, "token"), token.encode()
            )
            # Not by itself: the JavaScript SDK warns of both, and all new SDKs read the file.
            if options.token_variable:
                environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = token
            return relay.run(command, environment)


def _add_region(environment: dict[str, str], selection: Selection, identity_id: str) -> None:
    add_region(environment, selection.profile.values.get("region"), identity_id.partition(":")[0])


# --- the program --------------------------------------------------------------------------------


def run_program(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run a program to its end, and return the status that a shell would."""
    with handed_on() as relay:
        return relay.run(command, environment)


class Relay:
    """Hands signals on to a program; those that come before it runs, as soon as it does."""

    def __init__(self) -> None:
        self._program: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []

    def run(self, command: Sequence[str], environment: dict[str, str]) -> int:
        """Run a program to its end, and return the status that a shell would.

        Raises:
            CommandError: It cannot be started.
        """
        with _started(command, environment) as program:
            self._program = program
            for number in self._early:
                program.send_signal(number)
            status = None
            while status is None:
                # Not one wait without end: a signal that came just before it would be handed on
                # only when the program has ended.
                with suppress(subprocess.TimeoutExpired):
                    status = program.wait(1.0)
        return status if status >= 0 else BY_SIGNAL - status

    def hand_on(self, number: int, _frame: Any) -> None:
        """Handle a signal."""
        if self._program is None:
            self._early.append(number)
        elif signal.Signals(number).name not in TERMINALS or not _is_in_foreground():
            self._program.send_signal(number)


@contextmanager
def handed_on() -> Generator[Relay, None, None]:
    """Hand signals on instead of dying of them; one that is ignored (nohup) stays ignored."""
    relay = Relay()
    numbers = [getattr(signal, name) for name in HANDED_ON if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    heard = [number for number in numbers if before[number] is not signal.SIG_IGN]
    try:
        for number in heard:
            signal.signal(number, relay.hand_on)
        yield relay
    finally:
        for number in heard:
            signal.signal(number, before[number])


def _started(command: Sequence[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    name = command[0]
    try:
        return subprocess.Popen(command, env=environment)  # noqa: S603 - the user's own program
    except FileNotFoundError:
        raise CommandError(
            f"{name}: there is no such command, or not what it needs to run",
            hint="See how it is spelled, and whether its folder is in PATH.",
            exit_status=NOT_FOUND,
        ) from None
    except OSError as error:
        raise CommandError(
            f"{name} cannot be run: {error.strerror}",
            hint="See whether it is a program and has the right to be run (chmod +x).",
            exit_status=NOT_RUNNABLE,
        ) from None


def _is_in_foreground() -> bool:
    """Tell whether a terminal gives its signals to this process, and so to the program too."""
    try:
        terminal = os.open(os.ctermid(), os.O_RDONLY | os.O_NOCTTY)
    except (OSError, AttributeError):  # there is none
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
