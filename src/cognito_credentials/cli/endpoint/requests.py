"""One request to the endpoint: read with limits, checked, and answered in time."""

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
from cognito_credentials.cli.reporting.exit_status import told
from cognito_credentials.cli.terminal.formats import container_document
from cognito_credentials.errors import CognitoCredentialsError, RefreshTimeoutError, ServiceError

if TYPE_CHECKING:
    from typing import Any

    from cognito_credentials.cli.endpoint.server import Server

__all__ = ["Request"]

LARGEST_REQUEST = 16 * 1024
SLOWEST_REQUEST = 2.0  # seconds
LONGEST_WAIT = 1.2  # seconds, for credentials


class RefusedError(Exception):
    """A request that gets no credentials: the answer's status, and what its JSON says."""

    def __init__(self, status: HTTPStatus, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class Request(BaseHTTPRequestHandler):
    """One connection, which is one request."""

    protocol_version = "HTTP/1.1"
    default_request_version = request_version = "HTTP/1.0"  # an answer always has a status line

    def handle(self) -> None:
        """Read the request, and answer it."""
        with suppress(OSError):  # whoever asked has gone
            try:
                head = self._read_head()
            except RefusedError as refused:
                self._refuse(refused)
                return
            self.connection.settimeout(SLOWEST_REQUEST)
            self.rfile = io.BytesIO(head)
            self.handle_one_request()

    def do_GET(self) -> None:
        """Answer with credentials, or with why there are none."""
        try:
            self._check()
            document = self._document()
        except RefusedError as refused:
            self._refuse(refused)
        else:
            self._write(HTTPStatus.OK, document)

    def _read_head(self) -> bytes:
        """Return the request's line and headers; the limits are for all of it, not for each line."""
        until = time.monotonic() + SLOWEST_REQUEST
        head = b""
        while b"\r\n\r\n" not in head:
            self.connection.settimeout(max(until - time.monotonic(), 0.001))
            part = self.connection.recv(2 * LARGEST_REQUEST)
            head += part
            if not part:
                raise ConnectionError
            if len(head) > LARGEST_REQUEST:
                status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
                message = f"A request may have {LARGEST_REQUEST} bytes"
                raise RefusedError(status, "RequestTooLarge", message)
        return head

    def _check(self) -> None:
        server = cast("Server", self.server)
        hosts = self.headers.get_all("Host", [])
        origins = [origin.removeprefix("http://") for origin in self.headers.get_all("Origin", [])]
        is_own = {*hosts} <= server.own_hosts and {*origins} <= server.own_authorities
        if len(hosts) != 1 or not is_own:
            raise RefusedError(
                HTTPStatus.FORBIDDEN, "Forbidden", "Host or Origin is not the endpoint's own"
            )
        given = self.headers.get("Authorization", "").encode("latin-1", "replace")
        if not hmac.compare_digest(given, server.token.encode()):
            raise RefusedError(
                HTTPStatus.UNAUTHORIZED,
                "AccessDenied",
                "Authorization is not the endpoint's token, which is in the file that "
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names; an old AWS SDK, which cannot read that, "
                "wants it in AWS_CONTAINER_AUTHORIZATION_TOKEN (exec --token-variable)",
            )

    def _document(self) -> str:
        identities = cast("Server", self.server).identities
        try:
            kept = identities.find(self.path)
            if kept is not None:
                return container_document(kept.get(LONGEST_WAIT))
        except CognitoCredentialsError as error:
            raise _refusal_of(error) from error
        raise RefusedError(
            HTTPStatus.NOT_FOUND, "NotFound", f"Credentials are at {identities.place}"
        )

    def send_error(
        self,
        code: int,
        message: str | None = None,  # noqa: ARG002 - it repeats what was sent
        explain: str | None = None,  # noqa: ARG002
    ) -> None:
        """Answer a request that could not be read, or is no GET."""
        status = HTTPStatus(code)
        if status is HTTPStatus.NOT_IMPLEMENTED:  # as the base class has it for a method
            status = HTTPStatus.METHOD_NOT_ALLOWED
        self._refuse(RefusedError(status, status.phrase.replace(" ", ""), status.phrase))

    def _refuse(self, refused: RefusedError) -> None:
        # Some SDKs read the one spelling, some the other.
        code, message = refused.code, refused.message
        document = {"code": code, "message": message, "Code": code, "Message": message}
        self._write(refused.status, json.dumps(document))

    def _write(self, status: HTTPStatus, document: str) -> None:
        logs.debug("The endpoint answered with %d", status)
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

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing: below exec, standard error is the program's."""


def _refusal_of(error: CognitoCredentialsError) -> RefusedError:
    """Return what an SDK is told; no error of the library holds a secret."""
    code = error.code if isinstance(error, ServiceError) else error.reason
    if isinstance(error, RefreshTimeoutError):
        return RefusedError(
            HTTPStatus.SERVICE_UNAVAILABLE,
            code,
            "There are no valid credentials, and the service has not answered yet: ask again",
        )
    is_final = isinstance(error, ServiceError) and not error.is_retryable
    status = HTTPStatus.FORBIDDEN if is_final else HTTPStatus.SERVICE_UNAVAILABLE
    return RefusedError(status, code, told(error))
