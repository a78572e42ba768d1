"""Error reports on standard error, and the exit status of a command.

A report states what happened, what to do next and, for an error of the library, where it is
documented. Nothing is written to standard output, since a program may be reading it.
"""

from __future__ import annotations

import os
import sys

from cognito_credentials import errors
from cognito_credentials.cli import INTERRUPTED, PROGRAM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

__all__ = [
    "describe_error",
    "describe_error_and_next_step",
    "exit_status_of",
    "report_error",
]

FAILED, INVALID_SETTING, NOT_SIGNED_IN, REJECTED, NO_RESPONSE = 1, 2, 3, 4, 5
BROKEN_PIPE = 141

_STATUSES = (
    (errors.ConfigurationError, INVALID_SETTING),
    (
        (
            errors.CredentialsUnavailableError,
            errors.LoginTokenError,
            errors.LoginTokenExpired,
            errors.LoginTokenRejected,
            errors.UnauthenticatedAccessDisabled,
        ),
        NOT_SIGNED_IN,
    ),
    (errors.ServiceError, REJECTED),
    ((errors.TransportError, errors.RefreshTimeoutError), NO_RESPONSE),
)


def exit_status_of(error: BaseException) -> int:
    """Return the exit status for an error.

    The status is 2 for an invalid option or setting, 3 for a missing or expired login, 4 if the
    service rejected the request, 5 if the service did not respond or is busy (a retry may help),
    and 1 for other errors.

    An attribute `exit_status` of the error takes precedence, because `exec` uses the same exit
    statuses as a shell. The status of a `LoginTokenError` depends on its cause, because a network
    error does not mean that the user must sign in again. A rejected token never has status 5,
    because the call has already been repeated with a new token.
    """
    own_status: int | None = getattr(error, "exit_status", None)
    if own_status is not None:
        return own_status
    cause = error.__cause__
    if isinstance(error, errors.LoginTokenError) and isinstance(
        cause, errors.CognitoCredentialsError
    ):
        return exit_status_of(cause)
    status = next((status for kind, status in _STATUSES if isinstance(error, kind)), FAILED)
    if status == REJECTED and isinstance(error, errors.ServiceError) and error.is_retryable:
        return NO_RESPONSE
    return status


def report_error(error: Exception | KeyboardInterrupt, options: Namespace) -> int:
    """Report an error, and return the exit status of the command.

    With `--debug`, the causes of the error are reported as well.
    """
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(error, BrokenPipeError):  # The reader has closed the pipe.
        _discard_output()
        return BROKEN_PIPE
    if isinstance(error, errors.CognitoCredentialsError):
        from cognito_credentials.cli.reporting.hints import next_step

        if options.debug:
            _report_causes(error)
        url = errors.documentation_url(error.reason)
        _report(describe_error(error), next_step(error), url)
        return exit_status_of(error)
    _print_traceback(error, options)
    if isinstance(error, OSError):
        from cognito_credentials.cli.reporting.hints import next_step_after_os_error

        _report(
            f"{error.filename or 'writing'} failed: {error.strerror or type(error).__name__}",
            next_step_after_os_error(error),
        )
        _discard_output()
        return FAILED
    # The error's message is not printed, because it may contain a secret.
    _report(
        f"internal error: {type(error).__name__}",
        "Run the command again with --debug, and report the output.",
    )
    return FAILED


def _discard_output() -> None:
    """Discard buffered output, so that the interpreter does not try to write it at exit."""
    from contextlib import suppress

    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _report_causes(error: errors.CognitoCredentialsError) -> None:
    """Print the causes of an error, one per line.

    For exceptions from other packages, only the class and any operating system error are printed,
    because their messages may contain a secret.
    """
    _print_line(f"failed with {type(error).__name__} ({error.reason})")
    cause = error.__cause__
    while cause is not None:
        text = ""
        if isinstance(cause, errors.CognitoCredentialsError):
            text = f": {describe_error(cause)}"
        elif isinstance(cause, OSError):
            text = f": {cause.strerror or ''} {cause.filename or ''}"
        _print_line(f"caused by {type(cause).__name__}{text}")
        cause = cause.__cause__


def _print_traceback(error: Exception, options: Namespace) -> None:
    """Print the traceback of an unexpected error if `--debug` is given."""
    if options.debug:
        import traceback

        traceback.print_exception(error)


def describe_error(error: errors.CognitoCredentialsError) -> str:
    """Return a description of what happened, without the hint."""
    if isinstance(error, errors.ServiceError):
        return f"{error.operation_name} failed with {error.code}: {error.message}"
    return error.message


def describe_error_and_next_step(error: errors.CognitoCredentialsError) -> str:
    """Return a description of what happened, the next step, and the URL of the documentation."""
    from cognito_credentials.cli.reporting.hints import next_step

    url = errors.documentation_url(error.reason)
    return f"{describe_error(error).rstrip('.')}. Next: {next_step(error)} See {url}"


def _report(message: str, step: str, url: str = "") -> None:
    from cognito_credentials.cli.terminal.output import Output

    Output(sys.stderr).error(PROGRAM, message, step, url)


def _print_line(text: str) -> None:
    from cognito_credentials.cli.terminal.writing import write_line

    write_line(sys.stderr, text)
