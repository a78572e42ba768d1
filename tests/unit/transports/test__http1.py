from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials._core.http import MAX_BODY_BYTES, HttpResponse
from cognito_credentials.errors import MalformedResponseError
from cognito_credentials.transports._http1 import NotHttpError, TruncatedError, read_answer


def read(data: bytes, *cuts: int) -> tuple[HttpResponse, bool]:
    """Read an answer that comes in the pieces between the cuts."""
    ends = [*sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    starts = [0, *ends[:-1]]
    pieces = iter([data[a:b] for a, b in zip(starts, ends, strict=True) if a < b])
    return read_answer(lambda: next(pieces, b""))


BODIES = st.binary(max_size=200)
TOKENS = st.from_regex(r"\A[A-Za-z][A-Za-z0-9-]{0,15}\Z").filter(
    lambda name: (
        name.lower() not in {"connection", "content-length", "transfer-encoding", "keep-alive"}
    )
)
VALUES = st.from_regex(r"\A([!-~]([ -~]{0,20}[!-~])?)?\Z")
HEADERS = st.dictionaries(TOKENS, VALUES, max_size=5).filter(
    lambda headers: len({name.lower() for name in headers}) == len(headers)
)


def chunked(body: bytes, size: int) -> bytes:
    parts = [body[i : i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@given(
    status=st.integers(200, 599).filter(lambda status: status not in {204, 304}),
    headers=HEADERS,
    body=BODIES,
    size=st.integers(0, 50),
    cuts=st.lists(st.integers(0, 1000), max_size=8),
)
def test_an_answer_is_the_same_however_it_is_cut_up(
    status: int, headers: dict[str, str], body: bytes, size: int, cuts: list[int]
):
    lines = [f"{name}: {value}" for name, value in headers.items()]
    lines.append("Transfer-Encoding: chunked" if size else f"Content-Length: {len(body)}")
    head = "\r\n".join([f"HTTP/1.1 {status} Some Words", *lines, "", ""]).encode()
    answer, reusable = read(head + (chunked(body, size) if size else body), *cuts)
    assert (answer.status, answer.body, reusable) == (status, body, True)
    for name, value in headers.items():
        assert answer.headers[name.lower()] == value


@given(body=st.binary(min_size=1, max_size=50), size=st.integers(0, 9), end=st.integers(0, 10_000))
def test_an_answer_that_ends_early_is_never_an_answer(body: bytes, size: int, end: int):
    framing = b"Transfer-Encoding: chunked" if size else b"Content-Length: %d" % len(body)
    whole = b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n\r\n" + (chunked(body, size) if size else body)
    end %= len(whole)
    with pytest.raises(TruncatedError if end else EOFError):
        read(whole[:end])


@given(st.binary(max_size=100), st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n"]))
def test_garbage_is_never_more_than_one_of_the_known_errors(data: bytes, start: bytes):
    try:
        answer, _ = read(start + data)
    except (NotHttpError, TruncatedError, EOFError, MalformedResponseError):
        pass
    else:
        assert start
        assert answer.status == 200


@pytest.mark.parametrize(
    ("head", "reusable"),
    [
        ("HTTP/1.1 200 OK\r\nContent-Length: 0", True),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close", False),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive", True),
        ("HTTP/1.0 200 OK\r\nContent-Length: 0", False),
        ("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive", True),
        ("HTTP/1.1 200 OK", False),
        ("HTTP/1.1 204 No Content", True),
        ("HTTP/1.1 200", False),
        ("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0", True),
    ],
)
def test_whether_the_connection_may_be_kept(head: str, reusable: bool):
    answer, kept = read(head.encode() + b"\r\n\r\n")
    assert kept is reusable
    assert answer.body == b""


def test_headers_that_come_twice_are_joined():
    answer, _ = read(b"HTTP/1.1 200 OK\r\nA: 1\r\na:2\r\n\r\n")
    assert answer.headers == {"a": "1, 2"}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"SSH-2.0-OpenSSH\r\n\r\n", "no status line"),
        (b"HTTP/2 200 OK\r\n\r\n", "no status line"),
        (b"HTTP/1.1 20 OK\r\n\r\n", "no status line"),
        ("HTTP/1.1 ２００ OK\r\n\r\n".encode(), "no status line"),  # noqa: RUF001 - not ASCII
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "not `name: value`"),
        (b"HTTP/1.1 200 OK\r\nA: 1\r\n folded: 2\r\n\r\n", "not `name: value`"),
        (b"HTTP/1.1 200 OK\r\nName : 1\r\n\r\n", "not `name: value`"),
        (b"HTTP/1.1 200 OK\r\n: 1\r\n\r\n", "not `name: value`"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "not a number"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", "not a number"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "transfer coding"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\nx\r\n", "not a number"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n", "not a number"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", "not a number"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxyz", "chunk does not end"),
        (b"HTTP/1.1 200 OK\r\nA: " + b"x" * 70_000, "no end"),
    ],
)
def test_what_is_not_http_is_refused(data: bytes, problem: str):
    with pytest.raises(NotHttpError, match=re.escape(problem)):
        read(data)


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1),
        b"Content-Length: " + b"9" * 60_000 + b"\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 60_000 + b"\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % (MAX_BODY_BYTES + 1),
    ],
)
def test_a_body_that_says_it_is_huge_is_not_waited_for(framing: bytes):
    began = time.process_time()
    with pytest.raises(MalformedResponseError):
        read(b"HTTP/1.1 200 OK\r\n" + framing)
    assert time.process_time() - began < 1


def test_a_length_beside_chunks_does_not_count():
    answer, _ = read(
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2\r\n{}\r\n0\r\n\r\n"
    )
    assert answer.body == b"{}"


def test_a_reset_is_an_end():
    def reset() -> bytes:
        raise ConnectionResetError

    with pytest.raises(EOFError):
        read_answer(reset)
    pieces = iter([b"HTTP/1.1"])

    def then_reset() -> bytes:
        for piece in pieces:
            return piece
        raise ConnectionResetError

    with pytest.raises(TruncatedError):
        read_answer(then_reset)
