"""Faults that a test injects into the next requests."""

from __future__ import annotations

import difflib
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from cognito_credentials._external_text import MAX_CODE_LENGTH, is_visible_ascii
from cognito_credentials._validation import format_value
from cognito_credentials.emulator.argument_checks import check_type

FaultKind = Literal[
    "error",
    "latency",
    "dropped-request",
    "dropped-response",
    "truncated-response",
    "clock-offset",
    "expired-credentials",
]

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MIN_STATUS, _MAX_STATUS = 400, 599
_MAX_SECONDS = 10 * 365 * 24 * 3600
_CREDENTIAL_OPERATIONS = ("GetCredentialsForIdentity", "AssumeRole", "AssumeRoleWithWebIdentity")


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that affects the next requests for an operation; see `Emulator.faults`.

    The kinds are:

    - `error`: The service returns the error `code`, without performing the operation.
    - `latency`: The response is delayed by `seconds`, in real time.
    - `dropped-request`: The connection is closed before the operation is performed.
    - `dropped-response`: The operation is performed, and the connection is closed without a response.
    - `truncated-response`: The operation is performed, and the connection is closed after half of
      the response body.
    - `clock-offset`: The clock of the service is ahead by `seconds`, or behind if `seconds` is
      negative: in the `Date` header, and in all times that the operation checks or returns.
    - `expired-credentials`: The credentials in the response expired a minute ago.

    Attributes:
        operation: The name of the operation, for example `GetId` or `GetObject`. For S3 and other
            REST services, an HTTP method affects all requests with that method.
        kind: The kind of the fault.
        times: The number of requests that the fault affects. None for all requests, until
            `Faults.clear` or `Emulator.reset`.
        code: The error code of an `error`, for example `TooManyRequestsException`.
        message: The error message of an `error`. Default: the error code.
        status: The HTTP status of an `error`, from 400 to 599.
        seconds: For `latency`, the delay; for `clock-offset`, the offset.

    Raises:
        ValueError: If no emulated service has the operation, or another value is invalid.
    """

    __module__ = "cognito_credentials.emulator"

    operation: str
    kind: FaultKind
    times: int | None = 1
    code: str = field(default="", kw_only=True)
    message: str = field(default="", kw_only=True)
    status: int = field(default=400, kw_only=True)
    seconds: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        _check_kind(self.kind)
        _check_times(self.times)
        if self.kind == "error":
            _check_error(self.code, self.message, self.status)
        elif (self.code, self.message, self.status) != ("", "", 400):
            raise ValueError(f"code, message and status must be omitted for {self.kind!r}")
        if self.kind in ("latency", "clock-offset"):
            _check_seconds(self.kind, self.seconds)
        elif self.seconds != 0:
            raise ValueError(f"seconds must be omitted for {self.kind!r}")
        if self.kind == "expired-credentials" and self.operation not in _CREDENTIAL_OPERATIONS:
            raise ValueError(
                f"operation must be one of {', '.join(_CREDENTIAL_OPERATIONS)} for"
                f" {self.kind!r}, not {format_value(self.operation)}"
            )
        check_operation(self.operation)


@dataclass(slots=True)
class _PendingFault:
    fault: Fault
    remaining: int | None
    is_met: bool = False


class Faults:
    """The faults that affect the next requests. Thread-safe.

    A request is affected by the first fault of each kind for its operation, in the order of `add`.
    A fault is pending until it has affected `times` requests. Iterate over this object to get the
    pending faults, whose `times` is the remaining number of requests.
    """

    __module__ = "cognito_credentials.emulator"

    def __init__(self) -> None:
        self._pending: list[_PendingFault] = []
        self._cleared = threading.Event()
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[Fault]:
        with self._lock:
            return iter([replace(each.fault, times=each.remaining) for each in self._pending])

    def add(self, fault: Fault) -> None:
        """Inject a fault.

        If the fault has affected fewer than `times` requests, or no request if `times` is None,
        `Emulator.close` issues a `UserWarning`, because the test did not cause the failure.

        Raises:
            TypeError: If `fault` is not a `Fault`.
        """
        check_type("fault", fault, Fault, "a Fault")
        with self._lock:
            self._pending.append(_PendingFault(fault, fault.times))

    def clear(self) -> None:
        """Remove all faults without a warning, and end all delays."""
        with self._lock:
            self._pending = []
            cleared, self._cleared = self._cleared, threading.Event()
        cleared.set()

    def take_next(
        self, operation: str, find_other_name: Callable[[], str | None] = lambda: None
    ) -> Mapping[FaultKind, Fault]:
        """Return the faults that affect a request, by kind, after the delay of a `latency`.

        Args:
            operation: The name of the operation.
            find_other_name: Function that returns another name of the operation, or None. This
                function is called only if a fault is pending.
        """
        if not self._pending:
            return {}
        names = (operation, find_other_name())
        found: dict[FaultKind, Fault] = {}
        with self._lock:
            cleared = self._cleared
            for pending in tuple(self._pending):
                fault = pending.fault
                if fault.operation not in names or fault.kind in found:
                    continue
                found[fault.kind] = fault
                pending.is_met = True
                if pending.remaining is not None:
                    pending.remaining -= 1
                    if not pending.remaining:
                        self._pending.remove(pending)
        if "latency" in found:
            cleared.wait(found["latency"].seconds)
        return found

    def take_warning(self) -> str | None:
        """Remove all faults; return a warning that lists those without full effect, or None."""
        remaining = self._take_remaining()
        if not remaining:
            return None
        return f"these faults of the emulator have not taken effect: {', '.join(remaining)}"

    def _take_remaining(self) -> Sequence[str]:
        with self._lock:
            pending, self._pending = self._pending, []
        return [
            f"{each.fault.code or each.fault.kind} for {each.fault.operation}"
            + (f" ({each.remaining} of {each.fault.times})" if each.remaining else "")
            for each in pending
            if each.remaining or not each.is_met
        ]


def _check_kind(kind: Any) -> None:
    kinds = get_args(FaultKind)
    if kind not in kinds:
        raise ValueError(f"kind must be one of {', '.join(kinds)}, not {format_value(kind)}")


def _check_times(times: Any) -> None:
    is_number = isinstance(times, int) and not isinstance(times, bool)
    if times is not None and not (is_number and times >= 1):
        raise ValueError(f"times must be a positive integer or None, not {format_value(times)}")


def _check_error(code: Any, message: Any, status: Any) -> None:
    if not isinstance(message, str):
        raise ValueError(f"message must be a string, not {format_value(message)}")  # noqa: TRY004 - documented as ValueError
    if _NOT_IN_XML.search(message):
        raise ValueError("message must not contain characters that XML cannot represent")
    if not isinstance(status, int) or not _MIN_STATUS <= status <= _MAX_STATUS:
        raise ValueError(
            f"status must be an error status from {_MIN_STATUS} to {_MAX_STATUS}, not"
            f" {format_value(status)}"
        )
    if code == "":
        raise ValueError("code is required for 'error', for example 'TooManyRequestsException'")
    if not isinstance(code, str) or not is_visible_ascii(code) or len(code) > MAX_CODE_LENGTH:
        raise ValueError(f"code must be the code of an error, not {format_value(code)}")


def _check_seconds(kind: FaultKind, seconds: Any) -> None:
    if seconds == 0:
        raise ValueError(f"seconds is required, and must not be 0, for {kind!r}")
    is_number = isinstance(seconds, int | float)
    if not is_number or isinstance(seconds, bool) or not abs(seconds) <= _MAX_SECONDS:
        raise ValueError(
            f"seconds must be a number of at most {_MAX_SECONDS} for {kind!r},"
            f" not {format_value(seconds)}"
        )
    if kind == "latency" and seconds < 0:
        raise ValueError(f"seconds must be positive for {kind!r}, not {format_value(seconds)}")


def check_operation(operation: Any) -> None:
    """Check that a value is the name of an operation of an emulated service, or an HTTP method.

    Raises:
        ValueError: If the operation is unknown.
    """
    # Imported here, because the import loads the models of AWS services.
    from cognito_credentials.emulator.moto.operation_names import (
        is_known_operation,
        list_operation_names,
    )

    if not isinstance(operation, str) or not is_known_operation(operation):
        near = difflib.get_close_matches(str(operation), list_operation_names(), n=1)
        hint = f"; the nearest name is {near[0]!r}" if near else ""
        raise ValueError(
            "operation must be the name of an operation of an emulated service, or an HTTP method,"
            f" not {format_value(operation)}{hint}"
        )
