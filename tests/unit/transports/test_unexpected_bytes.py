"""A connection with unexpected bytes must be closed; the bytes must not be read as a response."""

from __future__ import annotations

import contextlib
import socket
import threading

import pytest
from tls_authority import Authority
from transport_servers import OK, Proxy, Server, read_request

from cognito_credentials.errors import TransportError
from cognito_credentials.transports._tls import TlsSettings

FAKE = OK.replace(b"{}", b"!!")
UNEXPECTED = {
    "a response": FAKE,
    "two responses": FAKE + FAKE,
    "the beginning of a status line": b"HTTP/1.1 2",
    "the beginning of headers": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: ",
    "the beginning of a body": FAKE[:-1],
    "an interim response": b"HTTP/1.1 100 Continue\r\n\r\n",
    "a timeout": b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n",
    "garbage": b"\x00\x01",
}
FIRST_RESPONSES = {
    "length": OK,
    "no body": b"HTTP/1.1 204 No Content\r\n\r\n",
    "empty body": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "trailers": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-A: x\r\n\r\n"
    ),
}


class IntrudingServer:
    """Handler that sends unexpected bytes on the first connection, and none on the others.

    Args:
        first: The first response.
        unexpected: The bytes that follow the first response.
        is_separate: Whether the unexpected bytes are sent only when `intrude` is called.
    """

    def __init__(self, first: bytes, unexpected: bytes, *, is_separate: bool) -> None:
        self.first = first
        self.unexpected = unexpected
        self.is_separate = is_separate
        self.requests: list[int] = []
        self._go = threading.Event()
        self._sent = threading.Event()

    def intrude(self) -> None:
        self._go.set()
        assert self._sent.wait(10)

    def __call__(self, connection: socket.socket, number: int) -> None:
        while read_request(connection):
            self.requests.append(number)
            if number > 1:
                connection.sendall(OK.replace(b"{}", b"[]"))
            elif self.is_separate:
                connection.sendall(self.first)
                self._go.wait(10)
                connection.sendall(self.unexpected)
                self._sent.set()
            else:
                connection.sendall(self.first + self.unexpected)
                self._sent.set()


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    "unexpected", [*UNEXPECTED.values(), b"\r\n"], ids=[*UNEXPECTED, "a line break"]
)
def test_a_connection_that_sends_while_idle_is_closed(
    make, serve, authority: Authority, unexpected: bytes, scheme: str
):
    intruding = IntrudingServer(OK, unexpected, is_separate=True)
    server: Server = serve(intruding, authority.context() if scheme == "https" else None)
    sender = make(tls=TlsSettings(ca_bundle=authority.ca))
    assert sender.send(server.url(scheme)).body == b"{}"
    intruding.intrude()
    assert sender.send(server.url(scheme)).body == b"[]"
    server.wait_for_close()
    assert intruding.requests == [1, 2]


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("first", FIRST_RESPONSES)
@pytest.mark.parametrize("unexpected", UNEXPECTED)
def test_a_connection_that_sends_more_than_its_response_is_closed(
    make, serve, authority: Authority, first: str, unexpected: str, scheme: str
):
    intruding = IntrudingServer(FIRST_RESPONSES[first], UNEXPECTED[unexpected], is_separate=False)
    server: Server = serve(intruding, authority.context() if scheme == "https" else None)
    sender = make(tls=TlsSettings(ca_bundle=authority.ca))
    # aiohttp rejects a response if bytes that are not HTTP arrive together with it.
    with contextlib.suppress(TransportError):
        assert sender.send(server.url(scheme)).body in {b"{}", b""}
    intruding.intrude()
    assert sender.send(server.url(scheme)).body == b"[]"
    server.wait_for_close()
    assert intruding.requests == [1, 2]


@pytest.mark.parametrize("first", FIRST_RESPONSES)
def test_a_connection_without_unexpected_bytes_is_reused(make, serve, first: str):
    def handle(connection: socket.socket, number: int) -> None:
        while read_request(connection):
            connection.sendall(FIRST_RESPONSES[first])

    server = serve(handle)
    sender = make()
    for _ in range(3):
        sender.send(server.url())
    assert server.accepted == 1


def test_a_large_tls_record_that_holds_more_than_the_response_is_noticed(
    make, serve, authority: Authority
):
    body = b"x" * 12_000
    first = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    intruding = IntrudingServer(first, FAKE, is_separate=False)
    server = serve(intruding, authority.context())
    sender = make(tls=TlsSettings(ca_bundle=authority.ca))
    assert sender.send(server.url("https")).body == body
    intruding.intrude()
    assert sender.send(server.url("https")).body == b"[]"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_tunnel_that_sends_more_than_its_response_is_closed(
    make_proxied, serve, authority: Authority, scheme: str
):
    intruding = IntrudingServer(OK, FAKE, is_separate=False)
    server = serve(intruding, authority.context())
    proxy = serve(Proxy(), authority.context() if scheme == "https" else None)
    sender = make_proxied(
        tls=TlsSettings(ca_bundle=authority.ca), proxies={"https": proxy.url(scheme)}
    )
    assert sender.send(server.url("https")).body == b"{}"
    intruding.intrude()
    assert sender.send(server.url("https")).body == b"[]"


def test_a_tunnel_that_sends_while_idle_is_closed(make_proxied, serve, authority: Authority):
    intruding = IntrudingServer(OK, FAKE, is_separate=True)
    server = serve(intruding, authority.context())
    proxy = Proxy()
    sender = make_proxied(
        tls=TlsSettings(ca_bundle=authority.ca), proxies={"https": serve(proxy).url()}
    )
    assert sender.send(server.url("https")).body == b"{}"
    before = proxy.forwarded
    intruding.intrude()
    while proxy.forwarded == before:
        threading.Event().wait(0.001)
    assert sender.send(server.url("https")).body == b"[]"


def test_a_response_before_the_request_is_accepted(make, serve):
    """An overloaded server, for example, may respond immediately and close the connection."""

    def handle(connection: socket.socket, number: int) -> None:
        connection.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\n{}")
        read_request(connection)

    assert make().send(serve(handle).url()).status == 503
