"""Responses of Amazon Cognito Identity in the JSON 1.1 protocol, including CORS headers.

The body of an error response has two members: `__type` is the error code without a prefix, and
`message` (`Message` if IAM denied the request) is the error message. For browser SDKs, headers
repeat the code, followed by a colon, and the message.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Mapping
from typing import Any

from cognito_credentials.emulator.clock import http_date
from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.messages import RawRequest, RawResponse

TARGET_PREFIX = "AWSCognitoIdentityService"

Parameters = Mapping[str, Any]
"""The validated members of a request."""
Output = dict[str, Any] | None
"""The members of a response. None for an operation without output, whose body is empty."""

_CONTENT_TYPE = "application/x-amz-json-1.1"
# A message may quote up to a megabyte of input, but clients reject headers of that length.
_MAX_HEADER_LENGTH = 2048
_random = random.Random()  # noqa: S311 - the numbers are not used for secrets


def success_response(output: Output, *, now: float) -> RawResponse:
    """Return the response to a successful request.

    `now` is the time for the `Date` header, in seconds since the epoch (UTC).
    """
    # The service writes the members of a structure in alphabetical order.
    text = "" if output is None else json.dumps(output, separators=(",", ":"), sort_keys=True)
    return RawResponse(200, [("Content-Type", _CONTENT_TYPE), *_common_headers(now)], text.encode())


def error_response(error: AwsError, *, now: float) -> RawResponse:
    """Return the response with an error, in the body and in the two `x-amzn-Error` headers."""
    headers = [
        ("Content-Type", _CONTENT_TYPE),
        *_common_headers(now),
        ("x-amzn-ErrorType", f"{error.code}:"),
        ("x-amzn-ErrorMessage", _to_header_text(error.message[:_MAX_HEADER_LENGTH])),
    ]
    # Unlike in other responses, the members are not sorted: __type comes first.
    member = "Message" if error.code == "AccessDeniedException" else "message"
    body = json.dumps({"__type": error.code, member: error.message}, separators=(",", ":"))
    return RawResponse(error.http_status, headers, body.encode())


def is_preflight(raw: RawRequest) -> bool:
    """Return True for a CORS preflight of an SDK, which moto would treat as a request to S3."""
    return raw.method == "OPTIONS" and "x-amz-" in raw.header("Access-Control-Request-Headers")


def preflight_response(*, now: float) -> RawResponse:
    """Return the response to a CORS preflight, which allows the SDK's headers from every origin."""
    headers = [
        *_common_headers(now),
        ("access-control-allow-methods", "POST"),
        ("access-control-allow-headers", "*,Authorization"),
        ("access-control-max-age", "172800"),
    ]
    return RawResponse(200, headers)


def _make_request_id() -> str:
    # Request IDs are not secret, and a system call for each ID would take longer.
    return str(uuid.UUID(int=_random.getrandbits(128), version=4))


def _common_headers(now: float) -> list[tuple[str, str]]:
    return [
        ("Date", http_date(now)),
        ("x-amzn-RequestId", _make_request_id()),
        ("access-control-allow-origin", "*"),
        (
            "access-control-expose-headers",
            "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date",
        ),
    ]


def _to_header_text(text: str) -> str:
    """Return a value without the characters that are not allowed in a header."""
    return "".join(char if " " <= char <= "~" else "?" for char in text)
