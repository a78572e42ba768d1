"""HTTP/1.1 over the sockets of the standard library, with persistent connections.

urllib3 is not used here because its import takes as long as the JavaScript SDK takes to get
credentials (docs/benchmarks.md). urllib3 is used for proxies, which are hard to implement
correctly.

A connection serves one request at a time. Idle connections wait in a deque, which threads share
without a lock. An idle connection is closed if it is too old, if the server has closed it, or after
a fork.
"""

from __future__ import annotations

import os
import time
from collections import deque

from cognito_credentials._core.http import HttpRequest, HttpResponse
from cognito_credentials._external_text import HiddenBytes
from cognito_credentials.errors import CognitoCredentialsError
from cognito_credentials.transports._addresses import encode_host, open_socket
from cognito_credentials.transports._responses import read_response
from cognito_credentials.transports._sockets import HttpExchange
from cognito_credentials.transports._tls import TlsSettings
from cognito_credentials.transports._urls import format_authority, split_url, to_ascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ssl import SSLContext

    from cognito_credentials.transports._sockets import TimedMixin

__all__ = ["DirectTransport"]

Origin = tuple[str, str, int]  # Scheme, host and port.

MAX_IDLE_CONNECTIONS = 10
# Gateways discard idle connections silently, and a request on such a connection would time out.
MAX_IDLE_SECONDS = 20.0


class DirectTransport:
    """Default transport: sends requests without a proxy.

    Several threads may use a transport at the same time, even after a fork. A request is sent a
    second time only if a reused connection turns out to have been closed before the first byte of a
    response.

    Args:
        connect_timeout: Seconds for connecting, in total: host name lookup and all addresses.
        request_timeout: Seconds for TLS, request and response, in total.
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
        self._idle: dict[Origin, deque[tuple[float, TimedMixin]]] = {}
        self.connect_timeout: float = connect_timeout
        self.request_timeout: float = request_timeout
        self._tls = tls or TlsSettings()
        self._pid = os.getpid()
        self._closed = False

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send a request and return the response; see `cognito_credentials.ports.Transport`."""
        scheme, host, port, path = split_url(request.url)
        origin = (scheme, host, port)
        exchange = HttpExchange(self.connect_timeout, self.request_timeout)
        try:
            with exchange:
                return self._send(origin, path, request, exchange)
        except CognitoCredentialsError:
            raise
        except Exception as error:  # noqa: BLE001 - libraries raise more than they document
            # Imported here, because most processes never raise this error.
            from cognito_credentials.transports import _errors

            transport_error = _errors.exchange_error(format_authority(*origin), error, exchange)
            # Only operating-system errors become the cause, because http.client errors contain
            # parts of the response.
            cause = error if isinstance(error, OSError) else None
        raise transport_error from cause

    def close(self) -> None:
        """Close the idle connections; a connection in use is closed after its response."""
        self._closed = True
        self._close_idle()

    def __del__(self) -> None:
        # A script that never closes its provider should not see a ResourceWarning.
        self._close_idle()

    def _send(
        self, origin: Origin, path: str, request: HttpRequest, exchange: HttpExchange
    ) -> HttpResponse:
        if (idle := self._take_idle(origin)) is not None:
            exchange.start_request()
            try:
                return self._exchange(idle, origin, path, request)
            except OSError:
                if not exchange.can_resend():
                    raise
        return self._exchange(self._connect(origin, exchange), origin, path, request)

    def _exchange(
        self, connection: TimedMixin, origin: Origin, path: str, request: HttpRequest
    ) -> HttpResponse:
        is_reusable = False
        try:
            connection.sendall(_serialize(request, origin, path))
            response, is_reusable = read_response(connection, request.method)
            return response
        finally:
            if is_reusable and not self._closed and not connection.has_surplus:
                self._put_idle(origin, connection)
            else:
                connection.close()

    def _connect(self, origin: Origin, exchange: HttpExchange) -> TimedMixin:
        scheme, host, port = origin
        context = self._tls.ssl_context() if scheme == "https" else None
        exchange.start_connecting()
        connected: TimedMixin = open_socket(host, port, exchange)
        exchange.start_request()
        if context is not None:
            connected = _wrap(connected, context, host)
        return connected

    def _take_idle(self, origin: Origin) -> TimedMixin | None:
        if self._pid != os.getpid():
            # The parent process still uses these connections, so close only the child's copies.
            self._close_idle()
            self._pid = os.getpid()
        idle = self._idle.get(origin)
        while idle:
            try:
                since, connection = idle.pop()
            except IndexError:  # Another thread took the last connection.
                break
            if time.monotonic() - since < MAX_IDLE_SECONDS and connection.is_reusable():
                return connection
            connection.close()
        return None

    def _put_idle(self, origin: Origin, connection: TimedMixin) -> None:
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


def _serialize(request: HttpRequest, origin: Origin, path: str) -> bytes:
    """Return a request as a single bytes object, so that it can be sent in one packet.

    Raises:
        ValueError: If a header contains a line break, or the path is not percent-encoded ASCII.
    """
    scheme, host, port = origin
    headers = {
        "Host": format_authority(scheme, to_ascii(host), port),
        "Accept-Encoding": "identity",
        "Content-Length": str(len(request.body)),
    }
    names = {name.lower() for name in request.headers}
    lines = [f"{request.method} {path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items() if name.lower() not in names]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    head = "\r\n".join(lines)
    if head.count("\r") + head.count("\n") != 2 * (len(lines) - 1):
        raise ValueError("a header contains a line break")
    if not path.isascii() or " " in path:
        raise ValueError("the path of the URL is not encoded")
    return HiddenBytes(head.encode("latin-1") + b"\r\n\r\n" + request.body)


def _wrap(connected: TimedMixin, context: SSLContext, host: str) -> TimedMixin:
    """Return a TLS socket over a connected socket; if the handshake fails, close the connection."""
    try:
        # If the connection has been reset, this call raises an error, but `wrap_socket` may return
        # a socket that does not encrypt.
        connected.getpeername()
        return context.wrap_socket(connected, server_hostname=encode_host(host))  # type: ignore[return-value]
    except BaseException:
        connected.close()
        raise
