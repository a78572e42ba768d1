"""A server that responds like Amazon Cognito and AWS STS, except for one injected fault."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs

from harness import (
    ASSUME_ROLE,
    FACEBOOK_TOKEN,
    GET_CREDENTIALS,
    GET_ID,
    GET_OPENID_TOKEN,
    OPENID_TOKEN,
)
from transport_servers import Server, read_request

LIFETIME_SECONDS = 3600
# Access key ID of credentials that a caller must never receive.
FOREIGN_KEY_ID = "ASIAFOREIGN0000000"


@dataclass
class Response:
    """A response that a fault can change before it is sent.

    `expiration` is the expiration as it is written in the body; "" if the body has none.
    """

    operation: str
    body: bytes
    headers: dict[str, str]
    status: str = "200 OK"
    expiration: str = ""
    more_headers: list[str] = field(default_factory=list)

    @property
    def head(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, *self.more_headers, "", ""]).encode("latin-1")

    def encode(self) -> bytes:
        if "Transfer-Encoding" not in self.headers:
            self.headers.setdefault("Content-Length", str(len(self.body)))
        return self.head + self.body


@dataclass
class Exchange:
    """One request that receives a faulty response.

    `token` is the login token in the request, or the token of the identity pool.
    """

    connection: socket.socket
    response: Response
    token: str
    has_ended: threading.Event


class FaultyService:
    """Amazon Cognito and AWS STS on one port of loopback.

    A test calls `start` with its clock, then `inject` and `end_fault`. Each GetId returns a new
    identity ID, and each set of credentials has a new generation, so that a test can see which
    response a caller received.

    Attributes:
        operations: Names of the operations that were called.
        key_ids: Access key IDs of the credentials that were issued without a fault.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context
        self._server = Server(self._handle)
        self.url = self._server.url("https" if context else "http")
        self._has_ended = threading.Event()

    def start(self, clock: Any) -> None:
        """Discard the records of earlier requests, and use this clock."""
        self.clock = clock
        self.fault: Any = None
        self.faulty_operation = ""
        self.operations: list[str] = []
        self.key_ids: list[str] = []
        self._ends_of_acts: list[threading.Event] = []
        self.closes_connections = False
        self._generation = 0
        self._accepted = self._server.accepted

    def inject(self, fault: Any, operation: str) -> None:
        """Inject a fault into all responses to one operation, or into all connections."""
        self._has_ended.clear()
        self.operations.clear()
        self.fault, self.faulty_operation = fault, operation

    def end_fault(self) -> None:
        """End the fault, and wait until the service has sent the last bytes of faulty responses."""
        self.fault = None
        self._has_ended.set()
        for end in self._ends_of_acts:
            end.wait()

    def wait_for_close(self) -> None:
        """Wait until the client has closed all connections."""
        for _ in range(self._server.accepted - self._accepted):
            self._server.wait_for_close()

    def close(self) -> None:
        self._has_ended.set()
        self._server.close()

    def _handle(self, connection: socket.socket, number: int) -> None:
        fault = self.fault
        if fault is not None and fault.at_connection:
            self._act(fault, Exchange(connection, Response("", b"", {}), "", self._has_ended))
        elif self._context is None:
            self._handle_requests(connection)
        else:
            with self._context.wrap_socket(connection, server_side=True) as secure:
                self._handle_requests(secure)

    def _handle_requests(self, connection: socket.socket) -> None:
        while request := read_request(connection):
            operation = _get_operation(request)
            response = self._respond(operation)
            self.operations.append(operation)
            fault = self.fault
            if fault is not None and operation == self.faulty_operation:
                token = FACEBOOK_TOKEN if FACEBOOK_TOKEN.encode() in request else OPENID_TOKEN
                if not self._act(fault, Exchange(connection, response, token, self._has_ended)):
                    return
                continue
            if self.closes_connections:
                response.headers["Connection"] = "close"
            connection.sendall(response.encode())
            if self.closes_connections:
                return

    def _act(self, fault: Any, exchange: Exchange) -> bool:
        end = threading.Event()
        self._ends_of_acts.append(end)
        try:
            return fault.act(exchange)
        finally:
            end.set()

    def _respond(self, operation: str) -> Response:
        self._generation += 1
        expires_at = int(self.clock.now()) + LIFETIME_SECONDS
        identity_id = f"us-east-1:00000000-0000-0000-0000-{self._generation:012}"
        headers = {
            "Date": formatdate(self.clock.now(), usegmt=True),
            "Content-Type": "application/x-amz-json-1.1",
            "x-amzn-RequestId": f"request-{self._generation}",
        }
        if operation == ASSUME_ROLE:
            expiration = f"{datetime.fromtimestamp(expires_at, UTC):%Y-%m-%dT%H:%M:%SZ}"
            members = self._issue("SecretAccessKey", expiration)
            elements = "".join(f"<{name}>{value}</{name}>" for name, value in members.items())
            body = (
                '<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
                f"<AssumeRoleWithWebIdentityResult><Credentials>{elements}</Credentials>"
                "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
            )
            headers["Content-Type"] = "text/xml"
            return Response(operation, body.encode(), headers, expiration=expiration)
        documents: dict[str, Any] = {
            GET_ID: lambda: {"IdentityId": identity_id},
            GET_OPENID_TOKEN: lambda: {"Token": OPENID_TOKEN},
            GET_CREDENTIALS: lambda: {"Credentials": self._issue("SecretKey", expires_at)},
        }
        body = json.dumps(documents[operation]())
        expiration = str(expires_at) if operation == GET_CREDENTIALS else ""
        return Response(operation, body.encode(), headers, expiration=expiration)

    def _issue(self, secret_name: str, expiration: object) -> dict[str, Any]:
        key_id = f"ASIAFAULTS{self._generation:010}"
        if self.fault is None:
            self.key_ids.append(key_id)
        return {
            "AccessKeyId": key_id,
            secret_name: f"secret-key-of-generation-{self._generation}",
            "SessionToken": f"session-token-of-generation-{self._generation}",
            "Expiration": expiration,
        }


def _get_operation(request: bytes) -> str:
    head, _, body = request.partition(b"\r\n\r\n")
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(": ")
        if name.lower() == "x-amz-target":
            return value.rpartition(".")[2]
    return parse_qs(body.decode())["Action"][0]
