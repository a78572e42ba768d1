"""Fast parser for the heads of ordinary requests.

http.server reads a head line by line and parses the fields with the email parser of the standard
library, which takes a quarter of the CPU time of a request to Amazon Cognito Identity. This parser
returns exactly the same values for the requests of HTTP clients, and rejects every head that
http.server might interpret in a special way. http.server then parses such a head. A property-based
test compares the two parsers.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from cognito_credentials.emulator.headers import Headers

# http.server rejects a request with more fields than this, and merges slashes at the start of a
# path, so `parse_head` accepts neither.
_MAX_FIELDS = 100
_HEAD = re.compile(
    rb"([A-Z]+) (/(?!/)[!-~]*) HTTP/1\.1\r\n((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~]*\r\n)*)\r\n"
)
# If one of these fields requests it, http.server sends 100 (Continue) or closes the connection.
_SPECIAL_FIELDS = ("expect", "connection")


class RequestHead(NamedTuple):
    """The request line and the fields of a request.

    Attributes:
        method: The HTTP method.
        target: The path and the query string, as sent.
        headers: The header fields.
        size: The number of bytes of the head, including the empty line at the end.
    """

    method: str
    target: str
    headers: Headers
    size: int


def parse_head(data: bytes) -> RequestHead | None:
    """Parse the head at the start of `data`.

    Returns None if the head is incomplete, or http.server might interpret it in a special way.
    """
    match = _HEAD.match(data)
    if match is None:
        return None
    method, target, fields = match.groups()
    lines = fields.decode("ascii").split("\r\n")
    if len(lines) > _MAX_FIELDS:
        return None
    lines.pop()  # Remove the empty string after the last line break.
    headers = Headers(
        [(name, value.lstrip(" \t")) for name, _, value in [line.partition(":") for line in lines]]
    )
    for name in _SPECIAL_FIELDS:
        if name in headers and headers.get_all(name) != ["keep-alive"]:
            return None
    return RequestHead(method.decode("ascii"), target.decode("ascii"), headers, match.end())
