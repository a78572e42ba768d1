"""The emulator's parser of request heads must agree with http.server, or leave the head to it."""

from __future__ import annotations

import io
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cognito_credentials.emulator.request_heads import parse_head

if TYPE_CHECKING:
    from http import HTTPStatus

USUAL_HEAD = (
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1:4599\r\nX-Amz-Target: AWSCognitoIdentityService.GetId\r\n"
    b"Content-Type: application/x-amz-json-1.1\r\nContent-Length: 2\r\n\r\n"
)


class StandardParser(BaseHTTPRequestHandler):
    """The parser of http.server, applied to bytes."""

    protocol_version = "HTTP/1.1"

    def __init__(self, data: bytes) -> None:
        self.rfile = io.BytesIO(data)
        self.wfile = io.BytesIO()
        self.raw_requestline = self.rfile.readline(65537)
        self.is_valid = self.parse_request()

    def send_error(self, code: int | HTTPStatus, *_: object) -> None:
        pass


LINES = st.sampled_from(
    [
        *(b"Host: a", b"host:b", b"X: \t1 \t", b"x: 2", b"Content-Length: 5", b"Empty:"),
        *(b"Connection: keep-alive", b"Connection: close", b"Connection: Keep-Alive, X"),
        *(b"Expect: 100-continue", b"Transfer-Encoding: chunked", b"From me", b"From : x"),
        *(b" continued", b"\tcontinued", b"no colon", b": no name", b"A b: c", b"X: \xe4\x85"),
        *(b"X: a\rY: b", b"X: a\nY: b", b"X: a\x0bb", b"X: \x00", b"Content-Type: multipart/a"),
        *(b"", b"X: 1\r", b"Content-Type: message/rfc822"),
    ]
)
REQUEST_LINES = st.sampled_from(
    [
        *(b"POST / HTTP/1.1", b"GET /a?b=c HTTP/1.1", b"GET //a HTTP/1.1", b"GET / HTTP/1.0"),
        *(b"GET /", b"get / HTTP/1.1", b"GET  / HTTP/1.1", b"GET http://a/ HTTP/1.1", b"GET /%20"),
        *(b"GET / HTTP/1.1 ", b"GET / HTTP/2.0", b"GET /\xe4 HTTP/1.1", b"GET /\x85 HTTP/1.1", b""),
    ]
)


@st.composite
def heads(draw: st.DrawFn) -> bytes:
    lines = [draw(REQUEST_LINES), *draw(st.lists(LINES | st.binary(max_size=8), max_size=6))]
    separator = draw(st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n"]))
    return separator.join([*lines, b"", draw(st.sampled_from([b"", b"body", b"\r\n"]))])


@given(heads())
@example(USUAL_HEAD)
def test_both_parsers_agree(data: bytes):
    head = parse_head(data)
    if head is None:
        return
    standard = StandardParser(data)
    assert standard.is_valid
    assert not standard.close_connection
    assert standard.request_version == "HTTP/1.1"
    assert not standard.wfile.getvalue()
    assert (head.method, head.target) == (standard.command, standard.path)
    assert list(head.headers.items()) == standard.headers.items()
    assert head.size == standard.rfile.tell()


def test_the_head_of_a_usual_request_is_parsed():
    head = parse_head(USUAL_HEAD + b"{}")
    assert head is not None
    assert head.headers.get("content-length") == "2"
    assert head.size == len(USUAL_HEAD)


@pytest.mark.parametrize("size", range(0, len(USUAL_HEAD), 7))
def test_an_incomplete_head_is_left_to_http_server(size: int):
    assert parse_head(USUAL_HEAD[:size]) is None


@pytest.mark.parametrize(("count", "is_parsed"), [(99, True), (100, False)])
def test_too_many_fields_are_left_to_http_server(count: int, *, is_parsed: bool):
    data = b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * count + b"\r\n"
    assert (parse_head(data) is not None) is is_parsed
    assert StandardParser(data).is_valid is is_parsed
