"""Wire format of Amazon Cognito Identity: AWS JSON 1.1."""

from __future__ import annotations

import json

from cognito_credentials._core.http import HttpRequest
from cognito_credentials._core.service_clock import get_request_id
from cognito_credentials._external_text import HiddenBytes, HiddenText
from cognito_credentials.errors import MalformedResponseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cognito_credentials._core.http import HttpResponse

__all__ = ["build_request", "parse_error", "parse_error_members", "parse_result"]

SECRET_MEMBERS = ("SecretKey", "SecretAccessKey", "SessionToken", "Token")
CONTENT_TYPE = "application/x-amz-json-1.1"

# The encoder is shared, because `json.dumps` with separators creates a new encoder for each call.
_encode = json.JSONEncoder(separators=(",", ":")).encode


def build_request(
    url: str, operation: str, members: dict[str, Any], user_agent: str
) -> HttpRequest:
    """Return the request that calls an operation."""
    headers = {
        "Content-Type": CONTENT_TYPE,
        "X-Amz-Target": f"AWSCognitoIdentityService.{operation}",
        "User-Agent": user_agent,
    }
    return HttpRequest("POST", url, headers, HiddenBytes(_encode(members).encode()))


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
    hide_members(document)
    if isinstance(credentials := document.get("Credentials"), dict):
        hide_members(credentials)  # pyright: ignore[reportUnknownArgumentType]
    return document


def hide_members(members: dict[str, Any]) -> None:
    """Redact the `repr` of the secret members of a result."""
    for name in SECRET_MEMBERS:
        if isinstance(text := members.get(name), str):
            members[name] = HiddenText(text)


def parse_error(response: HttpResponse) -> tuple[str, str, str]:
    """Return the code, message and request ID of an error response; a missing value is ""."""
    code, message = parse_error_members(response.headers, _parse_object(response.body) or {})
    return code, message, get_request_id(response.headers)


def parse_error_members(headers: Mapping[str, str], document: Mapping[str, Any]) -> tuple[str, str]:
    """Return the code and message of an error in an AWS JSON protocol; a missing value is "".

    As in the JavaScript SDK, the code may be in the header or in the member `__type` or `code`; the
    name `code` is matched case-insensitively.
    """
    members = {name.lower(): value for name, value in document.items()}
    # The header takes precedence, because a proxy may have replaced the body of the response.
    candidates = (headers.get("x-amzn-errortype"), document.get("__type"), members.get("code"))
    code = next(filter(None, (_error_code(value) for value in candidates)), "")
    # The service sends "message"; the authorization layer in front of the service sends "Message".
    messages = (document.get("message"), document.get("Message"))
    return code, next((text for text in messages if isinstance(text, str) and text), "")


def _error_code(value: object) -> str:
    """Return an error code without a namespace (`NAMESPACE#CODE`) or URI (`CODE:URI`)."""
    if not isinstance(value, str):
        return ""
    first = value.partition(",")[0]  # Transports join repeated headers with commas.
    if first.startswith(("http://", "https://")):
        return first.partition("#")[2].strip()
    return first.partition(":")[0].rpartition("#")[2].strip()


def _parse_object(body: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None  # pyright: ignore[reportUnknownVariableType]
