"""Requests on a reused connection that the server closes at the same moment.

A server may close an idle connection while a request is under way. Such a request is sent again on a
new connection if no byte of a response has arrived.
"""

from __future__ import annotations

import socket
import threading

import pytest
from tls_authority import Authority
from transport_servers import OK, Proxy, once, read_request

from cognito_credentials.errors import RequestTimeoutError, TransportError
from cognito_credentials.transports._tls import TlsSettings

# With this socket option, closing a socket resets the connection.
LINGER = b"\x01\x00\x00\x00\x00\x00\x00\x00"


def closing_without_a_response_after_one(*, reset: bool):
    """Return a handler that responds to one request, and closes the connection at the next."""

    def handle(connection: socket.socket, number: int) -> None:
        read_request(connection)
        connection.sendall(OK)
        if number == 1:
            read_request(connection)
            if reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
        else:
            read_request(connection)

    return handle


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("reset", [False, True])
def test_a_request_is_sent_again_if_a_reused_connection_closes_without_a_response(
    make, serve, authority: Authority, reset: bool, scheme: str
):
    context = authority.context() if scheme == "https" else None
    server = serve(closing_without_a_response_after_one(reset=reset), context)
    sender = make(tls=TlsSettings(ca_bundle=authority.ca))
    assert sender.send(server.url(scheme)).status == 200
    assert sender.send(server.url(scheme)).status == 200
    assert server.accepted == 2


def test_a_request_is_sent_again_through_a_new_tunnel(make_proxied, serve, authority: Authority):
    server = serve(closing_without_a_response_after_one(reset=True), authority.context())
    proxy = serve(Proxy())
    sender = make_proxied(tls=TlsSettings(ca_bundle=authority.ca), proxies={"https": proxy.url()})
    for _ in range(2):
        assert sender.send(server.url("https")).status == 200
    assert (server.accepted, proxy.accepted) == (2, 2)


def test_a_request_is_sent_again_on_a_new_connection_although_others_are_idle(make, serve):
    """The other idle connections are probably closed as well."""
    together = threading.Barrier(3)

    def handle(connection: socket.socket, number: int) -> None:
        read_request(connection)
        if number <= 3:
            together.wait(10)
        connection.sendall(OK)
        read_request(connection)

    server = serve(handle)
    sender = make()
    sender.send_together(server.url(), 3)
    assert sender.send(server.url()).status == 200
    assert server.accepted == 4


def test_a_request_is_not_sent_again_if_a_reused_connection_closes_within_the_response(make, serve):
    def handle(connection: socket.socket, number: int) -> None:
        read_request(connection)
        connection.sendall(OK)
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")

    server = serve(handle)
    sender = make()
    sender.send(server.url())
    with pytest.raises(TransportError, match=r"127\.0\.0\.1"):
        sender.send(server.url())
    assert server.accepted == 1


@pytest.mark.parametrize("begun", [b"H", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n{"])
def test_a_request_is_not_sent_again_if_a_reused_connection_is_reset_within_the_response(
    make, serve, begun: bytes
):
    requests: list[int] = []

    def handle(connection: socket.socket, number: int) -> None:
        read_request(connection)
        connection.sendall(OK)
        while read_request(connection):
            requests.append(number)
            connection.sendall(begun)
            # A reset may discard bytes that the client has not read yet.
            time_to_read = threading.Event()
            time_to_read.wait(0.05)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
            return

    server = serve(handle)
    sender = make()
    sender.send(server.url())
    with pytest.raises(TransportError):
        sender.send(server.url())
    assert requests == [1]
    assert server.accepted == 1


def test_a_request_that_is_sent_again_has_the_time_that_is_left(make, serve):
    pause = threading.Event()

    def handle(connection: socket.socket, number: int) -> None:
        read_request(connection)
        if number == 1:
            connection.sendall(OK)
            read_request(connection)
            pause.wait(0.2)
        else:
            pause.wait(0.3)
            connection.sendall(OK)

    server = serve(handle)
    sender = make(request_timeout=0.4)
    sender.send(server.url())
    with pytest.raises(RequestTimeoutError):
        sender.send(server.url())
    assert server.accepted == 2


def test_a_request_is_not_sent_again_if_a_new_connection_closes_without_a_response(make, serve):
    server = serve(once(b""))
    with pytest.raises(TransportError, match=r"127\.0\.0\.1"):
        make().send(server.url())
    assert server.accepted == 1
