"""Container-credentials endpoint on the loopback interface.

The protocol is that of the AWS SDKs and Tools Reference Guide, "Container credential provider": a
GET request with a token in the `Authorization` header, and a JSON response. Any program and any web
page on this machine can reach a loopback port, so the endpoint returns credentials only if

- the request is a GET, complete within 2 seconds and within 16 KiB;
- its `Host` header names a loopback address, and its `Origin` header, if present, the endpoint. A web
  page whose host name was rebound to 127.0.0.1 (DNS rebinding) sends its own host name;
- it contains the token. The comparison takes constant time.

A response takes at most 1.5 seconds, since botocore gives up after 2. Each connection carries one
request.
"""

from __future__ import annotations

import threading
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING

from cognito_credentials.cli.endpoint.listener import open_listener
from cognito_credentials.cli.endpoint.requests import RequestHandler
from cognito_credentials.cli.endpoint.served_credentials import RefreshTimer

if TYPE_CHECKING:
    import socket
    from typing import Any, Self

    from cognito_credentials.cli.endpoint.served_credentials import ServedIdentities

__all__ = ["Endpoint", "EndpointServer"]

MAX_CONNECTIONS = 100
SHUTDOWN_POLL_INTERVAL_SECONDS = 0.1


class Endpoint:
    """Endpoint that serves credentials to every client that sends the token; a context manager.

    Args:
        identities: The identities to serve, which are closed with the endpoint.
        token: The required value of the `Authorization` header.
        listener: The listening socket, which is closed with the endpoint; by default a new one, on
            any free port.
    """

    def __init__(
        self, identities: ServedIdentities, token: str, listener: socket.socket | None = None
    ) -> None:
        self._server = EndpointServer(listener or open_listener(), identities, token)
        self._refresh_timer = RefreshTimer(identities)
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            args=(SHUTDOWN_POLL_INTERVAL_SECONDS,),
            name="cognito-endpoint",
            daemon=True,
        )

    @property
    def url(self) -> str:
        """The URL of the credentials."""
        return f"http://{self._server.authority}{self._server.identities.path}"

    def __enter__(self) -> Self:
        self._refresh_timer.__enter__()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._refresh_timer.__exit__()


class EndpointServer(ThreadingHTTPServer):
    """HTTP server with one thread per connection and a limited number of connections."""

    daemon_threads = True
    block_on_close = False  # Threads end with their requests, whose duration is limited.

    def __init__(self, listener: socket.socket, identities: ServedIdentities, token: str) -> None:
        self.identities = identities
        self.token = token
        self._free_connections = threading.BoundedSemaphore(MAX_CONNECTIONS)
        self.address_family: int = listener.family
        super().__init__(listener.getsockname(), RequestHandler, bind_and_activate=False)
        self.socket.close()
        self.socket: socket.socket = listener
        host, port = listener.getsockname()[:2]
        self.authority: str = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.accepted_origins: set[str] = {self.authority, f"localhost:{port}"}

    def process_request(self, request: Any, client_address: Any) -> None:
        """Handle a connection in a new thread, or close it if there are too many."""
        if self._free_connections.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Handle a connection, then allow another one."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free_connections.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: a traceback could contain parts of the request."""
