"""Errors that a test injects into the next requests."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from cognito_credentials.emulator.errors import AwsError


@dataclass(slots=True)
class _InjectedError:
    operation: str
    error: AwsError
    remaining: int


class InjectedErrors:
    """Errors to raise for the next requests, in the order in which they were added. Thread-safe."""

    def __init__(self) -> None:
        self._errors: list[_InjectedError] = []
        self._lock = threading.Lock()

    def add(self, operation: str, error: AwsError, times: int) -> None:
        """Add an error for the next `times` requests for an operation."""
        with self._lock:
            self._errors.append(_InjectedError(operation, error, times))

    def raise_next(self, operation: str) -> None:
        """Count a request for an operation.

        Raises:
            AwsError: If an injected error for the operation remains.
        """
        with self._lock:
            for injected in self._errors:
                if injected.operation == operation:
                    injected.remaining -= 1
                    if not injected.remaining:
                        self._errors.remove(injected)
                    raise injected.error
