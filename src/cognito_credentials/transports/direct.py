"""HTTP/1.1 over the standard library's `http.client`, with persistent connections.

urllib3 is not used here because its import takes as long as the JavaScript SDK takes to get
credentials (docs/benchmarks.md). Proxies, which are hard to get right, are left to urllib3.

A connection serves one request at a time. Idle connections wait in a deque, which threads share
without a lock, and are closed if they are too old, if the server has closed them, or after a fork.
"""

from __future__ import annotations

import os
import socket
import time
from collections import deque
from http.client import (
    HTTPConnection,
    HTTPException,
    HTTPSConnection,
    IncompleteRead,
    RemoteDisconnected,
)

from cognito_credentials._core.http import MAX_BODY_BYTES, HttpRequest, HttpResponse, header_dict
from cognito_credentials.errors import TransportError
from cognito_credentials.transports._tls import TlsSettings
from cognito_credentials.transports._urls import format_authority, split_url

__all__ = ["DirectTransport"]

Origin = tuple[str, str, int]  # scheme, host, port

MAX_IDLE_CONNECTIONS = 10
# Gateways discard idle connections silently, and a request on such a connection would time out.
MAX_IDLE_SECONDS = 20.0


class DirectTransport:
    """Default transport: sends requests without a proxy.

    Several threads may use a transport at once, also after a fork. A request is sent a second time
    only if a reused connection turns out to have been closed before the first byte of a response.

    Args:
        connect_timeout: Seconds for connecting and for the TLS handshake.
        request_timeout: Seconds for each wait for a part of the response.
        tls: TLS settings.
    """

    __slots__ = ("_closed", "_idle", "_pid", "_tls", "connect_timeout", "request_timeout")

    def __init__(
        self,
        *,
        connect_timeout: float = 5.0,
        request_timeout: float = 10.0,
        tls: TlsSettings | None = None,
    ) -> None:
        self._idle: dict[Origin, deque[tuple[float, HTTPConnection]]] = {}
        self.connect_timeout: float = connect_timeout
        self.request_timeout: float = request_timeout
        self._tls = tls or TlsSettings()
        self._pid = os.getpid()
        self._closed = False

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send a request and return the response; see `cognito_credentials.ports.Transport`."""
        scheme, host, port, path = split_url(request.url)
        origin = (scheme, host, port)
        try:
            if (idle := self._take_idle(origin)) is not None:
                try:
                    return self._exchange(idle, origin, path, request)
                except ConnectionError:
                    pass  # the server closed the connection after the check
            return self._exchange(self._connect(origin), origin, path, request)
        except OSError as error:
            raise self._transport_error(origin, error) from error
        except HTTPException as error:
            transport_error = self._transport_error(origin, error)
        # Raised outside the handler: the exceptions of http.client hold parts of the response.
        raise transport_error

    def close(self) -> None:
        """Close the idle connections; a connection in use is closed after its response."""
        self._closed = True
        self._close_idle()

    def __del__(self) -> None:
        # A script that never closes its provider should not see a ResourceWarning.
        self._close_idle()

    def _exchange(
        self, connection: HTTPConnection, origin: Origin, path: str, request: HttpRequest
    ) -> HttpResponse:
        is_reusable = False
        try:
            connection.request(request.method, path, request.body, request.headers)
            response = connection.getresponse()
            with response:
                body = response.read(MAX_BODY_BYTES + 1)
                if len(body) > MAX_BODY_BYTES:
                    from cognito_credentials.transports import _errors

                    raise _errors.body_too_large()
                if response.length:  # `read` with a limit does not raise if the body is cut off
                    raise IncompleteRead(b"", response.length)
                is_reusable = not (response.will_close or self._closed)
            headers = header_dict(response.headers.items())
            return HttpResponse(response.status, headers, body)
        finally:
            if is_reusable:
                self._put_idle(origin, connection)
            else:
                connection.close()

    def _connect(self, origin: Origin) -> HTTPConnection:
        scheme, host, port = origin
        timeout = self.connect_timeout
        connection = (
            HTTPSConnection(host, port, timeout=timeout, context=self._tls.ssl_context())
            if scheme == "https"
            else HTTPConnection(host, port, timeout=timeout)
        )
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            from cognito_credentials.transports import _errors

            destination = format_authority(*origin)
            if isinstance(error, TimeoutError):
                raise _errors.connect_timeout_error(destination, timeout) from error
            raise _errors.connection_error(destination, error) from error
        connection.sock.settimeout(self.request_timeout)
        return connection

    def _transport_error(self, origin: Origin, error: OSError | HTTPException) -> TransportError:
        # Imported here: most processes never need an error.
        from cognito_credentials.transports import _errors

        destination = format_authority(*origin)
        if isinstance(error, TimeoutError):
            return _errors.request_timeout_error(destination, self.request_timeout)
        if isinstance(error, RemoteDisconnected):
            return _errors.connection_closed(destination)
        if isinstance(error, IncompleteRead):
            return _errors.incomplete_response(destination)
        if isinstance(error, OSError):
            return _errors.connection_error(destination, error)
        return _errors.invalid_response(destination, error)

    def _take_idle(self, origin: Origin) -> HTTPConnection | None:
        if self._pid != os.getpid():
            # The parent process still uses these connections; this closes the copies of the child.
            self._close_idle()
            self._pid = os.getpid()
        idle = self._idle.get(origin)
        while idle:
            try:
                since, connection = idle.pop()
            except IndexError:  # another thread has taken the last connection
                break
            if time.monotonic() - since < MAX_IDLE_SECONDS and _is_open(connection.sock):
                connection.sock.settimeout(self.request_timeout)
                return connection
            connection.close()
        return None

    def _put_idle(self, origin: Origin, connection: HTTPConnection) -> None:
        idle = self._idle.setdefault(origin, deque())
        if len(idle) < MAX_IDLE_CONNECTIONS:
            idle.append((time.monotonic(), connection))
        else:
            connection.close()

    def _close_idle(self) -> None:
        closing, self._idle = self._idle, {}
        for idle in closing.values():
            while idle:
                idle.pop()[1].close()


def _is_open(connection: socket.socket) -> bool:
    """Return True if an idle connection has neither unread bytes nor been closed."""
    connection.settimeout(0)
    try:
        # Calls the method of the base class, since `recv` of a TLS socket cannot peek.
        socket.socket.recv(connection, 1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False
