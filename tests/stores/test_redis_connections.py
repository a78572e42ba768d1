"""Calls to hostile Redis servers must respect their timeouts, and must not reveal passwords."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from typing import Any, Self

import pytest
import redis
from blocking_proxies import BlockingStoreProxy
from cases import check_each
from tls_authority import Authority, authority
from valkey_server import SEALING_KEY

from cognito_credentials.errors import (
    ConfigurationError,
    MalformedResponseError,
    RequestTimeoutError,
    TransportError,
)
from cognito_credentials.stores import AsyncRedisStore, RedisStore
from cognito_credentials.stores._redis_clients import check_client

__all__ = ["authority"]

KEY = "credentials:abc"
PASSWORD = "a-password-that-must-stay-secret"
TIMEOUT = 0.4


class Server:
    """Server on loopback that handles each connection in a new thread."""

    def __init__(self, handle: Any) -> None:
        self.handle = handle
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.received = b""
        self.is_closed = False
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while not self.is_closed:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(10)
            with contextlib.suppress(OSError):
                self.handle(self, connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.is_closed = True
        self.listener.close()


def drip(server: Server, connection: socket.socket) -> None:
    connection.recv(65536)
    for byte in b"$1000\r\n" + b"x" * 1000 + b"\r\n":
        connection.sendall(bytes([byte]))
        threading.Event().wait(0.05)


def drip_after_handshake(server: Server, connection: socket.socket) -> None:
    """Respond to the handshake immediately, and to the first store command byte by byte."""
    while data := connection.recv(65536):
        if any(name in data for name in (b"EVAL", b"GET", b"DEL")):
            break
        connection.sendall(b"+OK\r\n" * data.count(b"*"))
    for byte in b"$1000\r\n" + b"x" * 1000 + b"\r\n":
        connection.sendall(bytes([byte]))
        threading.Event().wait(0.05)


def flood(server: Server, connection: socket.socket) -> None:
    """Begin a response that never ends, and send it without a pause."""
    connection.recv(65536)
    connection.sendall(b"*100000000\r\n")
    while True:
        connection.sendall(b":1\r\n" * 10_000)


def stay_silent(server: Server, connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


@pytest.fixture(params=[RedisStore, AsyncRedisStore])
def open_store(request):
    with asyncio.Runner() as runner:
        stores = []

        def make(url, **options):
            options = {"timeout": TIMEOUT, **options}
            store = request.param(url, sealing_key=SEALING_KEY, **options)
            stores.append(store)
            return store if request.param is RedisStore else BlockingStoreProxy(store, runner)

        yield make
        for store in stores:
            if request.param is RedisStore:
                store.close()
            else:
                runner.run(store.aclose())


@pytest.mark.parametrize("handle", [drip, drip_after_handshake, stay_silent])
@pytest.mark.parametrize("method", ["get", "put", "delete", "lock", "reserve"])
def test_the_timeout_is_for_the_whole_call(open_store, handle, method):
    with Server(handle) as server:
        store = open_store(f"redis://127.0.0.1:{server.port}/0?protocol=2")
        calls = {
            "get": lambda: store.get(KEY),
            "put": lambda: store.put(KEY, b"value", expires_at=4e9),
            "delete": lambda: store.delete(KEY),
            "lock": lambda: store.lock(KEY, 10),
            "reserve": lambda: store.reserve("x", interval=1, burst_seconds=0, max_wait=0),
        }
        started_at = time.monotonic()
        with pytest.raises(RequestTimeoutError):
            calls[method]()
        assert time.monotonic() - started_at < 2.5 * TIMEOUT


def test_the_timeout_ends_a_response_that_is_sent_without_a_pause(open_store):
    with Server(flood) as server:
        store = open_store(f"redis://127.0.0.1:{server.port}/0?protocol=2")
        started_at = time.monotonic()
        with pytest.raises(RequestTimeoutError):
            store.get(KEY)
        # redis-py needs most of this time to parse the response.
        assert time.monotonic() - started_at < 20 * TIMEOUT


MALFORMED_REPLIES = {
    "integer": b":5\r\n",
    "long integer": b":" + b"9" * 5000 + b"\r\n",
    "large wait": b":999999999999\r\n",
    "string": b"+OK\r\n",
    "bytes": b"$3\r\n\xff\xfe\xfd\r\n",
    "short fence": b"$4\r\n1234\r\n",
    "array": b"*2\r\n:1\r\n:2\r\n",
    "deep array": b"*1\r\n" * 3000,
    "redirect without a host": b"-MOVED\r\n",
    "unknown type": b"\x00\xff\x00\r\n",
    "HTTP": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "length that is not a number": b"$abc\r\n",
    "very long line": b"-ERR " + b"x" * 200_000 + b"\r\n",
}
# Methods that accept a reply which is malformed for the other methods.
VALID = {
    "integer": {"put", "delete", "reserve"},
    "large wait": {"put", "delete"},
    "string": {"get", "put", "delete"},
    "bytes": {"get", "put", "delete"},
    "short fence": {"get", "put", "delete"},
    "array": {"put", "delete"},
}


@check_each("name", MALFORMED_REPLIES)
@pytest.mark.parametrize("method", ["get", "put", "delete", "lock", "reserve"])
def test_a_malformed_reply_is_an_error_of_this_package(open_store, name, method):
    def handle(server: Server, connection: socket.socket) -> None:
        while data := connection.recv(65536):
            if any(command in data for command in (b"EVAL", b"GET\r", b"DEL\r")):
                connection.sendall(MALFORMED_REPLIES[name])
            else:
                connection.sendall(b"+OK\r\n" * data.count(b"*"))

    with Server(handle) as server:
        store = open_store(f"redis://127.0.0.1:{server.port}/0?protocol=2")
        calls = {
            "get": lambda: store.get(KEY),
            "put": lambda: store.put(KEY, b"value", expires_at=4e9),
            "delete": lambda: store.delete(KEY),
            "lock": lambda: store.lock(KEY, 10),
            "reserve": lambda: store.reserve("x", interval=1, burst_seconds=0, max_wait=1),
        }
        if method in VALID.get(name, ()):
            calls[method]()
            return
        with pytest.raises((MalformedResponseError, TransportError)) as caught:
            calls[method]()
        assert caught.value.hint


@pytest.mark.parametrize("handle", [drip, stay_silent])
def test_the_timeout_includes_tls(open_store, handle):
    with Server(handle) as server:
        store = open_store(f"rediss://127.0.0.1:{server.port}/0")
        started_at = time.monotonic()
        with pytest.raises(TransportError):
            store.get(KEY)
        assert time.monotonic() - started_at < 2.5 * TIMEOUT


def test_a_timeout_of_the_callers_options_is_respected(open_store):
    with Server(stay_silent) as server:
        store = open_store(f"redis://127.0.0.1:{server.port}/0", timeout=10, socket_timeout=0.1)
        started_at = time.monotonic()
        with pytest.raises(RequestTimeoutError):
            store.get(KEY)
        assert time.monotonic() - started_at < 5


def test_a_call_after_a_timeout_has_its_own_deadline(open_store, valkey):
    store = open_store(valkey.url, timeout=0.5)
    for _ in range(3):
        store.put(KEY, b"value", expires_at=4e9)
        threading.Event().wait(0.3)
    assert store.get(KEY) == b"value"


# --- host names -------------------------------------------------------------------------------


def record(authority: Authority, pair: tuple[str, str]) -> Server:
    """Return a TLS server with this certificate that records what clients send."""

    def handle(server: Server, connection: socket.socket) -> None:
        with authority.context(pair).wrap_socket(connection, server_side=True) as wrapped:
            while data := wrapped.recv(65536):
                server.received += data
                wrapped.sendall(b"-ERR no\r\n" * data.count(b"*"))

    return Server(handle)


def url_of(server: Server, query: str = "") -> str:
    return f"rediss://:{PASSWORD}@127.0.0.1:{server.port}/0{query}"


def test_a_server_with_the_certificate_of_another_host_gets_no_password(open_store, authority):
    with record(authority, authority.other_host) as server:
        store = open_store(url_of(server), timeout=10, ssl_ca_certs=authority.ca)
        with pytest.raises(TransportError):
            store.get(KEY)
        assert server.received == b""


def test_a_server_with_its_own_certificate_gets_the_password(open_store, authority):
    with record(authority, authority.server) as server:
        store = open_store(url_of(server), timeout=10, ssl_ca_certs=authority.ca)
        with pytest.raises(Exception):  # noqa: B017 - the server rejects every command
            store.get(KEY)
        assert PASSWORD.encode() in server.received


@pytest.mark.parametrize("options", [{"ssl_check_hostname": False}, {"ssl_cert_reqs": "none"}])
def test_the_caller_can_disable_the_verification(open_store, authority, options):
    with record(authority, authority.other_host) as server:
        store = open_store(url_of(server), timeout=10, ssl_ca_certs=authority.ca, **options)
        with pytest.raises(Exception):  # noqa: B017 - the server rejects every command
            store.get(KEY)
        assert PASSWORD.encode() in server.received


def test_the_caller_can_disable_the_verification_in_the_url(open_store, authority):
    with record(authority, authority.other_host) as server:
        store = open_store(url_of(server, "?ssl_cert_reqs=none"), timeout=10)
        with pytest.raises(Exception):  # noqa: B017 - the server rejects every command
            store.get(KEY)
        assert PASSWORD.encode() in server.received


@pytest.mark.parametrize("module", [redis, redis.asyncio])
def test_a_client_that_ignores_host_names_by_default_is_rejected(module, monkeypatch):
    """In redis-py before version 6, this is the default."""
    client = module.from_url("rediss://127.0.0.1/0", socket_timeout=1)
    chosen = module.from_url("rediss://127.0.0.1/0", socket_timeout=1, ssl_check_hostname=False)
    plain = module.from_url("redis://127.0.0.1/0", socket_timeout=1)
    monkeypatch.setattr(redis.connection.SSLConnection, "check_hostname", False, raising=False)
    monkeypatch.setattr(redis.connection.SSLConnection, "__init__", lambda self, **options: None)
    is_async = module is redis.asyncio
    with pytest.raises(ConfigurationError, match="host name") as caught:
        check_client(client, is_async=is_async)
    assert "ssl_check_hostname" in str(caught.value.hint)
    assert check_client(chosen, is_async=is_async) is chosen
    assert check_client(plain, is_async=is_async) is plain
