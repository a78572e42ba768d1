"""Tracebacks of errors that public methods raise."""

from __future__ import annotations

from cognito_credentials.errors import CognitoCredentialsError, TransportError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

PACKAGE = "cognito_credentials"


def shorten_traceback(error: CognitoCredentialsError) -> CognitoCredentialsError:
    """Remove this package's frames from an error that a public method raises, and return the error.

    The message states the cause. The frames of flows and drivers, about forty for each fetch, would
    not help to find it. The chained exceptions retain the frames of the caller's own functions, such as
    a login token supplier.
    """
    error.__traceback__ = None
    # A waiter raises a copy of the error in the flight, and the original is the cause of the copy.
    while _is_copy(error, error.__cause__):
        error.__cause__ = error.__cause__ and error.__cause__.__cause__
    causes: list[BaseException] = [error]
    is_transport_error = isinstance(error, TransportError)
    while (cause := causes[-1].__cause__ or causes[-1].__context__) and cause not in causes:
        # The frames below a transport belong to the standard library or to an HTTP library.
        cause.__traceback__ = None if is_transport_error else _skip_package(cause.__traceback__)
        causes.append(cause)
    return error


def _is_copy(error: BaseException, other: BaseException | None) -> bool:
    return other is not None and type(error) is type(other) and error.args == other.args


def _skip_package(traceback: TracebackType | None) -> TracebackType | None:
    while traceback is not None:
        module = traceback.tb_frame.f_globals.get("__name__", "")
        if module.partition(".")[0] != PACKAGE:
            break
        traceback = traceback.tb_next
    return traceback
