"""An HTTP request and its response, as transports send and receive them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MAX_BODY_BYTES", "HttpRequest", "HttpResponse", "header_dict"]

# Transports reject longer bodies. Responses from Cognito and STS are only a few KB long.
MAX_BODY_BYTES = 1024 * 1024


def header_dict(items: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return headers by lower-case name; repeated headers are joined (RFC 9110, section 5.3).

    White space around the values is removed (RFC 9110, section 5.5).
    """
    headers: dict[str, str] = {}
    for name, untrimmed in items:
        key, value = name.lower(), untrimmed.strip(" \t")
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers


class HttpRequest:
    """HTTP request; the repr omits the body, which may contain login tokens."""

    __module__ = "cognito_credentials.ports"

    __slots__ = ("body", "headers", "method", "url")

    def __init__(self, method: str, url: str, headers: dict[str, str], body: bytes) -> None:
        self.method: str = method
        self.url: str = url
        self.headers: dict[str, str] = headers
        self.body: bytes = body

    def __repr__(self) -> str:
        return f"HttpRequest({self.method} {self.url}, {len(self.body)} bytes)"


class HttpResponse:
    """HTTP response with lower-case header names; the repr omits the body."""

    __module__ = "cognito_credentials.ports"

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status: int = status
        self.headers: dict[str, str] = headers
        self.body: bytes = body

    def __repr__(self) -> str:
        return f"HttpResponse({self.status}, {len(self.body)} bytes)"
