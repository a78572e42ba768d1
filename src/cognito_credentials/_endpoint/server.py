"""Container-credentials endpoint on the loopback interface.

The AWS SDKs and Tools Reference Guide describes the protocol under "Container credential provider":
a GET request with a token in the `Authorization` header, and a JSON response. Any program on this
machine, and any web page in its browsers, can send requests to a loopback port, so the endpoint
returns credentials only if

- the request uses GET, arrives within one second and is at most 16 KiB long;
- its `Host` header names a loopback address, and its `Origin` header, if present, names the
  endpoint (after DNS rebinding to 127.0.0.1, a web page still sends its own host name);
- its `Authorization` header contains the token, which is compared in constant time.

A request waits for credentials for at most 1.2 seconds, because botocore gives up after 2 seconds.
Each connection carries one request. If there are too many connections, a new connection replaces
the oldest connection that has not sent the token.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from cognito_credentials._endpoint.listener import open_listener
from cognito_credentials._endpoint.requests import RequestHandler, describe_with_hint
from cognito_credentials._endpoint.served_credentials import RefreshTimer
from cognito_credentials._limited_server import LimitedServer

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from typing import Self

    from cognito_credentials._endpoint.served_credentials import ServedIdentities
    from cognito_credentials.errors import CognitoCredentialsError

__all__ = ["Endpoint", "EndpointServer"]

SHUTDOWN_POLL_INTERVAL_SECONDS = 0.1


class Endpoint:
    """Context manager that serves credentials to every client that sends the token.

    Args:
        identities: The identities to serve, which are closed with the endpoint.
        token: The required value of the `Authorization` header.
        listener: The listening socket, which is closed with the endpoint; by default, a new socket
            on any free port.
        describe_error: Function that returns the message of the response if a fetch fails.
    """

    def __init__(
        self,
        identities: ServedIdentities,
        token: str,
        listener: socket.socket | None = None,
        *,
        describe_error: Callable[[CognitoCredentialsError], str] = describe_with_hint,
    ) -> None:
        self._server = EndpointServer(listener or open_listener(), identities, token)
        self._server.describe_error = describe_error
        self._refresh_timer = RefreshTimer(identities)
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            args=(SHUTDOWN_POLL_INTERVAL_SECONDS,),
            name="cognito-endpoint",
            daemon=True,
        )

    @property
    def url(self) -> str:
        """The URL from which clients request credentials."""
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
        self.describe_error: Callable[[CognitoCredentialsError], str] = describe_with_hint
        self.identities = identities
        self.token = token
        super().__init__(listener, RequestHandler)
        host, port = listener.getsockname()[:2]
        self.authority: str = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.accepted_origins: set[str] = {self.authority, f"localhost:{port}"}
