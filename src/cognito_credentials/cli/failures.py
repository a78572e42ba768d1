"""What a verb says when it fails, and its exit status.

On standard error: what happened, and what to do next. Standard output stays empty, since a program
may be reading it.
"""

from __future__ import annotations

import os
import sys

from cognito_credentials import errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

__all__ = ["guarded", "status_of"]

FAILED, MISTAKEN, NOT_SIGNED_IN, REFUSED, NO_ANSWER = 1, 2, 3, 4, 5
INTERRUPTED, BROKEN_PIPE = 130, 141

_STATUSES = (
    (errors.ConfigurationError, MISTAKEN),
    ((errors.LoginTokenError, errors.CredentialsUnavailableError), NOT_SIGNED_IN),
    ((errors.LoginTokenExpired, errors.LoginTokenRejected), NOT_SIGNED_IN),
    (errors.ServiceError, REFUSED),
    ((errors.TransportError, errors.RefreshTimeoutError), NO_ANSWER),
)


def status_of(error: BaseException) -> int:
    """Return the exit status for an error.

    2 where the command line or the configuration is wrong, 3 where a login is missing or over, 4
    where the service refuses, 5 where it does not answer (trying again may help), 1 for the rest.
    A login's error is what its supplier's was: who has no network has not signed out.
    """
    cause = error.__cause__
    if isinstance(error, errors.LoginTokenError) and isinstance(
        cause, errors.CognitoCredentialsError
    ):
        return status_of(cause)
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), FAILED)


def guarded(work: Callable[[], int], options: Namespace) -> int:
    """Run a verb, and say in words what goes wrong; with `--debug` also where."""
    try:
        if options.debug:
            from cognito_credentials.cli import debugging

            debugging.start()
        status = work()
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read has gone. What is left in the buffer must not fail once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except errors.CognitoCredentialsError as error:
        if options.debug:
            raise_in_words(error)
        _say(error.message if not isinstance(error, errors.ServiceError) else _refusal(error))
        if error.hint:
            _say(f"Next: {error.hint}", prefix="")
        return status_of(error)
    except OSError as error:
        _say(f"{error.filename or 'the system'}: {error.strerror or type(error).__name__}")
        return FAILED
    return status


def raise_in_words(error: Exception) -> None:
    """Print where an error came from; no error of the library holds a secret."""
    import traceback

    traceback.print_exception(error)


def _refusal(error: errors.ServiceError) -> str:
    return f"{error.operation_name} was refused with {error.code}: {error.message}"


def _say(text: str, *, prefix: str = "cognito-credentials: ") -> None:
    sys.stderr.write(f"{prefix}{text}\n")
