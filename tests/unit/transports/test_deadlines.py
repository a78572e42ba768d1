"""Time and size limits of an exchange, tested with slow and endless responses."""

from __future__ import annotations

import contextlib
import logging
import select
import socket
import threading

import pytest
from tls_authority import Authority
from transport_servers import OK, drip, read_request

from cognito_credentials.errors import MalformedResponseError, RequestTimeoutError, TransportError
from cognito_credentials.transports._tls import TlsSettings

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
PADDING = b"x" * 60
# Each response has a part that is sent immediately, and a part that takes about a second.
SLOW_RESPONSES = {
    "status line": (b"", b"HTTP/1.1 200 " + PADDING + b"\r\nContent-Length: 2\r\n\r\n{}"),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X-A: " + PADDING + b"\r\nContent-Length: 2\r\n\r\n{}"),
    "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n", PADDING),
    "body until the end of the connection": (b"HTTP/1.1 200 OK\r\n\r\n", PADDING),
    "chunk": (CHUNKED + b"3c\r\n", PADDING + b"\r\n0\r\n\r\n"),
    "chunk sizes": (CHUNKED, b"1\r\nx\r\n" * 12 + b"0\r\n\r\n"),
    "trailers": (CHUNKED + b"0\r\n", b"X-A: x\r\n" * 10 + b"\r\n"),
    "interim responses": (b"", CONTINUE * 3 + OK),
}
# Each of these ends with a valid response or chunk, which a client without limits would receive.
FLOODS = {
    "interim responses": CONTINUE * 200_000 + OK,
    "headers of interim responses": (b"HTTP/1.1 100 Continue\r\n" + b"A: b\r\n" * 50 + b"\r\n")
    * 15_000
    + OK,
    "trailers": CHUNKED + b"2\r\n{}\r\n0\r\n" + b"A: b\r\n" * 700_000 + b"\r\n",
    "chunks": CHUNKED + b"1\r\nx\r\n" * 700_000 + b"0\r\n\r\n",
}


class SlowRelay:
    """Handler that relays a connection to a port, and can slow down the server's bytes.

    Args:
        port: Port of the server.
        is_slow: While set, the server's bytes are delivered one at a time.
    """

    def __init__(self, port: int, is_slow: threading.Event) -> None:
        self.port = port
        self.is_slow = is_slow

    def __call__(self, connection: socket.socket, number: int) -> None:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.port)) as upstream,
        ):
            while True:
                for ready in select.select([connection, upstream], [], [])[0]:
                    if not (data := ready.recv(65536)):
                        return
                    if ready is connection:
                        upstream.sendall(data)
                    elif self.is_slow.is_set():
                        drip(connection, data)
                    else:
                        connection.sendall(data)


def sending(prompt: bytes, slow: bytes):
    def handle(connection: socket.socket, number: int) -> None:
        read_request(connection)
        connection.sendall(prompt)
        drip(connection, slow)

    return handle


@pytest.fixture
def slow() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


@pytest.fixture
def silent(serve):
    """Yield the port of a server that accepts connections and sends nothing for three seconds."""
    release = threading.Event()
    yield serve(lambda connection, number: release.wait(3)).port
    release.set()


@pytest.mark.parametrize("part", SLOW_RESPONSES)
def test_request_timeout_limits_the_whole_response(make, serve, part: str):
    server = serve(sending(*SLOW_RESPONSES[part]))
    with pytest.raises(RequestTimeoutError, match=r"0\.15 s") as caught:
        make(request_timeout=0.15).send(server.url())
    assert "request_timeout" in caught.value.hint


@pytest.mark.parametrize("part", ["status line", "body", "chunk sizes"])
def test_request_timeout_limits_the_whole_response_over_tls(
    make, serve, authority: Authority, part: str
):
    server = serve(sending(*SLOW_RESPONSES[part]), authority.context())
    sender = make(request_timeout=0.3, tls=TlsSettings(ca_bundle=authority.ca))
    with pytest.raises(RequestTimeoutError, match=r"0\.3 s"):
        sender.send(server.url("https"))


def test_request_timeout_limits_the_tls_handshake(make, serve, authority: Authority, slow):
    server = serve(sending(OK, b""), authority.context())
    relay = serve(SlowRelay(server.port, slow))
    sender = make(request_timeout=0.2, tls=TlsSettings(ca_bundle=authority.ca))
    with pytest.raises(RequestTimeoutError, match=r"0\.2 s") as caught:
        sender.send(relay.url("https"))
    assert "request_timeout" in caught.value.hint


def test_request_timeout_limits_a_response_within_one_tls_record(make, serve, authority: Authority):
    slow = threading.Event()

    def handle(connection: socket.socket, number: int) -> None:
        read_request(connection)
        slow.set()
        connection.sendall(OK + PADDING)

    relay = serve(SlowRelay(serve(handle, authority.context()).port, slow))
    sender = make(request_timeout=0.3, tls=TlsSettings(ca_bundle=authority.ca))
    with pytest.raises(RequestTimeoutError, match=r"0\.3 s"):
        sender.send(relay.url("https"))


def test_request_timeout_begins_again_with_each_request(make, serve):
    def handle(connection: socket.socket, number: int) -> None:
        while read_request(connection):
            drip(connection, OK, seconds=0.005)  # 40 bytes

    server = serve(handle)
    sender = make(request_timeout=0.5)
    for _ in range(3):
        assert sender.send(server.url()).body == b"{}"
    assert server.accepted == 1


@pytest.mark.parametrize("flood", FLOODS)
def test_the_size_of_all_parts_of_a_response_is_limited(make, serve, flood: str):
    def handle(connection: socket.socket, number: int) -> None:
        read_request(connection)
        connection.sendall(FLOODS[flood])

    # aiohttp limits trailers itself, and reports that the response is not HTTP.
    with pytest.raises((MalformedResponseError, TransportError), match=r"1572864 bytes|not HTTP"):
        make(request_timeout=30.0).send(serve(handle).url())


def test_a_flood_that_continues_after_the_time_limit_is_not_logged(make, serve, caplog):
    def handle(connection: socket.socket, number: int) -> None:
        read_request(connection)
        connection.sendall(CHUNKED)
        while True:
            connection.sendall(b"1\r\nx\r\n" * 10_000)

    with pytest.raises((RequestTimeoutError, MalformedResponseError)):
        make(request_timeout=0.05).send(serve(handle).url())
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_request_timeout_limits_sending_the_request(make, serve, authority: Authority, scheme: str):
    release = threading.Event()
    context = authority.context() if scheme == "https" else None
    server = serve(lambda connection, number: release.wait(10), context)
    sender = make(request_timeout=0.3, tls=TlsSettings(ca_bundle=authority.ca))
    with pytest.raises(RequestTimeoutError, match=r"0\.3 s"):
        sender.send(server.url(scheme), b"x" * 16_000_000)
    release.set()


# --- proxies --------------------------------------------------------------------------------


def test_connect_timeout_limits_the_wait_for_a_proxy(make_proxied, silent: int):
    sender = make_proxied(connect_timeout=0.15, proxies={"https": f"http://127.0.0.1:{silent}"})
    with pytest.raises(
        RequestTimeoutError, match=rf"127\.0\.0\.1:{silent} within 0\.15 s"
    ) as caught:
        sender.send("https://cognito-identity.us-east-1.amazonaws.com")
    assert "connect_timeout" in caught.value.hint


def test_connect_timeout_limits_the_whole_response_of_a_proxy(make_proxied, serve):
    proxy = serve(sending(b"HTTP/1.1 200 OK\r\n", b"X-A: " + PADDING + b"\r\n\r\n"))
    sender = make_proxied(connect_timeout=0.15, proxies={"https": proxy.url()})
    with pytest.raises(RequestTimeoutError, match=r"0\.15 s"):
        sender.send("https://cognito-identity.us-east-1.amazonaws.com")


def test_connect_timeout_limits_the_tls_handshake_with_a_proxy(
    make_proxied, serve, authority: Authority, slow
):
    relay = serve(SlowRelay(serve(sending(b"", b""), authority.context()).port, slow))
    sender = make_proxied(
        connect_timeout=0.2,
        tls=TlsSettings(ca_bundle=authority.ca),
        proxies={"https": relay.url("https")},
    )
    with pytest.raises(RequestTimeoutError, match=r"0\.2 s") as caught:
        sender.send("https://cognito-identity.us-east-1.amazonaws.com")
    assert "connect_timeout" in caught.value.hint


def test_request_timeout_limits_the_tls_handshake_in_a_tunnel(
    make_proxied, serve, authority: Authority, slow
):
    server = serve(sending(OK, b""), authority.context())

    def handle(connection: socket.socket, number: int) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        SlowRelay(server.port, slow)(connection, number)

    sender = make_proxied(
        request_timeout=0.2,
        tls=TlsSettings(ca_bundle=authority.ca),
        proxies={"https": serve(handle).url()},
    )
    with pytest.raises(RequestTimeoutError, match=r"0\.2 s") as caught:
        sender.send(server.url("https"))
    assert "request_timeout" in caught.value.hint


@pytest.mark.parametrize("part", ["status line", "body", "chunk sizes"])
def test_request_timeout_limits_the_whole_response_through_a_proxy(make_proxied, serve, part: str):
    proxy = serve(sending(*SLOW_RESPONSES[part]))
    sender = make_proxied(request_timeout=0.15, proxies={"http": proxy.url()})
    with pytest.raises(RequestTimeoutError, match=r"0\.15 s"):
        sender.send("http://elsewhere.example")
