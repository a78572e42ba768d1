from __future__ import annotations

import http.client
import socket
from typing import TYPE_CHECKING

import pytest

from cognito_credentials.emulator.http_server import HttpServer
from cognito_credentials.emulator.messages import Delivery, RawRequest, RawResponse

if TYPE_CHECKING:
    from collections.abc import Iterator


class EchoApplication:
    """A server application that echoes the body of each request, and records the requests."""

    def __init__(self) -> None:
        self.requests: list[RawRequest] = []
        self.delivery = Delivery.COMPLETE

    def __call__(self, request: RawRequest) -> RawResponse:
        self.requests.append(request)
        headers = [("X-Method", request.method)]
        return RawResponse(200, headers, request.body, self.delivery)


@pytest.fixture
def echo() -> EchoApplication:
    return EchoApplication()


@pytest.fixture
def connection(echo: EchoApplication) -> Iterator[http.client.HTTPConnection]:
    server = HttpServer("127.0.0.1", 0, echo)
    server.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    yield connection
    connection.close()
    server.close()


def test_a_connection_is_reused_for_every_method(
    connection: http.client.HTTPConnection, echo: EchoApplication
):
    sockets = set()
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "PROPFIND"):
        connection.request(method, "/a%20b?c=d", b"body", {"X-Some_Name": "v"})
        response = connection.getresponse()
        assert response.read() == (b"" if method == "HEAD" else b"body")
        assert (response.version, response.headers["X-Method"]) == (11, method)
        assert response.headers["Content-Length"] == "4"
        sockets.add(connection.sock)
    assert len(sockets) == 1
    request = echo.requests[0]
    assert (request.target, request.path, request.query) == ("/a%20b?c=d", "/a%20b", "c=d")
    assert request.header("x-some_name") == "v"
    assert request.header("missing", "default") == "default"


def test_a_chunked_body_is_joined(connection: http.client.HTTPConnection, echo: EchoApplication):
    connection.request("PUT", "/", iter([b"one ", b"two"]), encode_chunked=True)
    assert connection.getresponse().read() == b"one two"
    assert echo.requests[0].header("Content-Length") == "7"
    connection.request("GET", "/")
    assert connection.getresponse().read() == b""


def send_raw(connection: http.client.HTTPConnection, *parts: bytes) -> bytes:
    response = b""
    with socket.create_connection((connection.host, connection.port)) as client:
        for part in parts:
            client.sendall(part)
            if part.endswith(b"100-continue\r\n\r\n"):
                response += client.recv(100)
        client.shutdown(socket.SHUT_WR)
        while data := client.recv(65536):
            response += data
    return response


def test_requests_may_share_a_segment(
    connection: http.client.HTTPConnection, echo: EchoApplication
):
    first = b"POST /1 HTTP/1.1\r\nContent-Length: 3\r\n\r\none"
    last = b"GET /2 HTTP/1.1\r\nConnection: close\r\n\r\n"
    response = send_raw(connection, first + last)
    assert [(each.target, each.body) for each in echo.requests] == [("/1", b"one"), ("/2", b"")]
    assert response.count(b"HTTP/1.1 200 OK") == 2


def test_a_head_may_arrive_in_parts(connection: http.client.HTTPConnection, echo: EchoApplication):
    with socket.create_connection((connection.host, connection.port)) as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\nGET /a")
        assert client.recv(65536).startswith(b"HTTP/1.1 200 OK")
        client.sendall(b"b HTTP/1.1\r\nX-A: b\r\n\r\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 200 OK")
    assert [each.target for each in echo.requests] == ["/", "/ab"]
    assert echo.requests[1].header("x-a") == "b"


def test_a_client_may_wait_for_100_continue(connection: http.client.HTTPConnection):
    head = b"PUT / HTTP/1.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
    response = send_raw(connection, head, b"body")
    assert response.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    assert response.endswith(b"body")


@pytest.mark.parametrize(
    "request_",
    [
        b"PUT / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"PUT / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"PUT / HTTP/1.1\r\nContent-Length: 99999999999999\r\n\r\n",
        b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
    ],
)
def test_an_invalid_request_is_rejected_and_the_connection_closed(
    connection: http.client.HTTPConnection, echo: EchoApplication, request_: bytes
):
    response = send_raw(connection, request_ + b"GET / HTTP/1.1\r\n\r\n")
    assert b" 400 " in response.splitlines()[0]
    assert echo.requests == []


def test_a_request_with_half_a_body_is_ignored(
    connection: http.client.HTTPConnection, echo: EchoApplication
):
    assert send_raw(connection, b"PUT / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf") == b""
    assert echo.requests == []


def test_close_closes_idle_connections_and_the_port(echo: EchoApplication):
    server = HttpServer("127.0.0.1", 0, echo)
    server.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", "/")
    connection.getresponse().read()
    server.close()
    assert connection.sock.recv(1) == b""
    connection.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port))


@pytest.mark.parametrize("body", [b"", b"body"])
def test_a_dropped_response_closes_the_connection(
    connection: http.client.HTTPConnection, echo: EchoApplication, body: bytes
):
    echo.delivery = Delivery.DROPPED
    connection.request("PUT", "/", body)
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    assert len(echo.requests) == 1


def test_a_truncated_response_ends_within_its_body(
    connection: http.client.HTTPConnection, echo: EchoApplication
):
    echo.delivery = Delivery.TRUNCATED
    connection.request("PUT", "/", b"0123456789")
    with pytest.raises(http.client.IncompleteRead) as caught:
        connection.getresponse().read()
    assert (caught.value.partial, caught.value.expected) == (b"01234", 5)
    connection.close()
    connection.request("PUT", "/", b"")
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()


@pytest.mark.parametrize(
    "framing",
    [
        b"Transfer-Encoding: chunked\r\n\r\n-5\r\nabc",
        b"Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n1_0\r\n0123456789\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n" + b"1" * 5000,
        b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"Content-Length: +3\r\n\r\nabc",
        b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_an_invalid_length_is_rejected_at_once(
    connection: http.client.HTTPConnection, echo: EchoApplication, framing: bytes
):
    with socket.create_connection(("127.0.0.1", connection.port), timeout=10) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\n" + framing)
        assert client.recv(1000).startswith(b"HTTP/1.1 400 ")
    assert echo.requests == []


def test_an_unexpected_error_has_a_response_and_the_connection_stays_open(
    caplog: pytest.LogCaptureFixture,
):
    def fail(_: RawRequest) -> RawResponse:
        raise KeyError("a secret")

    server = HttpServer("127.0.0.1", 0, fail)
    server.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        for _ in range(2):
            connection.request("GET", "/")
            response = connection.getresponse()
            assert response.status == 500
            assert b"a secret" not in response.read()
    finally:
        connection.close()
        server.close()
    assert len(caplog.records) == 2
