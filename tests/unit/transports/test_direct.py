from __future__ import annotations

import gc
import os
import socket
import struct
import threading

import pytest
from tls_authority import Authority
from transport_servers import OK, once, read_request, responding

from cognito_credentials._core.http import HttpRequest
from cognito_credentials.errors import TransportError
from cognito_credentials.transports import direct
from cognito_credentials.transports._sockets import HttpExchange, TimedSocket, current_exchange
from cognito_credentials.transports._tls import TlsSettings


def test_an_idle_connection_is_not_reused_after_the_maximum_idle_time(
    make_direct, serve, monkeypatch
):
    server = serve(responding(OK))
    sender = make_direct()
    monkeypatch.setattr(direct, "MAX_IDLE_SECONDS", 0.0)
    for _ in range(2):
        sender.send(server.url())
    assert server.accepted == 2


def test_the_number_of_idle_connections_is_limited(make_direct, serve, monkeypatch):
    monkeypatch.setattr(direct, "MAX_IDLE_CONNECTIONS", 1)
    together = threading.Barrier(3)

    def handle(connection: socket.socket, number: int) -> None:
        while read_request(connection):
            together.wait(10)
            connection.sendall(OK)

    server = serve(handle)
    sender = make_direct()
    threads = [threading.Thread(target=sender.send, args=(server.url(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    server.wait_for_close()
    server.wait_for_close()
    assert server.accepted == 3


def test_garbage_collection_closes_idle_connections(serve):
    server = serve(responding(OK))
    direct.DirectTransport().send(HttpRequest("POST", server.url(), {}, b""))
    gc.collect()
    server.wait_for_close()


def test_close_closes_idle_connections(make_direct, serve):
    server = serve(responding(OK))
    sender = make_direct()
    sender.send(server.url())
    sender.close()
    server.wait_for_close()
    assert sender.send(server.url()).status == 200  # A closed transport accepts new requests.
    server.wait_for_close()


def test_a_connection_in_use_is_closed_after_its_response_once_the_transport_is_closed(
    make_direct, serve
):
    sender = make_direct()

    def handle(connection: socket.socket, number: int) -> None:
        read_request(connection)
        sender.close()
        connection.sendall(OK)
        read_request(connection)

    server = serve(handle)
    assert sender.send(server.url()).status == 200
    server.wait_for_close()


def test_a_connection_is_reused_for_its_origin_only(make_direct, serve):
    one = serve(responding(OK))
    two = serve(responding(OK.replace(b"{}", b"[]")))
    sender = make_direct()
    for _ in range(2):
        assert sender.send(one.url()).body == b"{}"
        assert sender.send(two.url()).body == b"[]"
    assert (one.accepted, two.accepted) == (1, 1)


def test_the_tls_context_is_created_once_and_only_for_https(
    make_direct, serve, authority: Authority
):
    class CountingTls(TlsSettings):
        made = 0

        def _create_context(self):
            self.made += 1
            return super()._create_context()

    tls = CountingTls(ca_bundle=authority.ca)
    sender = make_direct(tls=tls)
    sender.send(serve(responding(OK)).url())
    assert tls.made == 0
    server = serve(
        once(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")), authority.context()
    )
    for _ in range(2):
        sender.send(server.url("https"))
    assert tls.made == 1


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/a b", {}),
        ("/\u00e4", {}),
        ("", {"X-A": "1\r\nX-B: 2"}),
        ("", {"X-A": "1\nX-B: 2"}),
        ("", {"X-A\r\nX-B": "2"}),
        ("", {"X-A": "\u20ac"}),
    ],
)
def test_a_request_that_would_be_ambiguous_is_not_sent(
    make_direct, serve, path: str, headers: dict[str, str]
):
    server = serve(responding(OK))
    with pytest.raises(TransportError, match="cannot be sent") as caught:
        make_direct().send(server.url() + path, **headers)
    assert not caught.value.is_retryable


def test_headers_of_the_request_replace_those_of_the_transport(make_direct, serve):
    received: list[bytes] = []

    def handle(connection: socket.socket, number: int) -> None:
        received.append(read_request(connection))
        connection.sendall(OK)

    make_direct().send(serve(handle).url(), **{"host": "other.example", "X-A": "\u00e4"})
    lines = received[0].split(b"\r\n")
    assert [line for line in lines if line.lower().startswith(b"host")] == [b"host: other.example"]
    assert b"X-A: \xe4" in lines


def test_an_international_host_name_is_sent_in_its_ascii_form(
    make_direct, serve, monkeypatch: pytest.MonkeyPatch
):
    received: list[bytes] = []

    def handle(connection: socket.socket, number: int) -> None:
        received.append(read_request(connection))
        connection.sendall(OK)

    server = serve(handle)
    address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [address])
    make_direct().send(f"http://b\u00fccher.example:{server.port}")
    assert f"\r\nHost: xn--bcher-kva.example:{server.port}\r\n".encode() in received[0]


def test_a_connection_that_was_reset_before_the_handshake_is_closed():
    """Python's `wrap_socket` leaves the socket open, which would cause a ResourceWarning."""
    with socket.create_server(("127.0.0.1", 0)) as listener, HttpExchange(5.0, 5.0):
        connected = TimedSocket(socket.AF_INET)
        connected.settimeout(5)
        connected.connect(listener.getsockname())
        accepted, _ = listener.accept()
        # Closing the socket sends a reset.
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        accepted.close()
        descriptor = connected.fileno()
        current_exchange().start_connecting()
        context = TlsSettings().ssl_context()
        with pytest.raises(OSError) as caught:
            direct._wrap(connected, context, "localhost")
        with pytest.raises(OSError, match=r"descriptor"):
            os.fstat(descriptor)
        assert caught.value.__traceback__ is not None  # It refers to the socket.
