"""Amazon Cognito Identity on the wire: the AWS JSON 1.1 protocol, unsigned operations only."""

from __future__ import annotations

import json

from cognito_credentials._core.http import HttpRequest
from cognito_credentials.errors import MalformedResponseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cognito_credentials._core.http import HttpResponse

__all__ = ["parse_error", "parse_result", "request"]

CONTENT_TYPE = "application/x-amz-json-1.1"

_encode = json.JSONEncoder(separators=(",", ":")).encode  # `json.dumps` would make one each time


def request(url: str, operation: str, members: dict[str, Any], user_agent: str) -> HttpRequest:
    headers = {
        "Content-Type": CONTENT_TYPE,
        "X-Amz-Target": f"AWSCognitoIdentityService.{operation}",
        "User-Agent": user_agent,
    }
    return HttpRequest("POST", url, headers, _encode(members).encode())


def parse_result(operation: str, response: HttpResponse) -> dict[str, Any]:
    """Return the members of a successful answer."""
    document = _object(response.body)
    if document is None:
        from cognito_credentials._core.error_catalog.next_steps import CHECK_PROXY

        raise MalformedResponseError(
            f"Response of {operation} from Amazon Cognito is not a JSON object "
            f"({len(response.body)} bytes)",
            hint=CHECK_PROXY,
        )
    return document


def parse_error(response: HttpResponse) -> tuple[str, str]:
    """Return the code and the text of an answer that is an error; "" for what it does not say."""
    document = _object(response.body) or {}
    # The header wins: it is there when something before the service answered with another body.
    code = response.headers.get("x-amzn-errortype") or document.get("__type") or ""
    # The service writes "message"; the policy check in front of it writes "Message".
    text = document.get("message") or document.get("Message") or ""
    code = code if isinstance(code, str) else ""
    return code.split(":", 1)[0].rpartition("#")[2], text if isinstance(text, str) else ""


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None  # pyright: ignore[reportUnknownVariableType]
