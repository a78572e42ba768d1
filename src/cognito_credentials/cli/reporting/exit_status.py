"""What a verb says when it fails, and its exit status.

On standard error: what happened, and what to do next. Standard output stays empty, since a program
may be reading it.
"""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext, suppress

from cognito_credentials import errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable
    from contextlib import AbstractContextManager

__all__ = ["guarded", "status_of", "told", "words_of"]

FAILED, MISTAKEN, NOT_SIGNED_IN, REFUSED, NO_ANSWER = 1, 2, 3, 4, 5
INTERRUPTED, BROKEN_PIPE = 130, 141

_STATUSES = (
    (errors.ConfigurationError, MISTAKEN),
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
    (errors.ServiceError, REFUSED),
    ((errors.TransportError, errors.RefreshTimeoutError), NO_ANSWER),
)


def status_of(error: BaseException) -> int:
    """Return the exit status for an error.

    2 where the command line or the configuration is wrong, 3 where a login is missing or over, 4
    where the service refuses, 5 where it does not answer or is busy (trying again may help), 1 for
    the rest. An error may know better: exec has the statuses of a shell. A login's error is what
    its supplier's was: who has no network has not signed out. A token that was rejected had its one
    retry, and is no better for another.
    """
    own: int | None = getattr(error, "exit_status", None)
    if own is not None:
        return own
    cause = error.__cause__
    if isinstance(error, errors.LoginTokenError) and isinstance(
        cause, errors.CognitoCredentialsError
    ):
        return status_of(cause)
    found = next((status for kind, status in _STATUSES if isinstance(error, kind)), FAILED)
    if found == REFUSED and isinstance(error, errors.ServiceError) and error.is_retryable:
        return NO_ANSWER
    return found


def guarded(work: Callable[[], int], options: Namespace) -> int:
    """Run a verb, and say in words what goes wrong; with `--debug` also what led to it."""
    try:
        with _watched(options):
            status = work()
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read has gone
        _drop_output()
        return BROKEN_PIPE
    except errors.CognitoCredentialsError as error:
        from cognito_credentials.cli.reporting.hints import next_step

        if options.debug:
            _tell_causes(error)
        _say(words_of(error), next_step(error))
        return status_of(error)
    except OSError as error:
        from cognito_credentials.cli.reporting.hints import after_system_error

        _trace(error, options)
        _say(
            f"{error.filename or 'writing'} failed: {error.strerror or type(error).__name__}",
            after_system_error(error),
        )
        _drop_output()
        return FAILED
    except Exception as error:  # noqa: BLE001 - whatever it is, it is no traceback
        _trace(error, options)
        # Its text may hold anything.
        _say(
            f"this should not have happened: {type(error).__name__}",
            "Run it again with --debug, and report what it shows.",
        )
        return FAILED
    return status


def _watched(options: Namespace) -> AbstractContextManager[None]:
    """Show what a verb does: with `--debug` all of it, else on a terminal what it waits for."""
    if options.debug:
        from cognito_credentials.cli.reporting import debug_log

        return debug_log.shown()
    if sys.stderr.isatty():
        from cognito_credentials.cli.terminal import progress

        return progress.show_waits()
    return nullcontext()


def _drop_output() -> None:
    """Let nothing that could not be written be tried once more at exit, and complained of."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell_causes(error: errors.CognitoCredentialsError) -> None:
    """Say what led to an error, a line for each.

    Of what others raise there is only the kind, or the system's words: a text may hold anything.
    """
    _line(f"failed with {type(error).__name__} ({error.reason})")
    cause = error.__cause__
    while cause is not None:
        said = ""
        if isinstance(cause, errors.CognitoCredentialsError):
            said = f": {words_of(cause)}"
        elif isinstance(cause, OSError):
            said = f": {cause.strerror or ''} {cause.filename or ''}"
        _line(f"because of {type(cause).__name__}{said}")
        cause = cause.__cause__


def _trace(error: Exception, options: Namespace) -> None:
    """With `--debug`, print where an error came from that nobody meant to raise."""
    if options.debug:
        import traceback

        traceback.print_exception(error)


def words_of(error: errors.CognitoCredentialsError) -> str:
    """Return what happened, without what to do about it."""
    if isinstance(error, errors.ServiceError):
        return f"{error.operation_name} was refused with {error.code}: {error.message}"
    return error.message


def told(error: errors.CognitoCredentialsError) -> str:
    """Return what happened and what to do about it, where both are said in one text."""
    from cognito_credentials.cli.reporting.hints import next_step

    return f"{words_of(error).rstrip('.')}. Next: {next_step(error)}"


def _say(what: str, step: str) -> None:
    _line(f"cognito-credentials: {what}")
    _line(f"Next: {step}")


def _line(text: str) -> None:
    # On one line: the service's texts have breaks, too.
    sys.stderr.write(f"{' '.join(text.split())}\n")
