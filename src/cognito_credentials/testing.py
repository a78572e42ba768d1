"""Fakes for tests of code that uses this package: a clock and transports.

    clock = FakeClock()
    transport = ScriptedTransport([
        success_response(IdentityId="us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"),
        error_response("TooManyRequestsException", "Rate exceeded"),
    ])
    provider = from_cognito_identity_pool(
        pool_id, client_config={"transport": transport, "clock": clock}
    )

For tests with a local server, use `cognito_credentials.emulator`.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from email.utils import formatdate
from typing import Any

from cognito_credentials._core.http import HttpRequest, HttpResponse
from cognito_credentials.ports import Clock

__all__ = [
    "AsyncScriptedTransport",
    "FakeClock",
    "ScriptedTransport",
    "credentials_response",
    "error_response",
    "success_response",
]

Script = HttpResponse | Exception | Callable[[HttpRequest], HttpResponse]


class FakeClock:
    """Clock that moves only when a test advances it; implements `ports.Clock`.

    Args:
        now: Start time in seconds since 1970 (UTC); the current time by default.
    """

    def __init__(self, now: float | None = None) -> None:
        self._now = float(int(time.time())) if now is None else now
        self._monotonic = 1000.0

    def now(self) -> float:
        """Return the time of the wall clock, in seconds since 1970 (UTC)."""
        return self._now

    def monotonic(self) -> float:
        """Return the monotonic time in seconds; only `advance` and the sleep methods change it."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Advance the wall clock and the monotonic clock."""
        self._now += seconds
        self._monotonic += seconds

    def sleep(self, seconds: float) -> None:
        """Advance both clocks instead of waiting."""
        self.advance(seconds)

    async def asleep(self, seconds: float) -> None:
        """Advance both clocks instead of waiting."""
        self.advance(seconds)

    def jump(self, seconds: float) -> None:
        """Change only the wall clock, as if an administrator had set the clock."""
        self._now += seconds


class ScriptedTransport:
    """Transport that returns scripted responses and records the requests.

    Implements `ports.Transport`, for sync providers. Thread-safe.

    Args:
        script: The responses, in order. An item is an `HttpResponse`, an exception to raise, or a
            function that receives the request and returns the response. The last item is repeated.
    """

    def __init__(self, script: Iterable[Script]) -> None:
        self._script = list(script)
        self._lock = threading.Lock()
        self.requests: list[HttpRequest] = []

    def send(self, request: HttpRequest) -> HttpResponse:
        """Record a request, and return or raise the next item of the script."""
        with self._lock:
            self.requests.append(request)
            assert self._script, "the script is empty"
            item = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        if isinstance(item, Exception):
            raise item
        return item(request) if callable(item) else item

    def close(self) -> None:
        """Do nothing, because there are no connections."""

    @property
    def calls(self) -> list[tuple[str, dict[str, Any]]]:
        """Operation and parameters of each request to Cognito, in order."""
        return [
            (request.headers["X-Amz-Target"].rpartition(".")[2], json.loads(request.body))
            for request in self.requests
            if "X-Amz-Target" in request.headers
        ]


class AsyncScriptedTransport:
    """Async version of `ScriptedTransport`; implements `ports.AsyncTransport`.

    Args:
        script: See `ScriptedTransport`.
    """

    def __init__(self, script: Iterable[Script]) -> None:
        self._scripted = ScriptedTransport(script)

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Record a request, and return or raise the next item of the script."""
        return self._scripted.send(request)

    async def aclose(self) -> None:
        """Do nothing, because there are no connections."""

    @property
    def requests(self) -> list[HttpRequest]:
        """The recorded requests, in order."""
        return self._scripted.requests

    @property
    def calls(self) -> list[tuple[str, dict[str, Any]]]:
        """Operation and parameters of each request to Cognito, in order."""
        return self._scripted.calls


# The library uses the `Date` header only if the response has a request ID.
_REQUEST_ID = {"x-amzn-requestid": "00000000-0000-4000-8000-000000000000"}


def success_response(*, clock: Clock | None = None, **members: object) -> HttpResponse:
    """Return a successful response from Cognito.

    Args:
        clock: Clock for the `Date` header; if None, the response has no `Date` header.
        **members: Members of the response.
    """
    headers = {"content-type": "application/x-amz-json-1.1", **_REQUEST_ID}
    if clock is not None:
        headers["date"] = formatdate(clock.now(), usegmt=True)
    return HttpResponse(200, headers, json.dumps(members).encode())


def credentials_response(
    identity_id: str = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f",
    *,
    expires_at: float | None = None,
    generation: int = 1,
    clock: Clock | None = None,
    **changes: object,
) -> HttpResponse:
    """Return a successful response to GetCredentialsForIdentity.

    Args:
        identity_id: Identity ID in the response.
        expires_at: Expiration in seconds since 1970 (UTC); one hour from now by default.
        generation: Number to include in the values of the credentials, to distinguish several
            responses.
        clock: Clock for the `Date` header and for the default expiration.
        **changes: Members of `Credentials` to replace; None removes a member.
    """
    if expires_at is None:
        expires_at = (time.time() if clock is None else clock.now()) + 3600
    members: Mapping[str, object] = {
        "AccessKeyId": f"ASIATEST{generation:012d}",
        "SecretKey": f"secret-key-of-generation-{generation}",
        "SessionToken": f"session-token-of-generation-{generation}",
        "Expiration": expires_at,
        **changes,
    }
    return success_response(
        clock=clock,
        IdentityId=identity_id,
        Credentials={name: value for name, value in members.items() if value is not None},
    )


def error_response(
    code: str, message: str, *, status: int = 400, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """Return an error response from Cognito.

    Args:
        code: Error code, for example `TooManyRequestsException`.
        message: Error message.
        status: HTTP status.
        headers: Additional headers, with names in lower case.
    """
    body = json.dumps({"__type": code, "message": message}, separators=(",", ":"))
    error_headers = {"content-type": "application/x-amz-json-1.1", "x-amzn-errortype": f"{code}:"}
    if headers and "date" in headers:
        error_headers |= _REQUEST_ID
    return HttpResponse(status, {**error_headers, **(headers or {})}, body.encode())
