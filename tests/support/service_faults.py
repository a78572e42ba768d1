"""The table of faults that a service, a proxy or the network can have.

The function of a fault responds to one request, and returns True if the connection stays open.
"""

from __future__ import annotations

import gzip
import json
import re
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from typing import Any

from faulty_service import FOREIGN_KEY_ID, Exchange, Response
from harness import (
    ASSUME_ROLE,
    GET_CREDENTIALS,
    GET_ID,
    GET_OPENID_TOKEN,
)

OPERATIONS = (GET_ID, GET_CREDENTIALS, GET_OPENID_TOKEN, ASSUME_ROLE)
COGNITO_OPERATIONS = OPERATIONS[:3]
CREDENTIAL_OPERATIONS = (GET_CREDENTIALS, ASSUME_ROLE)
ERROR, CREDENTIALS, EITHER = "error", "credentials", "either"
MAX_STALL_SECONDS = 10.0
HOUR, DAY = 3600, 86_400
HTML = b"<html><head><title>Busy</title></head><body>Come back later</body></html>"

Act = Callable[[Exchange], bool]


@dataclass(frozen=True)
class Fault:
    """A fault, and what a caller without other credentials gets.

    Attributes:
        name: Name of the fault.
        act: Responds to a request.
        outcome: What the caller gets: ERROR, CREDENTIALS, or EITHER if both outcomes are correct.
        is_retried: Whether the caller makes every attempt; None if it may make fewer attempts.
        resends: How often a request may be sent again on a new connection.
        operations: Operations that can have the fault.
        is_slow: True if the fault lasts until the caller gives up.
        at_connection: True if the fault begins before the request is read.
        uses_tls: True if the fault needs https.
    """

    name: str
    act: Act
    outcome: str = ERROR
    is_retried: bool | None = None
    resends: int = 0
    operations: tuple[str, ...] = OPERATIONS
    is_slow: bool = False
    at_connection: bool = False
    uses_tls: bool = False


# --- connections ------------------------------------------------------------------------------


STAGES: dict[str, Callable[[Response], bytes]] = {
    "before the response": lambda response: b"",
    "in the status line": lambda response: b"HTTP/1.1 2",
    "in the headers": lambda response: response.head[:-20],
    "in the body": lambda response: response.encode()[:-5],
}


def reset(exchange: Exchange) -> None:
    linger = struct.pack("ii", 1, 0)
    exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


def stall(exchange: Exchange) -> None:
    exchange.has_ended.wait(MAX_STALL_SECONDS)


def close(exchange: Exchange) -> None:
    """Do nothing else: `act` in `at_stage` returns False, so the connection is closed."""


def at_stage(stage: Callable[[Response], bytes], then: Callable[[Exchange], None]) -> Act:
    def act(exchange: Exchange) -> bool:
        exchange.connection.sendall(stage(exchange.response))
        then(exchange)
        return False

    return act


def drip(exchange: Exchange) -> bool:
    for byte in exchange.response.encode():
        exchange.connection.sendall(bytes([byte]))
        if exchange.has_ended.wait(0.02):
            break
    return False


def connection_faults() -> Iterator[Fault]:
    for stage, part in STAGES.items():
        resends = int(not part(Response("", b"", {})))
        for then in (reset, close):
            act = at_stage(part, then)
            yield Fault(f"{then.__name__} {stage}", act, is_retried=True, resends=resends)
            if then is close:
                yield Fault(
                    f"TLS: close {stage}", act, is_retried=True, resends=resends, uses_tls=True
                )
        act = at_stage(part, stall)
        yield Fault(f"stall {stage}", act, is_retried=True, is_slow=True)
        yield Fault(f"TLS: stall {stage}", act, is_retried=True, is_slow=True, uses_tls=True)
    yield Fault("drip", drip, is_retried=True, is_slow=True)
    yield Fault("TLS: drip", drip, is_retried=True, is_slow=True, uses_tls=True)
    for then in (reset, close, stall):
        act = at_stage(lambda response: b"", then)
        is_slow = then is stall
        for uses_tls in (False, True):
            prefix = "TLS: " if uses_tls else ""
            yield Fault(
                f"{prefix}{then.__name__} at the connection",
                act,
                at_connection=True,
                is_slow=is_slow,
                uses_tls=uses_tls,
            )
    for name, data in {
        "garbage": b"\x00\xff" * 100,
        "HTTP": b"HTTP/1.1 400 Bad Request\r\n\r\n",
        "alert": b"\x15\x03\x03\x00\x02\x02\x28",
    }.items():
        yield Fault(
            f"TLS: {name} in the handshake",
            at_stage(lambda response, data=data: data, close),
            at_connection=True,
            uses_tls=True,
        )


# --- HTTP ---------------------------------------------------------------------------------------


def sending(encode: Callable[[Response], bytes]) -> Act:
    """Return an act that sends the bytes from `encode` and closes the connection."""
    return at_stage(encode, close)


def foreign(response: Response) -> bytes:
    """Return a response with credentials or an identity ID that belong to no request."""
    body = response.body.replace(b"ASIAFAULTS00", FOREIGN_KEY_ID.encode()[:12])
    body = body.replace(b":00000000-", b":ffffffff-")
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def send_surplus(exchange: Exchange) -> bool:
    exchange.connection.sendall(exchange.response.encode() + foreign(exchange.response))
    return True


def send_late_surplus(exchange: Exchange) -> bool:
    """Send the surplus response after the call, while the connection is idle."""
    exchange.connection.sendall(exchange.response.encode())
    exchange.has_ended.wait(MAX_STALL_SECONDS)
    exchange.connection.sendall(foreign(exchange.response))
    return True


def chunked(response: Response, size: bytes | None = None, end: bytes = b"0\r\n\r\n") -> bytes:
    response.headers["Transfer-Encoding"] = "chunked"
    size = b"%x" % len(response.body) if size is None else size
    return b"%s%s\r\n%s\r\n%s" % (response.head, size, response.body, end)


def with_length(value: str) -> Callable[[Response], bytes]:
    def encode(response: Response) -> bytes:
        response.headers["Content-Length"] = value
        return response.encode()

    return encode


def with_lines(*lines: str) -> Callable[[Response], bytes]:
    def encode(response: Response) -> bytes:
        response.more_headers += lines
        return response.encode()

    return encode


def http_faults() -> Iterator[Fault]:
    for status in (100, 102, 103):
        interim = b"HTTP/1.1 %d Interim\r\nX-A: %s\r\n\r\n" % (status, b"b" * 4000)
        yield Fault(
            f"three interim responses {status}",
            sending(lambda response, interim=interim: interim * 3 + response.encode()),
            CREDENTIALS,
        )
        yield Fault(
            f"flood of interim responses {status}",
            sending(lambda response, interim=interim: interim * 500 + response.encode()),
        )
    yield Fault("surplus response", send_surplus, CREDENTIALS)
    yield Fault(
        "late surplus response", send_late_surplus, CREDENTIALS, operations=CREDENTIAL_OPERATIONS
    )
    # aiohttp rejects a response if surplus bytes arrive together with the end of the response.
    yield Fault("surplus bytes", sending(lambda response: response.encode() + b"xx"), EITHER)
    yield Fault("chunked body", sending(chunked), CREDENTIALS)
    for size in (b"-1", b"-2", b"xyz", b"", b"0x10", b"f" * 16, b"f" * 400, b"7fffffff"):
        yield Fault(
            f"chunk size {size[:20].decode()!r}",
            sending(lambda response, size=size: chunked(response, size)),
        )
    yield Fault(
        "chunks without the last chunk", sending(lambda response: chunked(response, end=b""))
    )
    yield Fault(
        "flood of trailers",
        sending(
            lambda response: chunked(
                response, end=b"0\r\n" + b"A: %s\r\n" % (b"b" * 4000) * 500 + b"\r\n"
            )
        ),
    )
    for length in ("-1", "x", "", "1e3", "9" * 400, "1, 2", "100000"):
        yield Fault(f"Content-Length {length[:20]!r}", sending(with_length(length)), EITHER)
    yield Fault("Content-Length 0", sending(with_length("0")))
    yield Fault("Content-Length 3", sending(with_length("3")))
    yield Fault("two lengths", sending(with_lines("Content-Length: 3")), EITHER)
    yield Fault("length and chunks", sending(with_lines("Transfer-Encoding: chunked")), EITHER)
    yield Fault("unknown transfer coding", sending(with_lines("Transfer-Encoding: x")), EITHER)
    yield Fault("header without a colon", sending(with_lines("no colon")), EITHER)
    yield Fault("header with NUL", sending(with_lines("X-A: \0\x1b[31m")), EITHER)
    yield Fault("folded header", sending(with_lines("X-A: a", " b")), EITHER)
    yield Fault("header of 2 MB", sending(with_lines("X-A: " + "x" * 2_000_000)))
    yield Fault("200,000 headers", sending(with_lines(*["A: b"] * 200_000)))
    for line in (
        "HTTP/2 200 OK",
        "HTTP/1.1 99 Low",
        "HTTP/1.1 999 High",
        "HTTP/1.1 x OK",
        "HTTP/1.1",
        "ICY 200 OK",
        "\x16\x03\x01\x02",
        "SSH-2.0-OpenSSH_9.2",
        "",
    ):
        yield Fault(
            f"status line {line[:20]!r}",
            sending(
                lambda response, line=line: response.encode().replace(
                    b"HTTP/1.1 200 OK", line.encode(), 1
                )
            ),
            EITHER,
        )
    yield Fault("body only", sending(lambda response: response.body))


# --- responses that are valid HTTP ------------------------------------------------------------------


def changing(change: Callable[[Response], Any]) -> Act:
    """Return an act that changes the response, and keeps the connection open."""

    def act(exchange: Exchange) -> bool:
        change(exchange.response)
        exchange.connection.sendall(exchange.response.encode())
        return True

    return act


def page(status: str, body: bytes = HTML, **headers: str) -> Callable[[Response], None]:
    """Return a change that replaces the response with a page from a proxy."""
    more = {name.replace("_", "-"): value for name, value in headers.items()}

    def change(response: Response) -> None:
        response.status, response.body = status, body
        response.headers = {"Content-Type": "text/html", **more}

    return change


def status_faults() -> Iterator[Fault]:
    # As in the AWS SDKs, these statuses are transient.
    retried = {"500", "502", "503", "504"}
    for status in ("400", "401", "403", "404", "407", "408", "413", "418", "429", *sorted(retried)):
        yield Fault(
            f"HTML page with status {status}",
            changing(page(f"{status} Status")),
            is_retried=True if status in retried else None,
        )
    for value in ("0", "3600", "-1", "1.5", "soon", "9" * 400, "Wed, 21 Oct 2099 07:28:00 GMT"):
        yield Fault(
            f"503 with Retry-After {value[:20]!r}",
            changing(page("503 Busy", Retry_After=value)),
            is_retried=True,
        )
    for status in ("301", "302", "303", "307", "308"):
        yield Fault(
            f"redirect {status}", changing(page(f"{status} Moved", b"", Location="/elsewhere"))
        )
    yield Fault("304", changing(page("304 Not Modified", b"")))
    yield Fault("204", changing(page("204 No Content", b"")))
    yield Fault("HTML page with status 200", changing(page("200 OK")))
    for status in ("201 Created", "299 Odd"):
        yield Fault(
            f"status {status}",
            changing(lambda response, status=status: setattr(response, "status", status)),
            CREDENTIALS,
        )


# --- dates and expirations ------------------------------------------------------------------------


DATES = {
    "an hour ahead": HOUR, "a day ahead": DAY, "a year ahead": 365 * DAY,
    "an hour behind": -HOUR, "a day behind": -DAY, "a year behind": -365 * DAY,
}  # fmt: skip


def shift_date(response: Response, seconds: int) -> None:
    moment = parsedate_to_datetime(response.headers["Date"]).timestamp() + seconds
    response.headers["Date"] = formatdate(moment, usegmt=True)


def date_faults() -> Iterator[Fault]:
    for name, seconds in DATES.items():

        def change(response: Response, seconds: int = seconds) -> None:
            shift_date(response, seconds)

        def fail(response: Response, seconds: int = seconds) -> None:
            shift_date(response, seconds)
            response.status, response.body = "503 Busy", HTML

        def repeat(response: Response, seconds: int = seconds) -> None:
            first = response.headers["Date"]
            shift_date(response, seconds)
            response.more_headers.append(f"Date: {first}")

        yield Fault(f"Date {name}", changing(change), CREDENTIALS)
        yield Fault(f"503 with Date {name}", changing(fail), is_retried=True)
        yield Fault(f"two dates, one {name}", changing(repeat), CREDENTIALS)
    for value in (
        "",
        "now",
        "0",
        "Mon, 01 Jan 0001 00:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Mon, 99 Foo 2026 99:99:99 GMT",
    ):
        yield Fault(
            f"Date {value!r}",
            changing(lambda response, value=value: response.headers.update(Date=value)),
            CREDENTIALS,
        )


def expiration_faults() -> Iterator[Fault]:
    def fault(service: str, text: str, outcome: str) -> Fault:
        """Return a fault that replaces the expiration; `{in an hour}` stands for a valid time."""

        def change(response: Response) -> None:
            moment = parsedate_to_datetime(response.headers["Date"])
            filled = text.replace("{in an hour}", str(int(moment.timestamp()) + HOUR))
            response.body = response.body.replace(response.expiration.encode(), filled.encode())

        operation = GET_CREDENTIALS if service == "Cognito" else ASSUME_ROLE
        name = f"{service} expiration {text if len(text) < 40 else text[:40] + '…'}"
        return Fault(name, changing(change), outcome, operations=(operation,))

    yield fault("Cognito", '"{in an hour}"', CREDENTIALS)
    yield fault("Cognito", "{in an hour}.123456", CREDENTIALS)
    yield fault("Cognito", "{in an hour}000", ERROR)  # The unit is milliseconds.
    for text in (
        "0",
        "1",
        "-1",
        "1700000000",
        "221845392000",
        "1e400",
        "-1e400",
        "NaN",
        "Infinity",
        "null",
        "true",
        "[]",
        "{}",
        '""',
        '"soon"',
        '"2027-01-15T10:00:00Z"',
        "9" * 5000,
    ):
        yield fault("Cognito", text, ERROR)
    for text in (
        "",
        "soon",
        "0",
        "{in an hour}",
        "NaN",
        "1970-01-01T00:00:00Z",
        "9000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2027-01-15T10:00:00",
    ):
        yield fault("STS", text, ERROR)

    def other_zone(response: Response) -> None:
        moment = parsedate_to_datetime(response.headers["Date"]).timestamp()
        local = formatdate(moment + HOUR + 5 * HOUR, usegmt=True)
        text = f"{parsedate_to_datetime(local):%Y-%m-%dT%H:%M:%S}+05:00"
        response.body = response.body.replace(response.expiration.encode(), text.encode())

    yield Fault(
        "STS expiration in another time zone",
        changing(other_zone),
        CREDENTIALS,
        operations=(ASSUME_ROLE,),
    )


# --- bodies -----------------------------------------------------------------------------------------


def with_body(encode: Callable[[bytes], bytes]) -> Act:
    def change(response: Response) -> None:
        response.body = encode(response.body)

    return changing(change)


def replace_leaves(value: Any, leaf: Any) -> Any:
    if isinstance(value, dict):
        return {name: replace_leaves(member, leaf) for name, member in value.items()}
    return leaf


def compressed(*, is_declared: bool) -> Act:
    def change(response: Response) -> None:
        response.body = gzip.compress(response.body)
        if is_declared:
            response.headers["Content-Encoding"] = "gzip"

    return changing(change)


BODIES = {
    "empty": b"", "blank": b" \n", "NUL": b"\0", "NaN": b"NaN", "null": b"null", "number": b"1",
    "string": b'"text"', "list": b"[{}]", "empty object": b"{}", "list of 100,000": b"[" * 100_000,
    "deep object": b'{"a":' * 100_000, "deep and closed": b"[" * 100_000 + b"]" * 100_000,
    "long number": b'{"IdentityId": ' + b"9" * 5000 + b"}", "invalid UTF-8": b'{"a": "\xff\xfe"}',
    "control characters": b'{"a": "\x1b]0;\x07"}', "two objects": b"{}{}", "XML": b"<a/>",
    "unclosed XML": b"<a>", "deep XML": b"<a>" * 100_000, "unknown encoding":
    b'<?xml version="1.0" encoding="klingon"?><a/>', "entities": b'<!DOCTYPE a [<!ENTITY a "'
    + b"x" * 1000 + b'">' + b"".join(b'<!ENTITY b%d "%s">' % (n, b"&a;" * 100) for n in range(20))
    + b"]><a>" + b"&b1;" * 100 + b"</a>", "3 MB": b"x" * 3_000_000, "3 MB of blanks": b" " * 3_000_000,
}  # fmt: skip


def body_faults() -> Iterator[Fault]:
    for name, body in BODIES.items():
        yield Fault(f"body: {name}", with_body(lambda _, body=body: body))
    yield Fault("body: cut off", with_body(lambda body: body[: len(body) // 2]))
    yield Fault("body: byte order mark", with_body(lambda body: b"\xef\xbb\xbf" + body), EITHER)
    yield Fault("body: UTF-16", with_body(lambda body: body.decode().encode("utf-16")), EITHER)
    yield Fault("body: 1 MB", with_body(lambda body: body + b" " * 1_000_000), CREDENTIALS)
    yield Fault("body: gzip", compressed(is_declared=True), EITHER)
    yield Fault("body: undeclared gzip", compressed(is_declared=False))
    for leaf in (None, True, 1, 1.5, "", " ", "\ud800", "a\nb", "é", [], ["x"], {}, {"a": 1}):

        def retype(body: bytes, leaf: Any = leaf) -> bytes:
            return json.dumps(replace_leaves(json.loads(body), leaf)).encode()

        yield Fault(f"members: {leaf!a}", with_body(retype), operations=COGNITO_OPERATIONS)
    yield Fault(
        "members: keys repeated",
        with_body(lambda body: body[:-1] + b", " + body.lstrip(b"{")),
        CREDENTIALS,
        operations=COGNITO_OPERATIONS,
    )
    for member in ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"):
        pattern = re.compile(rf"<{member}>.*</{member}>".encode())
        for name, content in {
            "missing": b"",
            "empty": b"<%s/>",
            "nested": b"<%s><a/></%s>",
        }.items():
            text = content.replace(b"%s", member.encode())
            yield Fault(
                f"members: {member} {name}",
                with_body(lambda body, pattern=pattern, text=text: pattern.sub(text, body)),
                operations=(ASSUME_ROLE,),
            )


# --- errors -----------------------------------------------------------------------------------------


SPELLINGS: dict[str, Callable[[str, str], tuple[dict[str, Any], dict[str, str]]]] = {
    "__type": lambda code, text: ({"__type": code, "message": text}, {}),
    "code": lambda code, text: ({"code": code, "message": text}, {}),
    "Code": lambda code, text: ({"Code": code, "Message": text}, {}),
    "namespace": lambda code, text: ({"__type": f"com.amazon.coral#{code}", "message": text}, {}),
    "URI": lambda code, text: ({"__type": f"{code}:http://internal.amazon.com/", "message": text}, {}),
    "header": lambda code, text: ({"message": text}, {"x-amzn-ErrorType": code}),
    "header with URI": lambda code, text: ({}, {"x-amzn-ErrorType": f"{code}:http://a/"}),
    "nested": lambda code, text: ({"Error": {"Code": code, "Message": text}}, {}),
    "list": lambda code, text: ({"__type": [code], "message": [text]}, {}),
    "null": lambda code, text: ({"__type": None, "message": None}, {}),
}  # fmt: skip
RETRIED_CODES = ("TooManyRequestsException", "InternalErrorException")
OTHER_CODES = (
    "NotAuthorizedException", "InvalidParameterException", "ResourceConflictException",
    "LimitExceededException", "ExternalServiceException", "AccessDenied", "ExpiredTokenException",
    "InvalidIdentityToken", "NobodyKnowsThisException",
)  # fmt: skip


def error_response(
    code: str, text: str, spelling: str = "__type", status: str = "400 Bad Request"
) -> Act:
    """Return an act that sends an error, in which TOKEN stands for the token in the request."""

    def act(exchange: Exchange) -> bool:
        response = exchange.response
        filled_code, filled_text = (
            value.replace("TOKEN", exchange.token) for value in (code, text)
        )
        response.status = status
        if response.operation == ASSUME_ROLE:
            element = f"<Code>{filled_code}</Code><Message>{filled_text}</Message>"
            response.body = f"<ErrorResponse><Error>{element}</Error></ErrorResponse>".encode()
        else:
            document, headers = SPELLINGS[spelling](filled_code, filled_text)
            response.body = json.dumps(document).encode()
            response.headers |= headers
        exchange.connection.sendall(response.encode())
        return True

    return act


def error_faults() -> Iterator[Fault]:
    for spelling in SPELLINGS:
        is_read = spelling not in {"nested", "list", "null"}
        for code in RETRIED_CODES:
            yield Fault(
                f"{code} as {spelling}",
                error_response(code, "Rate exceeded", spelling),
                is_retried=True if is_read else None,
                operations=COGNITO_OPERATIONS,
            )
    for code in OTHER_CODES:
        yield Fault(code, error_response(code, "no"), is_retried=None)
    for name, code, text in (
        ("a token in the message", "NotAuthorizedException", "Value '{a=TOKEN}' at 'logins' TOKEN"),
        ("a token in the code", "TOKEN", "no"),
        ("control characters", "Bad", "\x1b]0;title\x07\r\nforged"),
        ("a code of 100,000 characters", "x" * 100_000, "no"),
        ("a message of 900,000 characters", "NotAuthorizedException", "Value '{" * 112_500),
    ):
        yield Fault(f"error with {name}", error_response(code, text))

    def repeat_in_headers(exchange: Exchange) -> bool:
        response = exchange.response
        response.status, response.body = "400 Bad Request", b"{}"
        response.headers |= {"x-amzn-RequestId": exchange.token, "x-amzn-ErrorType": exchange.token}
        exchange.connection.sendall(response.encode())
        return True

    yield Fault("error with a token in the headers", repeat_in_headers)


FAULTS: tuple[Fault, ...] = tuple(
    fault
    for faults in (
        connection_faults, http_faults, status_faults, date_faults, expiration_faults, body_faults,
        error_faults,
    )
    for fault in faults()
)  # fmt: skip
