"""What tests of code that uses this package need: a clock that is moved, a transport that is told.

    clock = FakeClock()
    transport = ScriptedTransport([
        answer(IdentityId="us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"),
        refusal("TooManyRequestsException", "Rate exceeded"),
    ])
    provider = from_cognito_identity_pool(
        pool_id, client_config={"transport": transport, "clock": clock}
    )

For a whole service to test against there is `cognito_credentials.emulator`.
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
    "answer",
    "credentials_answer",
    "refusal",
]

Script = HttpResponse | Exception | Callable[[HttpRequest], HttpResponse]


class FakeClock:
    """A clock that stands still until it is moved; starts at the present."""

    def __init__(self, now: float | None = None) -> None:
        self._now = float(int(time.time())) if now is None else now
        self._monotonic = 1000.0

    def now(self) -> float:
        """Return the wall clock's time, in seconds since 1970."""
        return self._now

    def monotonic(self) -> float:
        """Return the seconds that have passed, from some fixed point."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let time pass, on both clocks."""
        self._now += seconds
        self._monotonic += seconds

    def sleep(self, seconds: float) -> None:
        """Let the time pass that somebody wants to wait."""
        self.advance(seconds)

    async def asleep(self, seconds: float) -> None:
        """Let the time pass that somebody wants to wait."""
        self.advance(seconds)

    def jump(self, seconds: float) -> None:
        """Set the wall clock forward, or back with a negative number, while no time passes."""
        self._now += seconds


class ScriptedTransport:
    """Answers each request with the next item of a script, and keeps the requests.

    An item is an `HttpResponse`, an exception to raise, or a callable that gets the request. The
    last item goes on for ever. Serves as the transport of a sync provider, from any thread.
    """

    def __init__(self, script: Iterable[Script]) -> None:
        self._script = list(script)
        self._lock = threading.Lock()
        self.requests: list[HttpRequest] = []

    def send(self, request: HttpRequest) -> HttpResponse:
        """Give the script's next answer."""
        with self._lock:
            self.requests.append(request)
            assert self._script, "a request came, but the script is empty"
            item = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        if isinstance(item, Exception):
            raise item
        return item(request) if callable(item) else item

    def close(self) -> None:
        """Do nothing: there is nothing to close."""

    @property
    def calls(self) -> list[tuple[str, dict[str, Any]]]:
        """The operation and the members of each request to Cognito, in order."""
        return [
            (request.headers["X-Amz-Target"].rpartition(".")[2], json.loads(request.body))
            for request in self.requests
            if "X-Amz-Target" in request.headers
        ]


class AsyncScriptedTransport:
    """The awaited twin: the same script, for an async provider."""

    def __init__(self, script: Iterable[Script]) -> None:
        self._scripted = ScriptedTransport(script)

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Give the script's next answer."""
        return self._scripted.send(request)

    async def aclose(self) -> None:
        """Do nothing: there is nothing to close."""

    @property
    def requests(self) -> list[HttpRequest]:
        """The requests that came, in order."""
        return self._scripted.requests

    @property
    def calls(self) -> list[tuple[str, dict[str, Any]]]:
        """The operation and the members of each request to Cognito, in order."""
        return self._scripted.calls


# Without a request ID, a response is not taken for the service's own, and its `Date` is ignored.
_REQUEST_ID = {"x-amzn-requestid": "00000000-0000-4000-8000-000000000000"}


def answer(*, clock: Clock | None = None, **members: object) -> HttpResponse:
    """Return a successful answer of Cognito; with a clock, one that says the service's time."""
    headers = {"content-type": "application/x-amz-json-1.1", **_REQUEST_ID}
    if clock is not None:
        headers["date"] = formatdate(clock.now(), usegmt=True)
    return HttpResponse(200, headers, json.dumps(members).encode())


def credentials_answer(
    identity_id: str = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f",
    *,
    expires_at: float | None = None,
    generation: int = 1,
    clock: Clock | None = None,
    **changes: object,
) -> HttpResponse:
    """Return an answer of GetCredentialsForIdentity; an hour of life unless `expires_at` is given.

    `changes` replace members of its `Credentials`; None removes one.
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
    return answer(
        clock=clock,
        IdentityId=identity_id,
        Credentials={name: value for name, value in members.items() if value is not None},
    )


def refusal(
    code: str, message: str, *, status: int = 400, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """Return an answer of Cognito that is an error, as the service writes it."""
    body = json.dumps({"__type": code, "message": message}, separators=(",", ":"))
    known = {"content-type": "application/x-amz-json-1.1", "x-amzn-errortype": f"{code}:"}
    if headers and "date" in headers:
        known |= _REQUEST_ID
    return HttpResponse(status, {**known, **(headers or {})}, body.encode())
