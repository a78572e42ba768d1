"""Sockets with one deadline for a whole exchange: connecting, then request and response.

A socket's own timeout applies to each read, so a server that sends one byte at a time never
exceeds the timeout. Instead, these sockets get their timeout from the exchange that runs in the
current thread: before each read and write, they set the timeout to the remaining time of the
exchange. This works with any library that uses blocking sockets, such as http.client and urllib3.
"""

from __future__ import annotations

import select
import socket
import sys
import threading
import time
from errno import EAGAIN

from cognito_credentials._core.http import MAX_BODY_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from io import BufferedReader
    from typing import Any

    Base = socket.socket
else:
    Base = object

__all__ = [
    "HttpExchange",
    "TimedMixin",
    "TimedSocket",
    "current_exchange",
    "is_readable",
]

# The limit includes interim responses, headers, chunk sizes and trailers, which HTTP does not
# limit.
MAX_RESPONSE_BYTES = MAX_BODY_BYTES + 512 * 1024


class HttpExchange:
    """Time limits of one request, from the host name lookup to the last byte of the response.

    Use this class as a context manager: inside the `with` block, the sockets that the current
    thread uses obey these limits.

    Args:
        connect_timeout: Seconds for connecting, in total: host name lookup, all addresses, and the
            tunnel through a proxy.
        request_timeout: Seconds for TLS, request and response, in total.

    Attributes:
        is_connecting: Whether the connect timeout applies now.
        received: Number of bytes received since the exchange began.
        handled: The exception that the caller was handling when the exchange began.
        requires_new_connection: Whether idle connections must not be used.
    """

    __slots__ = (
        "_deadline",
        "_has_connected",
        "_outer",
        "_request_seconds_left",
        "connect_timeout",
        "handled",
        "is_connecting",
        "received",
        "request_timeout",
        "requires_new_connection",
    )

    def __init__(self, connect_timeout: float, request_timeout: float) -> None:
        self.connect_timeout: float = connect_timeout
        self.request_timeout: float = request_timeout
        self._request_seconds_left = request_timeout
        self._deadline = 0.0
        self._outer: HttpExchange | None = None
        self._has_connected = False
        self.is_connecting = False
        self.received = 0
        self.handled = sys.exception()
        self.requires_new_connection = False

    def __enter__(self) -> None:
        # Exchanges can be nested, because a signal handler may send a request while this thread is
        # sending another.
        self._outer = _running.exchange
        _running.exchange = self

    def __exit__(self, *_: object) -> None:
        _running.exchange = self._outer

    def start_connecting(self) -> None:
        """Start the time limit for connecting; pause the time limit of a request."""
        now = time.monotonic()
        if self._deadline:
            self._request_seconds_left = self._deadline - now
        self._deadline = now + self.connect_timeout
        self.is_connecting = self._has_connected = True

    def start_request(self) -> None:
        """Start the time limit for TLS, request and response."""
        self._deadline = time.monotonic() + self._request_seconds_left
        self.is_connecting = False

    def remaining(self) -> float:
        """Return the remaining time in seconds, which is always more than 0.

        Raises:
            TimeoutError: If no time is left.
        """
        seconds = self._deadline - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds

    def has_expired(self) -> bool:
        """Return True if no time is left."""
        return time.monotonic() >= self._deadline

    def can_resend(self) -> bool:
        """Return True if a failed request may be sent again on a new connection.

        A server may close an idle connection at the moment when a request is sent on the connection.
        """
        return not (self._has_connected or self.received or self.has_expired())

    def add_received(self, count: int) -> None:
        """Count received bytes.

        Raises:
            MalformedResponseError: If the response is too large.
        """
        self.received += count
        if self.received > MAX_RESPONSE_BYTES:
            from cognito_credentials.transports import _errors

            raise _errors.response_too_large(MAX_RESPONSE_BYTES)


class _Running(threading.local):
    exchange: HttpExchange | None = None


_running = _Running()


def current_exchange() -> HttpExchange:
    """Return the exchange that runs in this thread."""
    exchange = _running.exchange
    assert exchange is not None
    return exchange


def is_readable(descriptor: int) -> bool:
    """Return True if a socket has unread bytes, has been closed by the other side, or has failed."""
    # Windows has no `poll`, but its `select` accepts sockets with descriptors above 1023.
    if not hasattr(select, "poll"):
        return bool(select.select([descriptor], [], [], 0)[0])
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


class TimedMixin(Base):
    """Socket methods that obey the time limits of the current thread's exchange; see the module docstring.

    Attributes:
        has_surplus: Whether bytes followed the end of a response.
    """

    has_surplus = False
    _is_response_complete = False
    _unread = b""

    def unread(self, data: bytes) -> None:
        """Put received bytes back; `recv_into` returns them before it receives more."""
        self._unread = data

    def recv_into(self, buffer: Any, *args: Any, **kwargs: Any) -> int:
        if self._is_response_complete:
            raise BlockingIOError(EAGAIN, "the response is complete")
        if self._unread:
            count = min(len(buffer), len(self._unread))
            buffer[:count], self._unread = self._unread[:count], self._unread[count:]
            return count
        if (exchange := _running.exchange) is None:
            return super().recv_into(buffer, *args, **kwargs)
        self.settimeout(exchange.remaining())
        count = super().recv_into(buffer, *args, **kwargs)
        exchange.add_received(count)
        return count

    def recv(self, *args: Any, **kwargs: Any) -> bytes:
        if (exchange := _running.exchange) is None:
            return super().recv(*args, **kwargs)
        self.settimeout(exchange.remaining())
        data = super().recv(*args, **kwargs)
        exchange.add_received(len(data))
        return data

    def send(self, *args: Any, **kwargs: Any) -> int:
        self._set_timeout()
        return super().send(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self._set_timeout()
        super().sendall(*args, **kwargs)

    def makefile(self, mode: str = "r", buffering: int | None = None, **kwargs: Any) -> Any:
        """Return a file object; the file object for http.client sets `has_surplus`."""
        if mode == "rb" and buffering is None:
            from cognito_credentials.transports._http_client import ResponseReader

            return ResponseReader(self, super().makefile("rb", 0))
        return super().makefile(mode, buffering, **kwargs)  # type: ignore[call-overload]

    def is_reusable(self) -> bool:
        """Return True if an idle connection is open, and nothing has arrived since its response."""
        return not self.has_surplus and not is_readable(self.fileno())

    def _set_timeout(self) -> None:
        if (exchange := _running.exchange) is not None:
            self.settimeout(exchange.remaining())

    def look_for_surplus(self, reader: BufferedReader) -> None:
        """Set `has_surplus` if a reader has received bytes after the end of the response."""
        self._is_response_complete = True  # Otherwise, `peek` could block on the socket.
        try:
            self.has_surplus = self.has_surplus or bool(self._unread or reader.peek(1))
        except (OSError, ValueError):
            self.has_surplus = True  # A connection whose reader fails must not be reused.
        finally:
            self._is_response_complete = False


class TimedSocket(TimedMixin, socket.socket):
    """TCP socket that obeys the time limits of the current thread's exchange."""
