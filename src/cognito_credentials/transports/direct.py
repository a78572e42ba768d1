"""HTTP/1.1 over the standard library's sockets, with connections kept alive.

A connection serves one request at a time. Idle ones wait in a deque, which threads share without a
lock, and are dropped when they are old, when the server has ended them, or after a fork.
"""

from __future__ import annotations

import os
import socket
import time
from collections import deque

from cognito_credentials.errors import TransportError
from cognito_credentials.transports import _failures
from cognito_credentials.transports._http1 import NotHttpError, TruncatedError, read_answer
from cognito_credentials.transports._tls import Tls
from cognito_credentials.transports._urls import authority_of, split_url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from cognito_credentials._core.http import HttpRequest, HttpResponse

    Origin: TypeAlias = tuple[str, str, int]  # scheme, host, port

__all__ = ["DirectTransport"]

MAX_IDLE_CONNECTIONS = 10
# Gateways forget a silent connection without a word, and the next request would wait in vain.
MAX_IDLE_SECONDS = 20.0
RECEIVE_BYTES = 64 * 1024


class DirectTransport:
    """Send requests without a proxy; the default.

    `connect_timeout` is for the connection with its TLS handshake, `request_timeout` for the whole
    exchange after that, both in seconds. Safe to use from several threads, and after a fork. A
    request is sent a second time in one case only: its connection had been used before and turns
    out to have ended before the first byte of an answer.
    """

    __slots__ = ("_closed", "_idle", "_pid", "_tls", "connect_timeout", "request_timeout")

    def __init__(
        self, *, connect_timeout: float = 5.0, request_timeout: float = 10.0, tls: Tls | None = None
    ) -> None:
        self.connect_timeout = connect_timeout
        self.request_timeout = request_timeout
        self._tls = tls or Tls()
        self._idle: dict[Origin, deque[tuple[float, socket.socket]]] = {}
        self._pid = os.getpid()
        self._closed = False

    def send(self, request: HttpRequest) -> HttpResponse:
        """Return the answer; see `Transport` in `ports`."""
        scheme, host, port, path = split_url(request.url)
        origin = (scheme, host, port)
        message = _message(request, authority_of(*origin), path)
        if (idle := self._take(origin)) is not None:
            try:
                return self._exchange(idle, origin, message)
            except EOFError:
                pass  # it ended while nobody looked
        connection = self._connect(origin)
        try:
            return self._exchange(connection, origin, message)
        except EOFError as error:
            raise TransportError(
                f"{authority_of(*origin)} closed the connection unanswered."
            ) from error

    def close(self) -> None:
        """Close the idle connections; one in use is closed after its answer."""
        self._closed = True
        self._drop_idle()

    def _exchange(self, connection: socket.socket, origin: Origin, message: bytes) -> HttpResponse:
        """Send and receive; raises `EOFError` where not one byte came back."""
        deadline = time.monotonic() + self.request_timeout

        def receive() -> bytes:
            connection.settimeout(max(deadline - time.monotonic(), 1e-6))
            return connection.recv(RECEIVE_BYTES)

        reusable = False
        try:
            connection.settimeout(self.request_timeout)
            _send_all(connection, message)
            response, reusable = read_answer(receive)
        except TimeoutError as error:
            raise _failures.request_timed_out(
                authority_of(*origin), self.request_timeout
            ) from error
        except TruncatedError as error:
            raise TransportError(f"The answer of {authority_of(*origin)} is cut off.") from error
        except NotHttpError as error:
            raise TransportError(
                f"What {authority_of(*origin)} answered is not HTTP: {error}.",
                hint="Check the scheme and port of endpoint_url.",
            ) from error
        except OSError as error:
            raise _failures.failure(authority_of(*origin), error) from error
        else:
            return response
        finally:
            if reusable and not self._closed:
                self._keep(origin, connection)
            else:
                connection.close()

    def _connect(self, origin: Origin) -> socket.socket:
        scheme, host, port = origin
        # Before the socket: this may find that a certificate cannot be read.
        context = self._tls.context() if scheme == "https" else None
        try:
            connection = _open(host, port, self.connect_timeout)
            if context is not None:
                connection = context.wrap_socket(connection, server_hostname=host)
        except TimeoutError as error:
            raise _failures.connect_timed_out(
                authority_of(*origin), self.connect_timeout
            ) from error
        except OSError as error:
            raise _failures.failure(authority_of(*origin), error) from error
        return connection

    def _take(self, origin: Origin) -> socket.socket | None:
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
            if time.monotonic() - since < MAX_IDLE_SECONDS and _is_open(connection):
                return connection
            connection.close()
        return None

    def _keep(self, origin: Origin, connection: socket.socket) -> None:
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


def _message(request: HttpRequest, host: str, path: str) -> bytes:
    lines = [f"{request.method} {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    lines += [f"Content-Length: {len(request.body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + request.body


def _send_all(connection: socket.socket, message: bytes) -> None:
    try:
        connection.sendall(message)
    except TimeoutError:
        raise
    except OSError:
        pass  # the server may have answered before it closed: reading tells


def _open(host: str, port: int, timeout: float) -> socket.socket:
    """Connect to the first address that answers, with `timeout` seconds for each.

    `socket.create_connection` would do, but that it encodes the host by a codec of which the import
    costs 4 ms.
    """
    failed: OSError | None = None
    for family, kind, protocol, _, address in socket.getaddrinfo(
        host.encode("ascii"), port, type=socket.SOCK_STREAM
    ):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(timeout)
            connection.connect(address)
        except OSError as error:
            connection.close()
            failed = error
        else:
            return connection
    try:
        raise failed or OSError("it has no address")
    finally:
        failed = None  # an error that its own frame holds is garbage for the collector


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
