"""Sync interface to sync and async providers, so that a scenario runs with both.

A test with the fixture `side` runs three times: with sync providers, with async providers, and with
async providers whose suppliers, caches and callbacks are also async. Tests advance a fake clock,
and the transport returns scripted responses, so no test sleeps or opens a connection.

The harness records errors with their causes, tracebacks, log records and the reprs of objects.
After the test, the fixture searches these texts for secrets.
"""

from __future__ import annotations

import asyncio
import base64
import inspect
import json
import logging
import threading
import traceback
from typing import Any, Self
from urllib.parse import parse_qs

from fake_store import AsyncFakeStore

import cognito_credentials
from cognito_credentials import aio
from cognito_credentials.testing import (
    AsyncScriptedTransport,
    FakeClock,
    ScriptedTransport,
    credentials_response,
    success_response,
)

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
OTHER_POOL = "us-east-1:5f1c8bb0-52d6-4f7a-9d3c-1d1f1b8f1c11"
IDENTITY = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"
OTHER = "us-east-1:9d1f5a1c-7b0e-4c35-8a55-0d3a6d2e11aa"
THIRD = "us-east-1:33333333-7b0e-4c35-8a55-0d3a6d2e11aa"
GUEST_KEY = f"aws:cognito-identity-credentials:{POOL}:ANONYMOUS"
ROLE = "arn:aws:iam::123456789012:role/app"

GOOGLE = "accounts.google.com"
FACEBOOK = "graph.facebook.com"
USER_POOL = "cognito-idp.us-east-1.amazonaws.com/us-east-1_Example"
FACEBOOK_TOKEN = "EAAFacebookTokenThatMustStaySecret"
OPAQUE_TOKEN = "an-opaque-token-that-must-stay-secret"
DEVELOPER_TOKEN = "a-developer-token-that-must-stay-secret"
OPENID_TOKEN = "eyJhbGciOiJSUzUxMiJ9.a-pool-token-that-must-stay-secret.c2ln"

GET_ID = "GetId"
GET_CREDENTIALS = "GetCredentialsForIdentity"
GET_OPENID_TOKEN = "GetOpenIdToken"
ASSUME_ROLE = "AssumeRoleWithWebIdentity"

# Error codes and messages, which determine whether an identity ID is evicted.


def identity_not_found(identity_id: str) -> tuple[str, str]:
    return "ResourceNotFoundException", f"Identity '{identity_id}' not found."


IDENTITY_NOT_FOUND = identity_not_found(IDENTITY)
POOL_NOT_FOUND = ("ResourceNotFoundException", f"IdentityPool '{POOL}' not found.")
FORBIDDEN = ("NotAuthorizedException", f"Access to Identity '{IDENTITY}' is forbidden.")
MALFORMED_ID = (
    "ValidationException",
    (
        f"1 validation error detected: Value '{IDENTITY}' at 'identityId' failed to satisfy "
        "constraint: Member must satisfy regular expression pattern: [\\w-]+:[0-9a-f-]+"
    ),
)
TOKEN_EXPIRED = ("NotAuthorizedException", "Invalid login token. Token expired: 1 >= 0")
RATE_EXCEEDED = ("TooManyRequestsException", "Rate exceeded")

SECRETS = {
    FACEBOOK_TOKEN,
    OPAQUE_TOKEN,
    DEVELOPER_TOKEN,
    OPENID_TOKEN,
    # All secrets in responses from `credentials_response` begin with this prefix.
    "secret-key-of-generation",
    "session-token-of-generation",
}


def jwt(key: str = GOOGLE, **claims: Any) -> str:
    """Return a token in the form of an ID token, with an invalid signature."""
    claims = {"iss": f"https://{key}", "sub": "user-1", "aud": "app", **claims}
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    token = f"eyJhbGciOiJSUzI1NiJ9.{payload}.c2lnbmF0dXJl"
    SECRETS.add(token)
    return token


def operation_of(request: Any) -> str:
    """Return the name of the operation that a request calls."""
    target = request.headers.get("X-Amz-Target")
    if target is not None:
        return target.rpartition(".")[2]
    return parse_qs(request.body.decode())["Action"][0]


class RecordingClock(FakeClock):
    """Clock that records how long it sleeps."""

    def __init__(self) -> None:
        super().__init__(1_800_000_000.0)
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        super().sleep(seconds)

    async def asleep(self, seconds: float) -> None:
        self.sleep(seconds)


class Gate:
    """Gate that blocks the requests of a transport until it is opened."""

    def __init__(self) -> None:
        self.arrived = threading.Semaphore(0)
        self._open = threading.Event()

    def open(self) -> None:
        self._open.set()

    def wait(self) -> None:
        self.arrived.release()
        assert self._open.wait(30), "the gate was never opened"

    async def wait_async(self) -> None:
        self.arrived.release()
        # An asyncio.Event belongs to one loop, but the loop differs between calls.
        while not self._open.is_set():  # noqa: ASYNC110
            await asyncio.sleep(0)


class GatedTransport(ScriptedTransport):
    """Scripted transport whose requests wait at `side.gate` unless it is None."""

    def __init__(self, script: Any, side: Side) -> None:
        super().__init__(script)
        self.side = side

    def send(self, request: Any) -> Any:
        if self.side.gate is not None:
            self.side.gate.wait()
        return super().send(request)


class AsyncGatedTransport(AsyncScriptedTransport):
    """Async variant of `GatedTransport`."""

    def __init__(self, script: Any, side: Side) -> None:
        super().__init__(script)
        self.side = side

    async def send(self, request: Any) -> Any:
        if self.side.gate is not None:
            await self.side.gate.wait_async()
        return await super().send(request)


class Supplier:
    """Supplier that returns or raises its tokens one by one, and repeats the last one.

    `refresh_arguments` records the argument `refresh` of each call.
    """

    def __init__(self, *tokens: Any) -> None:
        self.tokens = list(tokens)
        self.refresh_arguments: list[bool] = []

    def __call__(self, *, refresh: bool = False) -> Any:
        self.refresh_arguments.append(refresh)
        token = self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]
        if isinstance(token, Exception):
            raise token
        return token


class Side:
    """One kind of API, sync or async: creates providers, and records the texts that they produce.

    `skew` is the service's time minus the local time, in seconds; `random` is the random number
    that providers use.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_sync = name == "sync"
        self.is_awaitable = name == "aio-awaitable"
        self.module: Any = cognito_credentials if self.is_sync else aio
        self.clock = RecordingClock()
        self.skew = 0.0
        self.random = 0.5
        self.gate: Gate | None = None
        self.texts: list[str] = []
        self.log: list[str] = []
        self._runner = None if self.is_sync else asyncio.Runner(debug=True)
        self._handler = _LogHandler(self.log)

    # --- providers ------------------------------------------------------------------------

    def pool(self, script: Any, pool_id: str = POOL, **arguments: Any) -> Subject:
        return self._subject(self.module.from_cognito_identity_pool, pool_id, script, arguments)

    def identity(self, script: Any, identity_id: str = IDENTITY, **arguments: Any) -> Subject:
        return self._subject(self.module.from_cognito_identity, identity_id, script, arguments)

    def _subject(self, make: Any, name: str, script: Any, arguments: Any) -> Subject:
        transport = (GatedTransport if self.is_sync else AsyncGatedTransport)(script, self)
        config = {"transport": transport, "clock": self.clock}
        config |= arguments.pop("client_config", {})
        provider = make(name, client_config=config, **arguments)
        provider._driver.random = lambda: self.random
        return Subject(self, provider, transport)

    def adapt(self, function: Any) -> Any:
        """Return a user's function; make it async if this side uses async callables."""
        if not self.is_awaitable:
            return function
        takes_refresh = "refresh" in inspect.signature(function).parameters

        if takes_refresh:

            async def adapted(*, refresh: bool = False) -> Any:
                await asyncio.sleep(0)
                return function(refresh=refresh)

        else:

            async def adapted(*arguments: Any) -> Any:
                await asyncio.sleep(0)
                return function(*arguments)

        return adapted

    def cache(self, entries: dict[str, Any] | None = None, *, broken: str = "") -> Any:
        """Return an application's identity ID cache; the methods in `broken` raise OSError."""
        kinds = {"sync": MappingCache, "aio": ObjectCache, "aio-awaitable": AsyncObjectCache}
        return kinds[self.name](entries or {}, broken.split())

    # --- responses, by the service's clock ------------------------------------------------

    def service_clock(self) -> FakeClock:
        return FakeClock(self.clock.now() + self.skew)

    def id_response(self, identity_id: str = IDENTITY) -> Any:
        return lambda request: success_response(clock=self.service_clock(), IdentityId=identity_id)

    def credentials(
        self,
        identity_id: str = IDENTITY,
        *,
        generation: int = 1,
        lifetime: float = 3600,
        **changes: Any,
    ) -> Any:
        """Return a scripted response to GetCredentialsForIdentity; `lifetime` is in seconds."""

        def respond(request: Any) -> Any:
            clock = self.service_clock()
            return credentials_response(
                identity_id,
                generation=generation,
                expires_at=clock.now() + lifetime,
                clock=clock,
                **changes,
            )

        return respond

    # --- running, and recording texts -----------------------------------------------------

    def run(self, function: Any, *arguments: Any) -> Any:
        """Call a function or run a coroutine function, and record the error that it raises."""
        try:
            if self._runner is None:
                return function(*arguments)
            return self._runner.run(function(*arguments))
        except Exception as error:
            self.record(error)
            raise

    def hold_requests(self) -> Gate:
        """Block all requests until `settle` is called."""
        self.gate = Gate()
        return self.gate

    def settle(self) -> None:
        """Open the gate, and wait until no background refresh is running."""
        if self.gate is not None:
            self.gate.open()
            self.gate = None
        if self._runner is not None:
            self._runner.run(_settle())
        for thread in threading.enumerate():
            if thread.name == "cognito-credentials":  # An emulator's threads have other names.
                thread.join(10)
                assert not thread.is_alive()

    def record(self, value: Any) -> None:
        """Record a value's repr and string, and for an error also its traceback and causes."""
        self.texts += [repr(value), str(value)]
        if isinstance(value, BaseException):
            self.texts += traceback.format_exception(value)
            # Tracebacks omit suppressed contexts and the attributes of errors.
            while value is not None:
                self.texts += [repr(value.args), repr(vars(value))]
                value = value.__cause__ or value.__context__

    def __enter__(self) -> Self:
        logger = logging.getLogger("cognito_credentials")
        logger.addHandler(self._handler)
        self._level = logger.level
        logger.setLevel(logging.DEBUG)
        return self

    def __exit__(self, *_: object) -> None:
        logger = logging.getLogger("cognito_credentials")
        logger.removeHandler(self._handler)
        logger.setLevel(self._level)
        if self._runner is not None:
            self._runner.close()

    def leaks(self) -> list[str]:
        """Return the first 60 characters of each recorded text that contains a secret."""
        return [text[:60] for text in (*self.texts, *self.log) if any(s in text for s in SECRETS)]


class Subject:
    """A provider and its cache, with a sync interface."""

    def __init__(self, side: Side, provider: Any, transport: Any) -> None:
        self.side = side
        self.provider = provider
        self.transport = transport
        self.cache = provider.cached()

    def fetch(self) -> Any:
        """Call the provider."""
        return self._record(self.side.run(self.provider))

    def get(self, min_remaining: float = 0.0) -> Any:
        """Get credentials from the cache."""
        return self._record(self.side.run(self.cache.get, min_remaining))

    def use_store(self, store: Any, policy: Any = None) -> Self:
        """Replace the credentials cache with one that uses this store, and return the subject."""
        if self.side.is_awaitable:
            store = AsyncFakeStore(store)
        kind = self.side.module.CredentialsCache if self.side.is_sync else aio.AsyncCredentialsCache
        self.cache = kind(self.provider, policy, store=store, random=lambda: self.side.random)
        return self

    def expect_error(self, kind: Any, call: Any = None) -> Any:
        """Return the error that `call`, or a fetch, raises; its class must be exactly `kind`."""
        try:
            (call or self.fetch)()
        except Exception as error:
            if type(error) is not kind:
                raise
            return error
        raise AssertionError(f"{kind.__name__} was not raised")

    def close(self) -> None:
        self.side.run(self.provider.close if self.side.is_sync else self.provider.aclose)

    def close_cache(self) -> None:
        cache = self.cache
        self.side.run(cache.close if self.side.is_sync else cache.aclose)

    @property
    def identity_id(self) -> str | None:
        return self.provider.identity_id

    @property
    def requests(self) -> list[Any]:
        return self.transport.requests

    @property
    def operations(self) -> list[str]:
        return [operation_of(request) for request in self.requests]

    @property
    def calls(self) -> list[tuple[str, dict[str, Any]]]:
        return self.transport.calls

    def _record(self, credentials: Any) -> Any:
        for value in (credentials, self.provider, self.cache):
            self.side.record(value)
        return credentials


class _LogHandler(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname} {record.getMessage()} {record.args!r}")


async def _settle() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    # A broker's prefetcher runs until the broker is closed.
    tasks = {task for task in tasks if task.get_name() != "cognito-prefetcher"}
    await asyncio.gather(*tasks, return_exceptions=True)


# --- caches of identity IDs, as users write them ------------------------------------------------


class MappingCache(dict[str, Any]):
    """A mutable mapping, such as a `dict` or a `shelve.Shelf`."""

    def __init__(self, entries: dict[str, Any], broken: list[str]) -> None:
        super().__init__(entries)
        self.broken = broken
        self.used: list[str] = []

    @property
    def entries(self) -> dict[str, Any]:
        return dict(self)

    def _use(self, name: str) -> None:
        self.used.append(name)
        if name in self.broken:
            raise OSError(f"{name} failed: disk full, {OPAQUE_TOKEN}")

    def get(self, key: str, default: Any = None) -> Any:
        self._use("get")
        return super().get(key, default)

    def __setitem__(self, key: str, value: Any) -> None:
        self._use("set")
        super().__setitem__(key, value)

    def pop(self, key: str, *default: Any) -> Any:
        self._use("delete")
        return super().pop(key, *default)


class ObjectCache:
    """An `IdentityIdCache`."""

    def __init__(self, entries: dict[str, Any], broken: list[str]) -> None:
        self.entries = dict(entries)
        self.broken = broken
        self.used: list[str] = []

    def _use(self, name: str) -> None:
        self.used.append(name)
        if name in self.broken:
            raise OSError(f"{name} failed: disk full, {OPAQUE_TOKEN}")

    def get(self, key: str) -> Any:
        self._use("get")
        return self.entries.get(key)

    def set(self, key: str, identity_id: str) -> None:
        self._use("set")
        self.entries[key] = identity_id

    def delete(self, key: str) -> None:
        self._use("delete")
        del self.entries[key]


class AsyncObjectCache(ObjectCache):
    """An `AsyncIdentityIdCache`."""

    async def get(self, key: str) -> Any:  # type: ignore[override]
        await asyncio.sleep(0)
        return super().get(key)

    async def set(self, key: str, identity_id: str) -> None:  # type: ignore[override]
        await asyncio.sleep(0)
        super().set(key, identity_id)

    async def delete(self, key: str) -> None:  # type: ignore[override]
        await asyncio.sleep(0)
        super().delete(key)
