"""Errors that a test injects into the next requests."""

from __future__ import annotations

import difflib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cognito_credentials.emulator.errors import AwsError

_MIN_STATUS, _MAX_STATUS = 400, 599


@dataclass(slots=True)
class _InjectedError:
    operation: str
    error: AwsError
    times: int
    remaining: int


class InjectedErrors:
    """Errors to raise for the next requests, in the order in which they were added. Thread-safe."""

    def __init__(self) -> None:
        self._errors: list[_InjectedError] = []
        self._lock = threading.Lock()

    def add(self, operation: str, error: AwsError, times: int) -> None:
        """Add an error for the next `times` requests for an operation.

        Raises:
            ValueError: If no request can get the error, or clients would not treat the response as
                an error.
        """
        _check_arguments(operation, error.code, error.http_status, times)
        with self._lock:
            self._errors.append(_InjectedError(operation, error, times, times))

    def raise_next(
        self, operation: str, find_other_name: Callable[[], str | None] = lambda: None
    ) -> None:
        """Count a request.

        Args:
            operation: The name of the operation.
            find_other_name: Function that returns another name of the operation, or None. It is
                called only if any error is still to be raised.

        Raises:
            AwsError: If an error for the operation is still to be raised.
        """
        if not self._errors:
            return
        names = (operation, find_other_name())
        with self._lock:
            for injected in self._errors:
                if injected.operation in names:
                    injected.remaining -= 1
                    if not injected.remaining:
                        self._errors.remove(injected)
                    raise injected.error

    def take_remaining(self) -> Sequence[str]:
        """Remove the errors that are still to be raised, and return a description of each."""
        with self._lock:
            remaining, self._errors = self._errors, []
        return [
            f"{each.error.code} for {each.operation} ({each.remaining} of {each.times})"
            for each in remaining
        ]


def _check_arguments(operation: object, code: object, status: object, times: object) -> None:
    if not isinstance(times, int) or isinstance(times, bool) or times < 1:
        raise ValueError(f"times must be a positive integer, not {times!r}")
    if not isinstance(status, int) or not _MIN_STATUS <= status <= _MAX_STATUS:
        raise ValueError(
            f"status must be an error status from {_MIN_STATUS} to {_MAX_STATUS}, not {status!r}"
        )
    if not isinstance(code, str) or not code:
        raise ValueError(f"code must be the code of an error, not {code!r}")
    # This import loads the models of AWS services.
    from cognito_credentials.emulator.moto.operation_names import (
        is_known_operation,
        list_operation_names,
    )

    if not isinstance(operation, str) or not is_known_operation(operation):
        near = difflib.get_close_matches(str(operation), list_operation_names(), n=1)
        hint = f"; the nearest name is {near[0]!r}" if near else ""
        raise ValueError(
            "operation must be the name of an operation of an emulated service, or an HTTP method,"
            f" not {operation!r}{hint}"
        )
