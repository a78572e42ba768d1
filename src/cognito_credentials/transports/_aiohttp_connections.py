"""Connections of the aiohttp transport, with one deadline for a whole exchange.

aiohttp's own time limits apply to each read (`sock_read`), or include the wait for a free connection
(`connect`, `total`), and aiohttp accepts a response that arrives before the request is sent.
Therefore, this connector opens connections itself, applies the time limits of the exchange, and
checks a connection before it is reused.
"""

from __future__ import annotations

import asyncio
import sys
from contextvars import ContextVar
from weakref import WeakSet

import aiohttp
from aiohttp.client_proto import ResponseHandler

from cognito_credentials.transports._routes import open_connection
from cognito_credentials.transports._sockets import MAX_RESPONSE_BYTES, is_readable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cognito_credentials.transports._routes import Route

__all__ = ["Connector", "HttpExchange"]

# The bytes of the last read are not counted, because they may include the body. Without a limit,
# parsing a flood of interim responses would block the event loop.
MAX_HEAD_BYTES = 64 * 1024
MAX_COMPARED_BYTES = 64


class HttpExchange:
    """Connection and time limits of one request; see also `_sockets.HttpExchange`.

    Args:
        route: The hops to the server.
        connect_timeout: Seconds for connecting, in total: host name lookup, all addresses, and the
            tunnel through a proxy.
        request_timeout: Seconds for TLS, request and response, in total.

    Attributes:
        limit: The timeout of the current task. When it expires, the exchange ends.
        is_connecting, received, handled, requires_new_connection: See `_sockets.HttpExchange`.
        has_head: Whether the status and the headers of the response have been read.
        is_too_large: Whether the response exceeds the maximum size.
        connection_failure: The exception that ended the connection; None if there was none.
    """

    limit: asyncio.Timeout

    def __init__(self, route: Route, connect_timeout: float, request_timeout: float) -> None:
        self.route: Route = route
        self.connect_timeout: float = connect_timeout
        self.request_timeout: float = request_timeout
        self.is_connecting = False
        self.is_too_large = False
        self.has_head = False
        self.connection_failure: Exception | None = None
        self.received = 0
        self.handled = sys.exception()
        self.requires_new_connection = False
        self._loop = asyncio.get_running_loop()
        self._request_seconds_left = request_timeout
        self._deadline = 0.0
        self._has_connected = False
        self._timer: asyncio.TimerHandle | None = None
        self._protocol: _Protocol | None = None

    def start_connecting(self) -> None:
        """Start the time limit for connecting; pause the time limit of a request."""
        self._has_connected = self.is_connecting = True
        now = self._loop.time()
        if self._deadline:
            self._request_seconds_left = self._deadline - now
        self._deadline = now + self.connect_timeout
        self._start_timer(now)

    def start_request(self) -> None:
        """Start the time limit for TLS, request and response."""
        self.is_connecting = False
        now = self._loop.time()
        self._deadline = now + self._request_seconds_left
        if self._timer is None:
            self._start_timer(now)

    def can_resend(self) -> bool:
        """Return True if a failed request may be sent again; see `_sockets.HttpExchange`."""
        return not (self._has_connected or self.received or self.has_expired())

    def has_expired(self) -> bool:
        """Return True if a time limit ended the exchange."""
        return self.limit.expired()

    def add_received(self, count: int) -> bool:
        """Count received bytes; end the exchange and return False if the response is too large."""
        if self.received > MAX_HEAD_BYTES and not self.has_head:
            self.is_too_large = True
        self.received += count
        if self.received > MAX_RESPONSE_BYTES:
            self.is_too_large = True
        if self.is_too_large:
            self._expire()
        return not self.is_too_large

    def use(self, protocol: _Protocol) -> None:
        """Set the connection that carries the exchange's request."""
        protocol.exchange = self
        self._protocol = protocol

    def finish(self, response_end: bytes | None) -> None:
        """Separate the exchange from its connection; close the connection unless it can be reused.

        Args:
            response_end: The last bytes of the response; None if there is no complete response.
        """
        self._cancel_timer()
        if (protocol := self._protocol) is not None and protocol.exchange is self:
            protocol.exchange = None
            if not protocol.is_connected() or not protocol.has_received_last(response_end):
                protocol.abort_connection()

    def _start_timer(self, now: float) -> None:
        # A single timer serves both limits, because timers are most of the cost of a deadline.
        self._cancel_timer()
        seconds = min(self.connect_timeout, self._request_seconds_left)
        self._timer = self._loop.call_at(now + seconds, self._check)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _check(self) -> None:
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._check)
        else:
            self._expire()

    def _expire(self) -> None:
        if not self.limit.expired():
            self.limit.reschedule(self._loop.time())


class Connector(aiohttp.BaseConnector):
    """Connector that opens connections within the time limits of the current task's exchange."""

    current: ContextVar[HttpExchange] = ContextVar("cognito_credentials_exchange")

    def __init__(self) -> None:
        super().__init__()
        self._protocols: WeakSet[_Protocol] = WeakSet()

    def abort(self) -> None:
        """Close all connections immediately, because a graceful close would wait for the peers."""
        for protocol in list(self._protocols):
            protocol.abort_connection()

    async def connect(self, *args: Any, **kwargs: Any) -> Any:
        """Return a pooled connection on which nothing unexpected arrived, or a new connection."""
        exchange = self.current.get()
        # The wait for a free connection has no time limit: the requests of a burst are served in
        # turn, and each request ahead of this one has a time limit.
        while True:
            connection = await super().connect(*args, **kwargs)
            protocol = connection.protocol
            assert isinstance(protocol, _Protocol)
            if protocol.exchange is exchange:  # The connection is new.
                return connection
            if not exchange.requires_new_connection and protocol.is_reusable():
                exchange.use(protocol)
                exchange.start_request()
                return connection
            connection.close()
            protocol.abort_connection()

    async def _create_connection(self, *_args: Any, **_kwargs: Any) -> Any:
        exchange = self.current.get()
        exchange.start_connecting()
        protocol = _Protocol(loop=asyncio.get_running_loop())
        self._protocols.add(protocol)
        exchange.use(protocol)
        await open_connection(
            exchange.route, protocol, exchange.connect_timeout, exchange.start_request
        )
        return protocol


class _Protocol(ResponseHandler):
    """Parser for responses; closes the connection if bytes arrive without a request."""

    exchange: HttpExchange | None = None
    _last_received = b""
    # Unlike `transport`, this attribute remains set while the connection closes.
    _opened: asyncio.Transport | None = None

    def connection_made(self, transport: Any) -> None:
        self._opened = transport
        super().connection_made(transport)

    def abort_connection(self) -> None:
        """Close the connection immediately; `close` would wait for a response from a TLS peer."""
        if self._opened is not None:
            self._opened.abort()

    def data_received(self, data: bytes) -> None:
        if self.exchange is None:
            self.abort_connection()
        elif self.exchange.add_received(len(data)):
            self._last_received = (self._last_received + data)[-MAX_COMPARED_BYTES:]
            super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        if self.exchange is not None and isinstance(exc, Exception):
            self.exchange.connection_failure = exc
        super().connection_lost(exc)

    def has_received_last(self, response_end: bytes | None) -> bool:
        """Return True if the last received bytes are the end of the response.

        aiohttp's parser does not report whether it has received the beginning of another response.
        """
        return response_end is not None and self._last_received.endswith(
            response_end[-MAX_COMPARED_BYTES:]
        )

    def is_reusable(self) -> bool:
        """Return True if the connection is open, and nothing has arrived since its last response."""
        transport = self.transport
        if transport is None or self.should_close or self.exchange is not None:
            return False
        # The event loop may not have delivered all received bytes yet.
        return not is_readable(transport.get_extra_info("socket").fileno())
