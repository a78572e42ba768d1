"""HTTP/1.1 by the standard library's `http.client`, with connections kept alive.

urllib3 would do as well, but for its import, which alone takes as long as the JavaScript SDK's
whole way to credentials; see docs/benchmarks.md. What is hard, proxies, is left to it.

A connection serves one request at a time. Idle ones wait in a deque, which threads share without a
lock, and are dropped when they are old, when the server has ended them, or after a fork.
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
from cognito_credentials.transports import _failures
from cognito_credentials.transports._tls import Tls
from cognito_credentials.transports._urls import authority_of, split_url

__all__ = ["DirectTransport"]

Origin = tuple[str, str, int]  # scheme, host, port

MAX_IDLE_CONNECTIONS = 10
# Gateways forget a silent connection without a word, and the next request would wait in vain.
MAX_IDLE_SECONDS = 20.0


class DirectTransport:
    """Send requests without a proxy; the default.

    `connect_timeout` is for the connection and for its TLS handshake, `request_timeout` for each
    wait for the answer, both in seconds. Safe to use from several threads, and after a fork. A
    request is sent a second time in one case only: its connection had been used before and turns
    out to have ended before the first byte of an answer.
    """

    __slots__ = ("_closed", "_idle", "_pid", "_tls", "connect_timeout", "request_timeout")

    def __init__(
        self, *, connect_timeout: float = 5.0, request_timeout: float = 10.0, tls: Tls | None = None
    ) -> None:
        self._idle: dict[Origin, deque[tuple[float, HTTPConnection]]] = {}
        self.connect_timeout = connect_timeout
        self.request_timeout = request_timeout
        self._tls = tls or Tls()
        self._pid = os.getpid()
        self._closed = False

    def send(self, request: HttpRequest) -> HttpResponse:
        """Return the answer; see `Transport` in `ports`."""
        scheme, host, port, path = split_url(request.url)
        origin = (scheme, host, port)
        try:
            if (idle := self._take(origin)) is not None:
                try:
                    return self._exchange(idle, origin, path, request)
                except ConnectionError:
                    pass  # it ended while nobody looked
            return self._exchange(self._connect(origin), origin, path, request)
        except OSError as error:
            raise self._failure(origin, error) from error
        except HTTPException as error:
            failure = self._failure(origin, error)
        # Without a context: http.client's errors hold what had come of the answer.
        raise failure

    def close(self) -> None:
        """Close the idle connections; one in use is closed after its answer."""
        self._closed = True
        self._drop_idle()

    def __del__(self) -> None:
        # A provider that a script never closed is no reason for a ResourceWarning.
        self._drop_idle()

    def _exchange(
        self, connection: HTTPConnection, origin: Origin, path: str, request: HttpRequest
    ) -> HttpResponse:
        reusable = False
        try:
            connection.request(request.method, path, request.body, request.headers)
            answer = connection.getresponse()
            with answer:
                body = answer.read(MAX_BODY_BYTES + 1)
                if len(body) > MAX_BODY_BYTES:
                    raise _failures.body_too_large()
                if answer.length:  # `read` with a limit does not complain
                    raise IncompleteRead(b"", answer.length)
                reusable = not (answer.will_close or self._closed)
            headers = header_dict(answer.headers.items())
            return HttpResponse(answer.status, headers, body)
        finally:
            if reusable:
                self._keep(origin, connection)
            else:
                connection.close()

    def _connect(self, origin: Origin) -> HTTPConnection:
        scheme, host, port = origin
        connection = (
            HTTPSConnection(host, port, timeout=self.connect_timeout, context=self._tls.context())
            if scheme == "https"
            else HTTPConnection(host, port, timeout=self.connect_timeout)
        )
        try:
            connection.connect()
        except TimeoutError as error:
            connection.close()
            place = authority_of(*origin)
            raise _failures.connect_timed_out(place, self.connect_timeout) from error
        except OSError as error:
            connection.close()
            raise _failures.failure(authority_of(*origin), error) from error
        connection.sock.settimeout(self.request_timeout)
        return connection

    def _failure(self, origin: Origin, error: OSError | HTTPException) -> TransportError:
        place = authority_of(*origin)
        if isinstance(error, TimeoutError):
            return _failures.request_timed_out(place, self.request_timeout)
        if isinstance(error, RemoteDisconnected):
            return TransportError(f"{place} closed the connection unanswered.")
        if isinstance(error, IncompleteRead):
            return TransportError(f"The answer of {place} is cut off.")
        if isinstance(error, OSError):
            return _failures.failure(place, error)
        return TransportError(
            f"What {place} answered is not HTTP ({type(error).__name__}).",
            hint="Check the scheme and port of endpoint_url.",
        )

    def _take(self, origin: Origin) -> HTTPConnection | None:
        if self._pid != os.getpid():
            # The parent goes on using these connections: only our copies of them are closed.
            self._drop_idle()
            self._pid = os.getpid()
        idle = self._idle.get(origin)
        while idle:
            try:
                since, connection = idle.pop()
            except IndexError:  # another thread was faster
                break
            if time.monotonic() - since < MAX_IDLE_SECONDS and _is_open(connection.sock):
                connection.sock.settimeout(self.request_timeout)
                return connection
            connection.close()
        return None

    def _keep(self, origin: Origin, connection: HTTPConnection) -> None:
        idle = self._idle.setdefault(origin, deque())
        if len(idle) < MAX_IDLE_CONNECTIONS:
            idle.append((time.monotonic(), connection))
        else:
            connection.close()

    def _drop_idle(self) -> None:
        dropped, self._idle = self._idle, {}
        for idle in dropped.values():
            while idle:
                idle.pop()[1].close()


def _is_open(connection: socket.socket) -> bool:
    """Say whether an idle connection is still good: it has nothing to tell, not even its end."""
    connection.settimeout(0)
    try:
        # The class's own method looks below TLS, whose `recv` cannot peek.
        socket.socket.recv(connection, 1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False
