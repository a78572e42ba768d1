"""Records of the requests to an emulator, for tests to inspect."""

from __future__ import annotations

import re
import sys
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from cognito_credentials.emulator.messages import ServiceRequest

MAX_RECORDED_CALLS = 10_000
MAX_RECORDED_BYTES = 100_000_000

_REGION = re.compile(r"[a-z]+(?:-[a-z]+)+-[0-9]{1,2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A request to which the emulator has responded.

    The repr does not show `parameters`, `error_message` and `explanation`.

    Attributes:
        service: The name with which requests to the service are signed ("cognito-identity",
            "sts", "s3").
        operation: The name of the operation, for example `GetId` or `GetObject`. It is the HTTP
            method if the emulator does not know the operation.
        status: The HTTP status of the response. 0 if a `dropped-request` fault prevented a response.
        time: Time of the request by the emulator's clock, in seconds since the epoch (UTC).
        region: The AWS region to which the request was sent.
        parameters: The parameters that the operation defines, including secrets. Empty for S3 and
            other REST services.
        principal_arn: The ARN of the principal that signed the request. None if the request is
            unsigned, or was rejected before its signature was verified.
        access_key_id: The access key ID in the signature, even if the signature was rejected. None
            if the request is unsigned.
        error_code: The error code of the response, or None if there is none.
        error_message: The error message of the response, or None if there is none.
        explanation: The reasons for the error, as sentences without secrets, in the order in which
            the emulator found them. Empty if the error message contains all details.
        faults: The kinds of the faults that affected the request.
        duration: The time that the response took, in seconds.
        number: The number of the request: 1 for the first request after the start or a reset.
    """

    __module__ = "cognito_credentials.emulator"

    service: str
    operation: str
    status: int
    time: float
    region: str = ""
    parameters: dict[str, Any] = field(default_factory=dict[str, Any], repr=False)
    principal_arn: str | None = None
    access_key_id: str | None = None
    error_code: str | None = None
    error_message: str | None = field(default=None, repr=False)
    explanation: tuple[str, ...] = field(default=(), repr=False)
    faults: tuple[str, ...] = ()
    duration: float = 0.0
    number: int = 0


class RecordedCalls:
    """The latest calls, limited by their number and by their memory. Thread-safe.

    Args:
        max_bytes: The maximum memory of the parameters and messages of all calls. A single call
            above this maximum is retained until the next call.
    """

    def __init__(self, max_bytes: int = MAX_RECORDED_BYTES) -> None:
        self._max_bytes = max_bytes
        self._calls = deque[tuple[RecordedCall, int]]()
        self._bytes = 0
        self._count = 0
        self._lock = threading.Lock()

    def list_calls(self) -> tuple[RecordedCall, ...]:
        """Return the calls in the order in which they were added."""
        with self._lock:
            return tuple(call for call, _ in self._calls)

    def add(self, make_call: Callable[..., RecordedCall]) -> None:
        """Add the call that a function returns for the argument `number`."""
        with self._lock:
            self._count += 1
            call = make_call(number=self._count)
            size = _measure([call.parameters, call.error_message, call.explanation])
            self._calls.append((call, size))
            self._bytes += size
            while len(self._calls) > MAX_RECORDED_CALLS or self._is_too_large():
                self._bytes -= self._calls.popleft()[1]

    def clear(self) -> None:
        """Delete all calls. The next call has the number 1."""
        with self._lock:
            self._calls.clear()
            self._bytes = self._count = 0

    def _is_too_large(self) -> bool:
        return self._bytes > self._max_bytes and len(self._calls) > 1


def _measure(value: object) -> int:
    """Return the size of a JSON value in memory, in bytes. Repeated strings are counted each time."""
    total = 0
    pending = [value]
    while pending:
        each = pending.pop()
        total += sys.getsizeof(each)
        if isinstance(each, dict):
            members = cast("dict[object, object]", each)
            pending += members
            pending += members.values()
        elif isinstance(each, list | tuple):
            pending += cast("list[object]", each)
    return total


def find_region(request: ServiceRequest) -> str:
    """Return the region of a request.

    In an unsigned request, the identity pool ID or identity ID begins with the region.
    """
    if request.signature is None and request.service == "cognito-identity":
        named = request.parameters.get("IdentityPoolId") or request.parameters.get("IdentityId")
        region = named.partition(":")[0] if isinstance(named, str) else ""
        if _REGION.fullmatch(region):
            return region
    return request.region
