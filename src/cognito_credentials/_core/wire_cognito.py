"""Wire format of Amazon Cognito Identity: AWS JSON 1.1, unsigned operations only."""

from __future__ import annotations

import json

from cognito_credentials._core.http import HttpRequest
from cognito_credentials.errors import MalformedResponseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cognito_credentials._core.http import HttpResponse

__all__ = ["build_request", "parse_error", "parse_result"]

CONTENT_TYPE = "application/x-amz-json-1.1"

# With separators, `json.dumps` creates an encoder for each call.
_encode = json.JSONEncoder(separators=(",", ":")).encode


def build_request(
    url: str, operation: str, members: dict[str, Any], user_agent: str
) -> HttpRequest:
    """Return the request of an operation."""
    headers = {
        "Content-Type": CONTENT_TYPE,
        "X-Amz-Target": f"AWSCognitoIdentityService.{operation}",
        "User-Agent": user_agent,
    }
    return HttpRequest("POST", url, headers, _encode(members).encode())


def parse_result(operation: str, response: HttpResponse) -> dict[str, Any]:
    """Return the members of a successful response.

    Raises:
        MalformedResponseError: If the body is not a JSON object.
    """
    document = _parse_object(response.body)
    if document is None:
        from cognito_credentials._core.error_catalog.next_steps import CHECK_PROXY

        raise MalformedResponseError(
            f"Response from Amazon Cognito to {operation} is not a JSON object "
            f"({len(response.body)} bytes)",
            hint=CHECK_PROXY,
        )
    return document


def parse_error(response: HttpResponse) -> tuple[str, str]:
    """Return the code and the message of an error response, "" for a missing one."""
    document = _parse_object(response.body) or {}
    # The header takes precedence: a proxy may have replaced the body of the response.
    code = response.headers.get("x-amzn-errortype") or document.get("__type") or ""
    # The service sends "message", and the policy check in front of the service sends "Message".
    message = document.get("message") or document.get("Message") or ""
    code = code if isinstance(code, str) else ""
    message = message if isinstance(message, str) else ""
    return code.split(":", 1)[0].rpartition("#")[2], message


def _parse_object(body: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None  # pyright: ignore[reportUnknownVariableType]
