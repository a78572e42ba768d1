"""Reader for one HTTP/1.1 response.

Nearly every response from Amazon Cognito is a final response with a `Content-Length`, which this
module reads itself. With http.client, importing its parser for email headers would take a fifth of
the time that a new process needs to get its first credentials, and parsing the headers would take a
third of the CPU time of a fetch (docs/benchmarks.md). http.client reads all other responses, and
all responses with unusual characters in their headers.
"""

from __future__ import annotations

from cognito_credentials._core.http import MAX_BODY_BYTES, HttpResponse, header_dict
from cognito_credentials._external_text import HiddenBytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cognito_credentials.transports._sockets import TimedMixin

__all__ = ["read_response"]

# At least as large as a TLS record, so that no decrypted byte remains in the TLS layer unnoticed.
RECEIVE_BYTES = 64 * 1024
MAX_HEAD_BYTES = 64 * 1024
MAX_LENGTH_DIGITS = len(str(MAX_BODY_BYTES))
# Responses with these statuses have no body, regardless of their headers (RFC 9112, section 6.3).
BODILESS_STATUSES = ("204", "304")


def read_response(connection: TimedMixin, method: str) -> tuple[HttpResponse, bool]:
    """Read the response to a request that has been sent.

    Returns:
        The response, and whether its headers permit another request on the connection. Even if they
        do, the connection must not be reused if `TimedMixin.has_surplus` is true.

    Raises:
        OSError: If the connection fails, or is closed before a response arrives.
        HTTPException: If the response is invalid or incomplete.
        MalformedResponseError: If the response is too large.
    """
    received = _receive_head(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    status, headers = _parse_head(head)
    length = headers.get("content-length", "")
    if (
        status is None
        or method == "HEAD"
        or "transfer-encoding" in headers
        or not (length.isdecimal() and len(length) <= MAX_LENGTH_DIGITS)
        or int(length) > MAX_BODY_BYTES
    ):
        connection.unread(received)
        return _read_with_http_client(connection, method)
    body = _read_body(connection, body, int(length))
    is_reusable = headers.get("connection", "keep-alive").lower() == "keep-alive"
    return HttpResponse(status, headers, body), is_reusable


def _receive_head(connection: TimedMixin) -> bytes:
    """Receive until the empty line after the headers has arrived, and return all received bytes."""
    received = b""
    # Like http.client, accept lines that end with a line feed without a carriage return.
    while b"\n\r\n" not in received and b"\n\n" not in received:
        data = connection.recv(RECEIVE_BYTES)
        received += data
        if not data or len(received) > MAX_HEAD_BYTES:
            break
    return received


def _parse_head(head: bytes) -> tuple[int | None, dict[str, str]]:
    """Return status and headers of a final response; (None, {}) if http.client has to parse it."""
    status_line, *lines = head.decode("latin-1").split("\r\n")
    version, _, status = status_line[:12].partition(" ")
    if (
        version != "HTTP/1.1"
        or not (status.isascii() and status.isdecimal() and "200" <= status <= "599")
        or status in BODILESS_STATUSES
        or status_line[12:13].strip(" ")
        or not status_line.isprintable()
    ):
        return None, {}
    fields = [line.partition(":") for line in lines]
    if not all(map(_is_plain, fields)):
        return None, {}
    return int(status), header_dict((name, value) for name, _, value in fields)


def _is_plain(field: Sequence[str]) -> bool:
    name, colon, value = field
    return (
        bool(colon)
        and name.isascii()
        and name.replace("-", "").replace("_", "").isalnum()
        and value.isascii()
        and value.replace("\t", " ").isprintable()
    )


def _read_body(connection: TimedMixin, beginning: bytes, length: int) -> bytes:
    parts, missing = [beginning], length - len(beginning)
    while missing > 0:
        data = connection.recv(RECEIVE_BYTES)
        if not data:
            from http.client import IncompleteRead

            raise IncompleteRead(b"", missing)
        parts.append(data)
        missing -= len(data)
    body = b"".join(parts)
    if missing < 0:
        connection.has_surplus = True
        body = body[:length]
    return HiddenBytes(body)


def _read_with_http_client(connection: TimedMixin, method: str) -> tuple[HttpResponse, bool]:
    from http.client import IncompleteRead

    from cognito_credentials.transports._http_client import FinalResponse

    with FinalResponse(connection, method=method) as response:
        response.begin()
        body = HiddenBytes(response.read(MAX_BODY_BYTES + 1))
        if len(body) > MAX_BODY_BYTES:
            from cognito_credentials.transports import _errors

            raise _errors.body_too_large()
        if response.length:  # `read` with a limit raises no error if the body is incomplete.
            raise IncompleteRead(b"", response.length)
        is_reusable = not response.will_close
    headers = header_dict(response.headers.items())
    return HttpResponse(response.status, headers, body), is_reusable
