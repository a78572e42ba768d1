"""Handling of requests to the endpoint, with limits on their size and duration."""

from __future__ import annotations

import hmac
import io
import json
import time
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, cast

from cognito_credentials._core import logs
from cognito_credentials._core.loopback import is_loopback
from cognito_credentials.errors import (
    CognitoCredentialsError,
    RefreshTimeoutError,
    ServiceError,
    documentation_url,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cognito_credentials._endpoint.server import EndpointServer
    from cognito_credentials.credentials import Credentials

__all__ = ["RequestHandler", "container_document", "describe_with_hint", "is_loopback_host"]

MAX_REQUEST_BYTES = 16 * 1024
HEAD_TIMEOUT_SECONDS = 1.0
RESPONSE_TIMEOUT_SECONDS = 2.0
CREDENTIALS_TIMEOUT_SECONDS = 1.2


class RequestError(Exception):
    """Exception for an error response, with the HTTP status, error code and message."""

    def __init__(self, status: HTTPStatus, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class RequestHandler(BaseHTTPRequestHandler):
    """Handler of a connection, which is closed after one request."""

    protocol_version = "HTTP/1.1"
    # With this default, requests without a version (HTTP/0.9) get a status line as well.
    default_request_version = request_version = "HTTP/1.0"

    def handle(self) -> None:
        """Read the request and respond to it."""
        with suppress(OSError):  # The client has disconnected.
            try:
                head = self._read_head()
            except RequestError as error:
                self._send_error(error)
                return
            self.connection.settimeout(RESPONSE_TIMEOUT_SECONDS)
            self.rfile: Any = io.BytesIO(head)
            self.handle_one_request()

    def do_GET(self) -> None:
        """Respond with credentials or with an error."""
        try:
            self._authorize()
            document = self._get_document()
        except RequestError as error:
            self._send_error(error)
        else:
            self._send(HTTPStatus.OK, document)

    def _read_head(self) -> bytes:
        """Read the request line and the headers, with a limit on the total size and duration.

        Raises:
            RequestError: If the head of the request is too large.
            OSError: If the client is too slow, or has disconnected.
        """
        deadline = time.monotonic() + HEAD_TIMEOUT_SECONDS
        head = b""
        while b"\r\n\r\n" not in head:
            self.connection.settimeout(max(deadline - time.monotonic(), 0.001))
            part = self.connection.recv(2 * MAX_REQUEST_BYTES)
            head += part
            if not part:
                raise ConnectionError
            if len(head) > MAX_REQUEST_BYTES:
                raise RequestError(
                    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                    "RequestTooLarge",
                    f"The request is larger than {MAX_REQUEST_BYTES} bytes",
                )
        return head

    def _authorize(self) -> None:
        server = cast("EndpointServer", self.server)
        hosts = self.headers.get_all("Host", [])
        origins = [origin.removeprefix("http://") for origin in self.headers.get_all("Origin", [])]
        is_same_site = all(map(is_loopback_host, hosts)) and {*origins} <= server.accepted_origins
        if len(hosts) != 1 or not is_same_site:
            raise RequestError(
                HTTPStatus.FORBIDDEN,
                "Forbidden",
                "The Host or Origin header does not name this endpoint. Use 127.0.0.1, [::1] or "
                "localhost as the host in the URL of the endpoint; any forwarded port is accepted",
            )
        token = self.headers.get("Authorization", "").encode("latin-1", "replace")
        if not hmac.compare_digest(token, server.token.encode()):
            raise RequestError(
                HTTPStatus.UNAUTHORIZED,
                "AccessDenied",
                "The Authorization header does not contain the endpoint's token. The token is in the "
                "file that AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names. An old AWS SDK that does not "
                "read this file needs the token in AWS_CONTAINER_AUTHORIZATION_TOKEN, which "
                "`cognito-credentials exec --token-variable` sets",
            )
        server.trust(self.connection)

    def _get_document(self) -> str:
        server = cast("EndpointServer", self.server)
        identities = server.identities
        try:
            served = identities.find(self.path)
            if served is not None:
                return container_document(served.get(CREDENTIALS_TIMEOUT_SECONDS))
        except CognitoCredentialsError as error:
            raise _request_error(error, server.describe_error) from error
        raise RequestError(
            HTTPStatus.NOT_FOUND,
            "NotFound",
            f"Credentials are served at {identities.path_description}",
        )

    def send_error(
        self,
        code: int,
        message: str | None = None,  # noqa: ARG002 - the text repeats parts of the request
        explain: str | None = None,  # noqa: ARG002
    ) -> None:
        """Respond to a request that cannot be parsed or whose method is not GET."""
        status = HTTPStatus(code)
        # The base class rejects unknown methods with status 501, but status 405 is correct here.
        if status is HTTPStatus.NOT_IMPLEMENTED:
            status = HTTPStatus.METHOD_NOT_ALLOWED
        self._send_error(RequestError(status, status.phrase.replace(" ", ""), status.phrase))

    def _send_error(self, error: RequestError) -> None:
        # Some SDKs read the lower-case keys, and others read the capitalized keys.
        code, message = error.code, error.message
        document = {"code": code, "message": message, "Code": code, "Message": message}
        self._send(error.status, json.dumps(document))

    def _send(self, status: HTTPStatus, document: str) -> None:
        logs.debug("The endpoint responded with HTTP status %d", status)
        body = document.encode()
        self.send_response_only(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class chose the name
        """Print nothing, because standard error belongs to the program that uses this package."""


def is_loopback_host(host: str) -> bool:
    """Return True if a Host header names a loopback address, with or without a port.

    Any port is accepted, because a port may be forwarded. The AWS Common Runtime (awscrt,
    Mountpoint) sends neither the port nor the brackets of an IPv6 address.
    """
    name, port = host, ""
    if host.startswith("["):
        name, bracket, rest = host[1:].partition("]")
        port = rest.removeprefix(":") if bracket else "?"
    elif host.count(":") == 1:
        name, _, port = host.partition(":")
    if port and not (port.isascii() and port.isdigit()):
        return False
    return is_loopback(name.lower())


def container_document(credentials: Credentials) -> str:
    """Return the JSON document that AWS SDKs expect from a container-credentials endpoint."""
    document = credentials.as_dict()
    del document["Version"]
    names = {"SessionToken": "Token"}
    return json.dumps({names.get(name, name): value for name, value in document.items()})


def describe_with_hint(error: CognitoCredentialsError) -> str:
    """Return the message of an error, its hint, and the URL of the documentation."""
    parts = (f"{error.message.rstrip('.')}.", error.hint, f"See {documentation_url(error.reason)}")
    return " ".join(filter(None, parts))


def _request_error(
    error: CognitoCredentialsError, describe_error: Callable[[CognitoCredentialsError], str]
) -> RequestError:
    """Return the error response for an error of the library; such errors contain no secrets."""
    code = error.code if isinstance(error, ServiceError) else error.reason
    if isinstance(error, RefreshTimeoutError):
        return RequestError(
            HTTPStatus.SERVICE_UNAVAILABLE,
            code,
            "No valid credentials are cached, and Amazon Cognito has not responded yet; try again",
        )
    is_final = isinstance(error, ServiceError) and not error.is_retryable
    status = HTTPStatus.FORBIDDEN if is_final else HTTPStatus.SERVICE_UNAVAILABLE
    return RequestError(status, code, describe_error(error))
