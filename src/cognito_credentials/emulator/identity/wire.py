"""JSON 1.1 as Amazon Cognito Identity speaks it: answers, errors, CORS.

Pure functions from values to ``(status, headers, body)``; the web server sets Content-Length.
Errors carry the bare name in ``__type``, a lower-case ``message``, and both again in headers
(the type with a colon behind it), because browsers' SDKs read them there.
"""

from __future__ import annotations

import json
import uuid
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from cognito_credentials.emulator.identity.errors import Invented, ServiceFault

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTENT_TYPE = "application/x-amz-json-1.1"
TARGET_PREFIX = "AWSCognitoIdentityService"

_LONGEST_HEADER = 2048  # a message may quote a megabyte; clients give up on such a header

Response: TypeAlias = tuple[int, dict[str, str], bytes]


def read_request(body: bytes) -> dict[str, Any]:
    """Parse a request body; raise ``ServiceFault`` where it is not a JSON object."""
    try:
        # json stops at the interpreter's recursion limit: a hostile body is merely a bad one.
        value: Any = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ServiceFault("SerializationException", Invented.BODY_NOT_JSON)
    return cast("dict[str, Any]", value)


def success(output: Mapping[str, Any] | None, *, now: float) -> Response:
    """Write an answer; ``None`` is an operation without output and has an empty body."""
    body = b"" if output is None else _compact(output)
    return 200, _headers(now), body


def failure(fault: ServiceFault, *, now: float) -> Response:
    """Write an error, in the body and in the two ``x-amzn-Error`` headers."""
    headers = _headers(now)
    headers["x-amzn-ErrorType"] = f"{fault.code}:"
    headers["x-amzn-ErrorMessage"] = _header_safe(fault.message[:_LONGEST_HEADER])
    # Written by hand: answers sort their members, an error has __type first.
    body = json.dumps({"__type": fault.code, "message": fault.message}, separators=(",", ":"))
    return fault.status, headers, body.encode()


def preflight(*, now: float) -> Response:
    """Answer a browser's CORS preflight: any origin may send the SDK's headers."""
    headers = _headers(now)
    del headers["Content-Type"]
    headers["access-control-allow-methods"] = "POST"
    headers["access-control-allow-headers"] = "*,Authorization"
    headers["access-control-max-age"] = "172800"
    return 200, headers, b""


def _headers(now: float) -> dict[str, str]:
    return {
        "Content-Type": CONTENT_TYPE,
        "Date": formatdate(now, usegmt=True),
        "x-amzn-RequestId": str(uuid.uuid4()),
        "access-control-allow-origin": "*",
        "access-control-expose-headers": (
            "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"
        ),
    }


def _compact(output: Mapping[str, Any]) -> bytes:
    # The service writes the members of a structure in alphabetical order.
    return json.dumps(output, separators=(",", ":"), sort_keys=True).encode()


def _header_safe(text: str) -> str:
    """Keep a message that quotes the caller's input from ending or breaking the header."""
    return "".join(char if " " <= char <= "~" else "?" for char in text)
