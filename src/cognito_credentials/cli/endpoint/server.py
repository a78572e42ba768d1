"""Container-credentials endpoint on the loopback interface.

The protocol is that of the AWS SDKs and Tools Reference Guide, "Container credential provider": a
GET request with a token in the `Authorization` header, and a JSON response. Any program and any web
page on this machine can reach a loopback port, so the endpoint returns credentials only if

- the request is a GET, complete within one second and within 16 KiB;
- its `Host` header names a loopback address, and its `Origin` header, if present, the endpoint. A web
  page whose host name was rebound to 127.0.0.1 (DNS rebinding) sends its own host name;
- it contains the token. The comparison takes constant time.

A response takes at most 1.5 seconds, since botocore gives up after 2. Each connection carries one
request. Connections that have not sent the token are closed if there are too many.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from cognito_credentials._limited_server import LimitedServer
from cognito_credentials.cli.endpoint.listener import open_listener
from cognito_credentials.cli.endpoint.requests import RequestHandler
from cognito_credentials.cli.endpoint.served_credentials import RefreshTimer

if TYPE_CHECKING:
    import socket
    from typing import Self

    from cognito_credentials.cli.endpoint.served_credentials import ServedIdentities

__all__ = ["Endpoint", "EndpointServer"]

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


class EndpointServer(LimitedServer):
    """HTTP server of an endpoint."""

    def __init__(self, listener: socket.socket, identities: ServedIdentities, token: str) -> None:
        self.identities = identities
        self.token = token
        super().__init__(listener, RequestHandler)
        host, port = listener.getsockname()[:2]
        self.authority: str = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.accepted_origins: set[str] = {self.authority, f"localhost:{port}"}
