"""One scenario, both sides: the sync and the awaited provider behind one blocking interface.

A test that takes the fixture `side` runs three times: with the sync provider, with the awaited one,
and with the awaited one whose suppliers, caches and callbacks are asynchronous. Nothing sleeps and
nothing is sent: the clock is moved, the transport has a script.

Whatever a test makes the library say (errors with their causes, tracebacks, logs, reprs) is kept,
and searched for every secret when the test is over.
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

from fake_store import AwaitableStore

import cognito_credentials
from cognito_credentials import aio
from cognito_credentials.testing import (
    AsyncScriptedTransport,
    FakeClock,
    ScriptedTransport,
    answer,
    credentials_answer,
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
FACEBOOK_TOKEN = "EAAFacebookTokenThatNobodyMaySee"
OPAQUE_TOKEN = "an-opaque-token-that-nobody-may-see"
DEVELOPER_TOKEN = "a-developer-token-that-nobody-may-see"
OPENID_TOKEN = "eyJhbGciOiJSUzUxMiJ9.a-pool-token-that-nobody-may-see.c2ln"

GET_ID = "GetId"
GET_CREDENTIALS = "GetCredentialsForIdentity"
GET_OPENID_TOKEN = "GetOpenIdToken"
ASSUME_ROLE = "AssumeRoleWithWebIdentity"

# The texts are the service's own: the rules for a dead identity id hang on them.
IDENTITY_GONE = ("ResourceNotFoundException", f"Identity '{IDENTITY}' not found.")
POOL_GONE = ("ResourceNotFoundException", f"IdentityPool '{POOL}' not found.")
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
    # Of every generation that `credentials_answer` and `sts_answer` make:
    "secret-key-of-generation",
    "session-token-of-generation",
}


def jwt(key: str = GOOGLE, **claims: Any) -> str:
    """Return a token that reads like an ID token; nobody could verify it."""
    claims = {"iss": f"https://{key}", "sub": "user-1", "aud": "app", **claims}
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    token = f"eyJhbGciOiJSUzI1NiJ9.{payload}.c2lnbmF0dXJl"
    SECRETS.add(token)
    return token


def operation_of(request: Any) -> str:
    target = request.headers.get("X-Amz-Target")
    if target is not None:
        return target.rpartition(".")[2]
    return parse_qs(request.body.decode())["Action"][0]


class RecordingClock(FakeClock):
    """A clock that also tells what waits it was asked for."""

    def __init__(self) -> None:
        super().__init__(1_800_000_000.0)
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        super().sleep(seconds)

    async def asleep(self, seconds: float) -> None:
        self.sleep(seconds)


class Gate:
    """Holds back what a transport sends, until it is opened."""

    def __init__(self) -> None:
        self.arrived = threading.Semaphore(0)
        self._open = threading.Event()

    def open(self) -> None:
        self._open.set()

    def wait(self) -> None:
        self.arrived.release()
        assert self._open.wait(30), "the gate was never opened"

    async def wait_awaited(self) -> None:
        self.arrived.release()
        # In whichever loop this is, and as often as it is run: an asyncio.Event has one loop.
        while not self._open.is_set():  # noqa: ASYNC110
            await asyncio.sleep(0)


class HeldTransport(ScriptedTransport):
    def __init__(self, script: Any, side: Side) -> None:
        super().__init__(script)
        self.side = side

    def send(self, request: Any) -> Any:
        if self.side.gate is not None:
            self.side.gate.wait()
        return super().send(request)


class AsyncHeldTransport(AsyncScriptedTransport):
    def __init__(self, script: Any, side: Side) -> None:
        super().__init__(script)
        self.side = side

    async def send(self, request: Any) -> Any:
        if self.side.gate is not None:
            await self.side.gate.wait_awaited()
        return await super().send(request)


class Supplier:
    """Gives its tokens one after another, the last one for ever; keeps how it was asked."""

    def __init__(self, *tokens: Any) -> None:
        self.tokens = list(tokens)
        self.asked: list[bool] = []

    def __call__(self, *, refresh: bool = False) -> Any:
        self.asked.append(refresh)
        token = self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]
        if isinstance(token, Exception):
            raise token
        return token


class Side:
    """Makes providers of one colour, and keeps everything they say."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_sync = name == "sync"
        self.is_awaitable = name == "aio-awaitable"
        self.module: Any = cognito_credentials if self.is_sync else aio
        self.clock = RecordingClock()
        self.skew = 0.0
        self.random = 0.5
        self.gate: Gate | None = None
        self.said: list[str] = []
        self.log: list[str] = []
        self._runner = None if self.is_sync else asyncio.Runner(debug=True)
        self._handler = _LogHandler(self.log)

    # --- making ---------------------------------------------------------------------------

    def pool(self, script: Any, pool_id: str = POOL, **arguments: Any) -> Subject:
        return self._subject(self.module.from_cognito_identity_pool, pool_id, script, arguments)

    def identity(self, script: Any, identity_id: str = IDENTITY, **arguments: Any) -> Subject:
        return self._subject(self.module.from_cognito_identity, identity_id, script, arguments)

    def _subject(self, make: Any, name: str, script: Any, arguments: Any) -> Subject:
        transport = (HeldTransport if self.is_sync else AsyncHeldTransport)(script, self)
        config = {"transport": transport, "clock": self.clock}
        config |= arguments.pop("client_config", {})
        provider = make(name, client_config=config, **arguments)
        provider._driver.random = lambda: self.random
        return Subject(self, provider, transport)

    def user(self, function: Any) -> Any:
        """Return a user's callable as this side's users would write it."""
        if not self.is_awaitable:
            return function
        takes_refresh = "refresh" in inspect.signature(function).parameters

        if takes_refresh:

            async def awaited(*, refresh: bool = False) -> Any:
                await asyncio.sleep(0)
                return function(refresh=refresh)

        else:

            async def awaited(*arguments: Any) -> Any:
                await asyncio.sleep(0)
                return function(*arguments)

        return awaited

    def cache(self, entries: dict[str, Any] | None = None, *, broken: str = "") -> Any:
        """Return a cache of identity ids; `broken` names the methods that raise."""
        kinds = {"sync": MappingCache, "aio": ObjectCache, "aio-awaitable": AwaitableCache}
        return kinds[self.name](entries or {}, broken.split())

    # --- the service's answers, by its clock ----------------------------------------------

    def service_clock(self) -> FakeClock:
        return FakeClock(self.clock.now() + self.skew)

    def id_answer(self, identity_id: str = IDENTITY) -> Any:
        return lambda request: answer(clock=self.service_clock(), IdentityId=identity_id)

    def credentials(
        self,
        identity_id: str = IDENTITY,
        *,
        generation: int = 1,
        lifetime: float = 3600,
        **changes: Any,
    ) -> Any:
        """Answer GetCredentialsForIdentity, with a lifetime by the service's clock."""

        def respond(request: Any) -> Any:
            clock = self.service_clock()
            return credentials_answer(
                identity_id,
                generation=generation,
                expires_at=clock.now() + lifetime,
                clock=clock,
                **changes,
            )

        return respond

    # --- running and listening ------------------------------------------------------------

    def run(self, function: Any, *arguments: Any) -> Any:
        """Call what is blocking on one side and awaited on the other; keep what it raises."""
        try:
            if self._runner is None:
                return function(*arguments)
            return self._runner.run(function(*arguments))
        except Exception as error:
            self.hears(error)
            raise

    def hold(self) -> Gate:
        """Hold back what is sent from now on, until `settle`."""
        self.gate = Gate()
        return self.gate

    def settle(self) -> None:
        """Wait until no background refresh is under way."""
        if self.gate is not None:
            self.gate.open()
            self.gate = None
        if self._runner is not None:
            self._runner.run(_settle())
        for thread in threading.enumerate():
            if thread.name == "cognito-credentials":  # the cache's; an emulator has threads, too
                thread.join(10)
                assert not thread.is_alive()

    def hears(self, thing: Any) -> None:
        self.said += [repr(thing), str(thing)]
        if isinstance(thing, BaseException):
            self.said += traceback.format_exception(thing)
            # Also what no traceback shows: a context that was suppressed, what an error holds.
            while thing is not None:
                self.said += [repr(thing.args), repr(vars(thing))]
                thing = thing.__cause__ or thing.__context__

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
        """Return where a secret was said, shortened."""
        return [text[:60] for text in (*self.said, *self.log) if any(s in text for s in SECRETS)]


class Subject:
    """A provider under test, and its cache, without their colour."""

    def __init__(self, side: Side, provider: Any, transport: Any) -> None:
        self.side = side
        self.provider = provider
        self.transport = transport
        self.cache = provider.cached()

    def fetch(self) -> Any:
        return self._heard(self.side.run(self.provider))

    def get(self, min_remaining: float = 0.0) -> Any:
        return self._heard(self.side.run(self.cache.get, min_remaining))

    def share(self, store: Any, policy: Any = None) -> Self:
        """Let `get` go through a cache that shares this store; returns the subject itself."""
        if self.side.is_awaitable:
            store = AwaitableStore(store)
        kind = self.side.module.CredentialsCache if self.side.is_sync else aio.AsyncCredentialsCache
        self.cache = kind(self.provider, policy, store=store, random=lambda: self.side.random)
        return self

    def fails(self, kind: Any, call: Any = None) -> Any:
        """Return the error that a fetch raises, which must be of exactly this class."""
        try:
            (call or self.fetch)()
        except Exception as error:
            if type(error) is not kind:
                raise
            return error
        raise AssertionError(f"no {kind.__name__} was raised")

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

    def _heard(self, credentials: Any) -> Any:
        for thing in (credentials, self.provider, self.cache):
            self.side.hears(thing)
        return credentials


class _LogHandler(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname} {record.getMessage()} {record.args!r}")


async def _settle() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    others = {task for task in others if task.get_name() != "cognito-prefetcher"}  # has no end
    await asyncio.gather(*others, return_exceptions=True)


# --- caches of identity ids, as users write them ------------------------------------------------


class MappingCache(dict[str, Any]):
    """A mutable mapping, such as a dict or a shelf."""

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
            raise OSError(f"no {name}: disk full, {OPAQUE_TOKEN}")

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
            raise OSError(f"no {name}: disk full, {OPAQUE_TOKEN}")

    def get(self, key: str) -> Any:
        self._use("get")
        return self.entries.get(key)

    def set(self, key: str, identity_id: str) -> None:
        self._use("set")
        self.entries[key] = identity_id

    def delete(self, key: str) -> None:
        self._use("delete")
        del self.entries[key]


class AwaitableCache(ObjectCache):
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
