"""Local variables in tracebacks, which crash reporters send, must not show secrets.

A reporter sends the `repr` of each variable, and of each item in a list or mapping. The caller's
own arguments may show secrets; every object that the library derives from them must redact secrets.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Mapping
from typing import Any

import pytest
from brokers import Broker, Service
from fake_store import FakeStore
from harness import (
    FACEBOOK,
    FACEBOOK_TOKEN,
    GOOGLE,
    IDENTITY,
    OPENID_TOKEN,
    POOL,
    ROLE,
    SECRETS,
    TOKEN_EXPIRED,
    USER_POOL,
    Supplier,
    jwt,
)

from cognito_credentials import (
    BasicFlow,
    CommandToken,
    DeveloperIdentity,
    EnvironmentToken,
    FileToken,
    from_cognito_identity,
    login_from_id_token,
)
from cognito_credentials._core.http import HttpResponse
from cognito_credentials.aio import from_cognito_identity as from_cognito_identity_aio
from cognito_credentials.errors import TransportError
from cognito_credentials.testing import error_response, success_response

REJECTED = error_response("NotAuthorizedException", "text")
FAILED = TransportError("no route to host")


def frames_of(error: BaseException) -> Any:
    """Yield the non-test frames in the tracebacks of an error, its causes and its contexts."""
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        current = pending.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        pending += [current.__cause__, current.__context__]
        traceback = current.__traceback__
        while traceback is not None:
            if "/tests/" not in traceback.tb_frame.f_code.co_filename:
                yield traceback.tb_frame
            traceback = traceback.tb_next


def texts_of(value: Any, passed: tuple[Any, ...], depth: int = 0) -> Any:
    if any(value is own for own in passed):
        return
    yield repr(value)
    if depth < 4 and isinstance(value, Mapping):
        for item in list(value.values()):
            yield from texts_of(item, passed, depth + 1)
    elif depth < 4 and isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from texts_of(item, passed, depth + 1)


def leaks(error: BaseException, passed: tuple[Any, ...] = ()) -> list[str]:
    secrets = {secret[:40] for secret in SECRETS}
    return [
        f"{frame.f_code.co_filename}:{frame.f_code.co_name}: {name}"
        for frame in frames_of(error)
        for name, value in frame.f_locals.items()
        if any(secret in text for text in texts_of(value, passed) for secret in secrets)
    ]


def expect_no_leak(function: Any, *passed: Any) -> None:
    with pytest.raises(Exception) as caught:
        function()
    assert leaks(caught.value, passed) == []


def openid(side, **changes):
    return success_response(
        clock=side.service_clock(), IdentityId=IDENTITY, Token=OPENID_TOKEN, **changes
    )


SCRIPTS = {
    "GetId is rejected": lambda side: [REJECTED],
    "GetCredentialsForIdentity is rejected": lambda side: [side.id_response(), REJECTED],
    "the network fails": lambda side: [FAILED],
    "the network fails later": lambda side: [side.id_response(), FAILED],
    "the token expired": lambda side: [error_response(*TOKEN_EXPIRED)],
    "not JSON": lambda side: [HttpResponse(200, {}, b"<html>")],
    "no expiration": lambda side: [side.id_response(), side.credentials(Expiration=None)],
    "no session token": lambda side: [side.id_response(), side.credentials(SessionToken=None)],
    "an invalid key ID": lambda side: [side.id_response(), side.credentials(AccessKeyId="a\nb")],
    "an invalid token": lambda side: [
        side.id_response(),
        side.credentials(SessionToken="session-token-of-generation-1\n"),
    ],
    "expired credentials": lambda side: [side.id_response(), side.credentials(lifetime=-60)],
    "credentials for a year": lambda side: [side.id_response(), side.credentials(lifetime=1e8)],
    "an invalid identity ID": lambda side: [side.id_response(), side.credentials("x")],
}


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("is_supplied", [False, True], ids=["token", "supplier"])
@pytest.mark.parametrize("name", [FACEBOOK, GOOGLE])
def test_a_failed_fetch_shows_no_secret(side, script, is_supplied, name):
    token = FACEBOOK_TOKEN if name == FACEBOOK else jwt()
    login = side.adapt(Supplier(token)) if is_supplied else token
    subject = side.pool(SCRIPTS[script](side), logins={name: login})
    expect_no_leak(subject.fetch)
    expect_no_leak(subject.get)
    subject.use_store(FakeStore(side.clock))
    expect_no_leak(subject.get)


@pytest.mark.parametrize(
    "second",
    [
        lambda side: REJECTED,
        lambda side: FAILED,
        lambda side: HttpResponse(200, {}, b"<html>"),
        lambda side: HttpResponse(400, {}, b"<E><Code>ExpiredToken</Code></E>"),
        lambda side: HttpResponse(
            200,
            {},
            b"<R><Credentials><AccessKeyId>ASIATEST00000001</AccessKeyId><SecretAccessKey>"
            b"secret-key-of-generation-1</SecretAccessKey><SessionToken>"
            b"session-token-of-generation-1</SessionToken></Credentials></R>",
        ),
    ],
)
def test_a_failed_basic_flow_shows_no_secret(side, second):
    subject = side.identity(
        [openid(side), second(side)],
        basic_flow=BasicFlow(role_arn=ROLE),
        logins={FACEBOOK: FACEBOOK_TOKEN},
    )
    expect_no_leak(subject.fetch)


def test_rejected_login_tokens_are_not_shown(side):
    access_token = jwt(USER_POOL, token_use="access")
    expired = jwt(exp=1)
    other_issuer = jwt(iss="https://login.example.com")
    for name, token in ((USER_POOL, access_token), (GOOGLE, expired), (GOOGLE, other_issuer)):
        for login in (token, side.adapt(Supplier(token))):
            expect_no_leak(side.pool([REJECTED], logins={name: login}).fetch)


def test_a_failed_function_of_the_caller_shows_no_secret(side):
    def fail(*_arguments):
        raise RuntimeError("x")

    token = jwt()
    for keywords in ({"user_identifier": side.adapt(fail)}, {"custom_role_arn": side.adapt(fail)}):
        subject = side.pool([side.id_response()], logins={GOOGLE: token}, **keywords)
        expect_no_leak(subject.fetch)
    supplier = side.adapt(Supplier(token, RuntimeError("x")))
    other = side.adapt(Supplier(RuntimeError("x")))
    expect_no_leak(side.pool([REJECTED], logins={GOOGLE: supplier, FACEBOOK: other}).fetch)


@pytest.mark.parametrize("returned", [b"bytes", 5, None, "", "x" * 60_000])
def test_a_supplier_that_returns_something_else_shows_no_secret(side, returned):
    logins = {FACEBOOK: FACEBOOK_TOKEN, GOOGLE: side.adapt(Supplier(returned))}
    expect_no_leak(side.pool([REJECTED], logins=logins).fetch)


def test_sources_of_logins_show_no_secret(side):
    token = jwt()
    source = login_from_id_token(side.adapt(Supplier(token)))
    expect_no_leak(side.pool([REJECTED], logins=source).fetch)
    for returned in ((IDENTITY, FACEBOOK_TOKEN), {"IdentityId": "x", "Token": FACEBOOK_TOKEN}):
        source = DeveloperIdentity(side.adapt(lambda returned=returned: returned))
        expect_no_leak(side.pool([REJECTED], logins=source).fetch)
    for returned in ((FACEBOOK_TOKEN,), {"Token": FACEBOOK_TOKEN}, FACEBOOK_TOKEN):
        source = DeveloperIdentity(side.adapt(lambda returned=returned: returned))
        expect_no_leak(side.pool([REJECTED], logins=source).fetch)


def test_suppliers_of_the_library_show_no_secret(side, tmp_path, monkeypatch):
    SECRETS.add(long := "a-secret-token-" * 20_000)
    SECRETS.add(binary := "a-secret-before-bytes")
    monkeypatch.setenv("TOKEN", long)
    path = tmp_path / "token"
    for content in (long.encode(), binary.encode() + b"\xff"):
        path.write_bytes(content)
        program = f"import sys; sys.stdout.buffer.write(open({str(path)!r}, 'rb').read())"
        for supplier in (
            FileToken(path),
            EnvironmentToken("TOKEN"),
            CommandToken([sys.executable, "-c", program]),
        ):
            expect_no_leak(side.pool([REJECTED], logins={GOOGLE: supplier}).fetch)


@pytest.mark.parametrize("failure", [REJECTED, FAILED, HttpResponse(200, {}, b"<html>")])
def test_a_failed_fetch_of_a_broker_shows_no_secret(side, failure):
    service = Service(side)
    service.errors = [failure] * 9
    broker = Broker(side, service, prefetch_within=0)
    try:
        token = jwt(sub="ann")
        logins = {GOOGLE: token}
        expect_no_leak(lambda: broker.get("ann", logins), logins, token)
        expect_no_leak(lambda: broker.get("ann", {GOOGLE: 5}), logins, token)
    finally:
        side.settle()
        broker.close()


@pytest.mark.parametrize(
    "response", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n", b"x\n"]
)
@pytest.mark.parametrize("proxy", [False, True])
def test_a_failed_connection_shows_no_secret(response, proxy):
    """Crash reports include http.client's frames, whose variables may refer to the library's objects."""
    body = json.dumps({"Credentials": {"SecretKey": "secret-key-of-generation-1"}}).encode()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            for _ in range(4):
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(response + (body if b"999" in response else b""))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        config: dict[str, Any] = {"endpoint_url": url, "max_attempts": 1, "request_timeout": 5}
        if proxy:
            config |= {"proxies": {"http": url}, "endpoint_url": "http://127.0.0.1:9"}
        logins = {FACEBOOK: FACEBOOK_TOKEN}
        provider = from_cognito_identity(IDENTITY, logins=logins, client_config=config)
        with provider:
            expect_no_leak(provider)

        async def fetch():
            async with from_cognito_identity_aio(
                IDENTITY, logins=logins, client_config=config
            ) as provider:
                await provider()

        import asyncio

        expect_no_leak(lambda: asyncio.run(fetch()))


def test_the_check_finds_a_leak():
    def fail(members):
        raise RuntimeError

    members = {"Logins": {FACEBOOK: FACEBOOK_TOKEN}}
    code = compile("def call(fail, members):\n    fail(members)", "library.py", "exec")
    namespace: dict[str, Any] = {}
    exec(code, namespace)  # noqa: S102
    with pytest.raises(RuntimeError) as caught:
        namespace["call"](fail, members)
    assert leaks(caught.value) == ["library.py:call: members"]
    assert leaks(caught.value, (members,)) == []
    assert POOL
