"""HTTP over aiohttp, for the async API; the extra `aio` installs aiohttp."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncGenerator, Mapping
from http import HTTPStatus
from weakref import WeakKeyDictionary

from cognito_credentials._core.http import MAX_BODY_BYTES, HttpRequest, HttpResponse, header_dict
from cognito_credentials.errors import CognitoCredentialsError
from cognito_credentials.transports import _errors
from cognito_credentials.transports._proxies import select_proxy
from cognito_credentials.transports._routes import Route
from cognito_credentials.transports._sockets import MAX_RESPONSE_BYTES
from cognito_credentials.transports._tls import TlsSettings

try:
    import aiohttp
except ImportError as _error:
    from cognito_credentials._core.missing_packages import missing_package

    raise missing_package("aiohttp", extra="aio") from _error

from cognito_credentials.transports._aiohttp_connections import Connector, HttpExchange

__all__ = ["AiohttpTransport"]

MAX_ROUTES = 100
END_OF_HEAD = b"\r\n\r\n"  # Also the end of the trailers after the last chunk.


class AiohttpTransport:
    """Transport with one `ClientSession` per event loop.

    The session of a loop stays open until `aclose` is awaited in that loop, or the loop ends.

    Args:
        connect_timeout: Seconds for connecting, in total: host name lookup, all addresses, and the
            tunnel through a proxy. Waiting for one of at most 100 connections to become free does
            not count.
        request_timeout: Seconds for TLS, request and response, in total.
        tls: TLS settings.
        proxies: Proxy URLs by scheme; the key "no" lists the hosts to connect to directly.
    """

    __slots__ = ("_proxies", "_routes", "_sessions", "_tls", "connect_timeout", "request_timeout")

    def __init__(
        self,
        *,
        connect_timeout: float = 5.0,
        request_timeout: float = 10.0,
        tls: TlsSettings | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> None:
        self.connect_timeout: float = connect_timeout
        self.request_timeout: float = request_timeout
        self._tls = tls or TlsSettings()
        self._proxies = proxies
        self._routes: dict[str, Route] = {}
        self._sessions: WeakKeyDictionary[asyncio.AbstractEventLoop, _Session] = WeakKeyDictionary()

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Send a request and return the response; see `cognito_credentials.ports.AsyncTransport`."""
        route = self._route(request.url)
        exchange = HttpExchange(route, self.connect_timeout, self.request_timeout)
        session = await self._session()
        try:
            async with asyncio.timeout(None) as exchange.limit:
                try:
                    return await session.send(request, exchange)
                except (OSError, aiohttp.ClientError):
                    if not exchange.can_resend():
                        raise
                exchange.requires_new_connection = True
                return await session.send(request, exchange)
        except CognitoCredentialsError:
            raise
        except Exception as error:  # noqa: BLE001 - libraries raise more than they document
            transport_error = (
                _errors.response_too_large(MAX_RESPONSE_BYTES)
                if exchange.is_too_large
                else _errors.exchange_error(route.destination, error, exchange)
            )
        # Raise the error outside the `except` block, so that aiohttp's exception, which holds the
        # request with its headers, does not become the context.
        raise transport_error

    async def aclose(self) -> None:
        """Close the sessions of the running loop and of closed loops."""
        running = asyncio.get_running_loop()
        for loop, session in list(self._sessions.items()):
            if loop is running or loop.is_closed():
                del self._sessions[loop]
                await session.aclose()

    def _route(self, url: str) -> Route:
        route = self._routes.get(url)
        if route is None:
            if len(self._routes) >= MAX_ROUTES:
                self._routes.clear()
            route = Route(url, select_proxy(url, self._proxies), self._tls)
            self._routes[url] = route
        return route

    async def _session(self) -> _Session:
        running = asyncio.get_running_loop()
        session = self._sessions.get(running)
        if session is None or session.is_closed:
            for loop in [loop for loop in self._sessions if loop.is_closed()]:
                del self._sessions[loop]
            session = self._sessions[running] = _Session(running)
            await session.open()
        return session


class _Session:
    """`ClientSession` of an event loop; closed at the latest when the loop shuts down."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        connector = Connector()
        self._client = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            # aiohttp would ask for compressed responses, and decompress them without a size limit.
            auto_decompress=False,
            headers={"Accept-Encoding": "identity"},
        )
        self._closing = _close_with_loop(self._client, connector)

    @property
    def is_closed(self) -> bool:
        return self._client.closed

    async def open(self) -> None:
        """Register the session with the event loop."""
        await anext(self._closing)

    async def aclose(self) -> None:
        """Close the session and its connections."""
        await self._closing.aclose()

    def __del__(self) -> None:
        if self.is_closed:
            return
        warnings.warn(
            "an async provider or broker was not closed: use `async with`, or await its `aclose()`",
            ResourceWarning,
            stacklevel=2,
            source=self,
        )
        if self._loop.is_closed():
            self._client.detach()  # Detach the connector, which can no longer be closed.

    async def send(self, request: HttpRequest, exchange: HttpExchange) -> HttpResponse:
        """Send a request and return the response."""
        route = exchange.route
        is_forwarded = route.proxy_url is not None and not route.is_tunnel
        token = Connector.current.set(exchange)
        response_end: bytes | None = None
        try:
            async with self._client.request(
                request.method,
                request.url,
                headers=request.headers | route.proxy_headers if is_forwarded else request.headers,
                data=request.body,
                allow_redirects=False,
                proxy=route.proxy_url if is_forwarded else None,
            ) as response:
                exchange.has_head = True
                body = await _read(response)
            headers = header_dict(response.headers.items())
            is_chunked = "transfer-encoding" in headers
            # aiohttp does not distinguish the end of a connection from its failure.
            if exchange.connection_failure and not is_chunked and "content-length" not in headers:
                raise exchange.connection_failure
            if response.status != HTTPStatus.SWITCHING_PROTOCOLS:
                response_end = END_OF_HEAD if is_chunked or not body else body
            return HttpResponse(response.status, headers, body)
        finally:
            exchange.finish(response_end)
            Connector.current.reset(token)


async def _close_with_loop(
    client: aiohttp.ClientSession, connector: Connector
) -> AsyncGenerator[None]:
    """Close a session when this generator is closed.

    When an event loop shuts down, it closes the asynchronous generators that were started in it.
    """
    try:
        yield
    finally:
        connector.abort()
        await client.close()
        await asyncio.sleep(0)  # The event loop closes the sockets during this pause.


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise _errors.body_too_large()
    return bytes(body)
