"""`read_response` must return the same result as http.client for every response."""

from __future__ import annotations

import socket
from http.client import HTTPException
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cognito_credentials.errors import MalformedResponseError
from cognito_credentials.transports import _responses
from cognito_credentials.transports._sockets import TimedSocket

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
STATUS_LINES = [
    "HTTP/1.1 200 OK",
    "HTTP/1.1 200",
    "HTTP/1.1 200 ",
    "HTTP/1.1 400 Bad Request",
    "HTTP/1.1 599 \xe9",
    "HTTP/1.0 200 OK",
    "HTTP/1.1 204 No Content",
    "HTTP/1.1 304 Not Modified",
    "HTTP/1.1 103 Early Hints",
    "HTTP/1.1 101 Switching Protocols",
    "HTTP/1.1 2000 OK",
    "HTTP/1.1  200 OK",
    "HTTP/1.1 20\xb2 OK",
    "HTTP/1.1 600 OK",
    "HTTP/2 200 OK",
    "HTTP/1.1\t200 OK",
    "http/1.1 200 OK",
    "ICY 200 OK",
    "",
]
HEADERS = [
    "Content-Length: 2",
    "content-length:2",
    "Content-Length:  2 \t",
    "Content-Length: 0",
    "Content-Length: 3",
    "Content-Length: +2",
    "Content-Length: 2, 2",
    "Content-Length: \xb2",
    "Content-Length: 99999999999",
    "Content-Length: 1048577",
    "Content-Length : 2",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: identity",
    "Connection: close",
    "Connection: Keep-Alive",
    "Connection: keep-alive, close",
    "Date: Sun, 29 Nov 2026 12:00:00 GMT",
    "X-Amzn-RequestId: 3a2e5a5c",
    "X-A: 1",
    "X-A: 2",
    "X-B:",
    "X-C: \xe9",
    "X-D: a\x00b",
    "X-E: a\tb",
    "X_F: x",
    "X-G: a\rb",
    " folded",
    "\tfolded",
    "no colon",
    ": no name",
    "X(H): x",
]
BODIES = [b"", b"{", b"{}", b"{}surplus", b"2\r\n{}\r\n0\r\n\r\n", b"\r\n\r\n", b"-1\r\n{}\r\n"]


def read(data: bytes, method: str) -> Any:
    """Return the response that `read_response` reads from these bytes, or its error's class."""
    ours, other = socket.socketpair()
    connection = TimedSocket(ours.family, ours.type, ours.proto, fileno=ours.detach())
    with connection, other:
        other.sendall(data)
        other.shutdown(socket.SHUT_WR)
        try:
            response, is_reusable = _responses.read_response(connection, method)
        except (OSError, ValueError, HTTPException, MalformedResponseError) as error:
            return type(error)
        return (
            response.status,
            response.headers,
            response.body,
            is_reusable and not connection.has_surplus,
        )


def read_with_http_client(data: bytes, method: str) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_responses, "_parse_head", lambda head: (None, {}))
        return read(data, method)


@settings(max_examples=200)
@given(
    st.sampled_from(STATUS_LINES) | st.just("HTTP/1.1 200 OK"),
    st.lists(st.sampled_from(HEADERS), max_size=5),
    st.sampled_from(BODIES),
    st.sampled_from(["\r\n"] * 5 + ["\n", "\r", "\n\r\n"]),
    st.sampled_from(["POST"] * 4 + ["HEAD"]),
    st.sampled_from([1, 7, 65536]),
)
def test_a_response_is_read_as_http_client_reads_it(
    status_line: str, headers: list[str], body: bytes, line_end: str, method: str, size: int
):
    head = "".join(line + line_end for line in [status_line, *headers, ""])
    data = head.encode("latin-1") + body
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_responses, "RECEIVE_BYTES", size)
        outcome = read(data, method)
    expected = read_with_http_client(data, method)
    if isinstance(outcome, tuple) and size < len(data):
        outcome = (*outcome[:3], expected[3])  # Surplus bytes are detected later.
    assert outcome == expected


@settings(max_examples=200)
@given(st.binary(max_size=60), st.integers(0, len(PLAIN)), st.integers(0, len(PLAIN)))
def test_a_corrupt_response_is_read_as_http_client_reads_it(inserted: bytes, start: int, end: int):
    data = PLAIN[:start] + inserted + PLAIN[end:]
    assert read(data, "POST") == read_with_http_client(data, "POST")


def test_a_plain_response_is_read_without_http_client(monkeypatch):
    monkeypatch.setattr(_responses, "_read_with_http_client", None)
    assert read(PLAIN, "POST") == (200, {"content-length": "2"}, b"{}", True)


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_the_end_of_headers_is_recognized_on_an_open_connection(line_end: bytes):
    ours, other = socket.socketpair()
    connection = TimedSocket(ours.family, ours.type, ours.proto, fileno=ours.detach())
    with connection, other:
        other.sendall(PLAIN.replace(b"\r\n", line_end))
        connection.settimeout(5)
        response, _ = _responses.read_response(connection, "POST")
    assert response.body == b"{}"
