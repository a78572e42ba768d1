"""Read one HTTP/1.1 answer (RFC 9112) from anything that gives bytes; knows no socket.

The standard library's reader parses the head as an e-mail: that import is a third of a cold
process's time, and that parser half of the CPU time of a call. This one is strict instead of
lenient: an answer that is not exactly HTTP is refused, since it can only come from something that
stands in the service's place.
"""

from __future__ import annotations

from cognito_credentials._core.http import MAX_BODY_BYTES, HttpResponse
from cognito_credentials.errors import MalformedResponseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NotHttpError", "TruncatedError", "body_too_large", "read_answer"]

MAX_HEAD_BYTES = 64 * 1024
MAX_DIGITS = 12  # of a length: enough to be too large, few enough for int() to be fast
_NO_BODY = frozenset((204, 304))
_STATUS = frozenset("0123456789")
_HEX = frozenset("0123456789abcdefABCDEF")


class NotHttpError(Exception):
    """What came is not an HTTP answer; the text says where it departs from one."""


class TruncatedError(Exception):
    """The connection ended within the answer."""


def body_too_large() -> MalformedResponseError:
    return MalformedResponseError(
        f"The answer's body has more than {MAX_BODY_BYTES} bytes, which no answer of the service "
        "has.",
        hint="Something between here and the service answered in its place: check endpoint_url "
        "and any proxy.",
    )


def read_answer(receive: Callable[[], bytes]) -> tuple[HttpResponse, bool]:
    """Return the answer and whether the connection may serve another request.

    `receive` returns some bytes, or b"" at the end of the stream.

    Raises:
        EOFError: The connection ended, or was reset, before the first byte.
        TruncatedError, NotHttpError, MalformedResponseError: The answer cannot be had.
    """
    stream = _Stream(receive)
    version, status, headers = _parse_head(stream)
    while status // 100 == 1:  # interim answers come before the one that counts
        version, status, headers = _parse_head(stream)
    connection = headers.get("connection", "").lower()
    reusable = "close" not in connection if version == "HTTP/1.1" else "keep-alive" in connection
    coding = headers.get("transfer-encoding")
    if status in _NO_BODY:
        body = b""
    elif coding is not None:
        if coding.lower() != "chunked":
            raise NotHttpError("its transfer coding is unknown")
        body = _read_chunks(stream)
    elif "content-length" in headers:
        body = stream.exactly(_length_of(headers["content-length"]))
    else:
        body = stream.rest()
        reusable = False
    return HttpResponse(status, headers, body), reusable and not stream.data


def _parse_head(stream: _Stream) -> tuple[str, int, dict[str, str]]:
    head = stream.until(b"\r\n\r\n", MAX_HEAD_BYTES)
    status_line, *lines = head.decode("latin-1").split("\r\n")
    version, _, rest = status_line.partition(" ")
    digits, _, _ = rest.partition(" ")
    if (
        version not in {"HTTP/1.1", "HTTP/1.0"}
        or not _STATUS.issuperset(digits)
        or len(digits) != len("200")
    ):
        raise NotHttpError("it has no status line")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise NotHttpError("one of its headers is not `name: value`")
        key = name.lower()
        value = value.strip(" \t")
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return version, int(digits), headers


def _length_of(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise NotHttpError("its Content-Length is not a number")
    return int(text[:MAX_DIGITS])


def _read_chunks(stream: _Stream) -> bytes:
    body = bytearray()
    while True:
        size, _, _ = stream.until(b"\r\n", MAX_HEAD_BYTES).decode("latin-1").partition(";")
        size = size.rstrip(" \t")
        if not size or not _HEX.issuperset(size):
            raise NotHttpError("a chunk's size is not a number")
        length = int(size[:MAX_DIGITS], 16)
        if length + len(body) > MAX_BODY_BYTES:
            raise body_too_large()
        if not length:
            while stream.until(b"\r\n", MAX_HEAD_BYTES):
                pass  # trailers tell nothing here
            return bytes(body)
        body += stream.exactly(length)
        if stream.exactly(2) != b"\r\n":
            raise NotHttpError("a chunk does not end where it says")


class _Stream:
    """Bytes as they come, cut where the caller says."""

    __slots__ = ("any", "data", "receive")

    def __init__(self, receive: Callable[[], bytes]) -> None:
        self.receive = receive
        self.data = bytearray()
        self.any = False

    def _receive(self) -> bytes:
        try:
            chunk = self.receive()
        except ConnectionError as error:
            raise TruncatedError if self.any else EOFError from error
        self.any = self.any or bool(chunk)
        return chunk

    def _more(self) -> None:
        chunk = self._receive()
        if not chunk:
            raise TruncatedError if self.any else EOFError
        self.data += chunk

    def until(self, mark: bytes, limit: int) -> bytes:
        while (end := self.data.find(mark)) < 0:
            if len(self.data) > limit:
                raise NotHttpError("its head has no end")
            self._more()
        taken = bytes(self.data[:end])
        del self.data[: end + len(mark)]
        return taken

    def exactly(self, count: int) -> bytes:
        if count > MAX_BODY_BYTES:
            raise body_too_large()
        while len(self.data) < count:
            self._more()
        taken = bytes(self.data[:count])
        del self.data[:count]
        return taken

    def rest(self) -> bytes:
        while chunk := self._receive():
            self.data += chunk
            if len(self.data) > MAX_BODY_BYTES:
                raise body_too_large()
        taken = bytes(self.data)
        self.data.clear()
        return taken
