"""A container-credentials endpoint on the loopback interface.

The protocol is that of the AWS SDKs and tools reference guide, "Container credential provider": GET
with a token in `Authorization`, and JSON. Any program and any web page of this machine can reach a
loopback port, so a request is answered only where

- it is a GET, whole within two seconds and 16 KiB;
- its `Host`, and its `Origin` if it has one, are the endpoint's own: a page whose name was turned
  to 127.0.0.1 (DNS rebinding) sends its own;
- it has the token, compared in constant time.

An answer comes within 1.5 seconds, since botocore gives up after two. One request a connection.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import threading
from contextlib import suppress
from http.server import ThreadingHTTPServer
from socketserver import TCPServer
from typing import TYPE_CHECKING

from cognito_credentials.cli.endpoint.requests import Request
from cognito_credentials.cli.endpoint.served_credentials import RenewalTimer
from cognito_credentials.errors import ConfigurationError

if TYPE_CHECKING:
    from typing import Any, Self

    from cognito_credentials.cli.endpoint.served_credentials import ServedIdentities

__all__ = ["Endpoint", "Server"]

MOST_CONNECTIONS = 100
SECONDS_TO_CLOSE = 0.1


class Endpoint:
    """Serve credentials to who has the token; a context manager.

    Args:
        identities: What is served, and at which paths; closed with the endpoint.
        token: What `Authorization` must be.
        host: A loopback address, or `localhost`.
        port: 0 for any that is free.

    Raises:
        ConfigurationError: The host is not loopback, or the port cannot be had.
    """

    def __init__(
        self, identities: ServedIdentities, token: str, *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self._server = _bound(_loopback(host), port, identities, token)
        self._renewal = RenewalTimer(identities)
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            args=(SECONDS_TO_CLOSE,),
            name="cognito-endpoint",
            daemon=True,
        )

    @property
    def url(self) -> str:
        """Where the credentials are."""
        return f"http://{self._server.authority}{self._server.identities.path}"

    def __enter__(self) -> Self:
        self._renewal.__enter__()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._renewal.__exit__()


class Server(ThreadingHTTPServer):
    """Listens; a thread for each connection, and not too many of them."""

    daemon_threads = True
    block_on_close = False  # a thread ends with its request, which has its limits
    allow_reuse_address = os.name == "posix"  # on Windows it would let two have one port
    request_queue_size = 128

    def __init__(self, host: str, port: int, identities: ServedIdentities, token: str) -> None:
        self.identities = identities
        self.token = token
        self._free = threading.BoundedSemaphore(MOST_CONNECTIONS)
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, port), Request)
        port = int(self.server_address[1])
        self.authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.own_authorities = {self.authority, f"localhost:{port}"}
        # The AWS Common Runtime (awscrt, Mountpoint) sends neither the port nor an IPv6 address's
        # brackets. A page whose name was turned to this address sends its name either way.
        self.own_hosts = {*self.own_authorities, host, "localhost"}

    def server_bind(self) -> None:
        """Bind, without the base class's look-up of its own name in the DNS: it can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread, unless there are too many."""
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, and let another in."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a traceback could show what was sent."""


def _bound(host: str, port: int, identities: ServedIdentities, token: str) -> Server:
    try:
        return Server(host, port, identities, token)
    except OverflowError:
        problem = f"port is {port}: it must be from 0 to 65535"
    except OSError as error:
        problem = f"port {port} of {host} cannot be had: {error.strerror}"
        if error.errno == errno.EADDRINUSE:
            problem = f"port {port} is in use, perhaps by another serve"
    raise ConfigurationError(problem, hint="Take another --port, or 0 for any that is free.")


def _loopback(host: str) -> str:
    if host == "localhost":
        return "127.0.0.1"
    with suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return host
    raise ConfigurationError(
        f"host is {host!r}: credentials are served on this machine alone",
        hint="Leave --host out, or give 127.0.0.1 or ::1. A container reaches it with the host's "
        "network.",
    )
