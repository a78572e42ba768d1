"""HTTP over aiohttp, for the async API; the extra `aio` installs aiohttp."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from weakref import WeakKeyDictionary

from cognito_credentials._core.http import MAX_BODY_BYTES, HttpRequest, HttpResponse, header_dict
from cognito_credentials.errors import TransportError
from cognito_credentials.transports import _errors
from cognito_credentials.transports._proxies import (
    describe_destination,
    select_proxy,
    split_credentials,
)
from cognito_credentials.transports._tls import TlsSettings

try:
    import aiohttp
except ImportError as _error:
    from cognito_credentials._core.missing_packages import missing_package

    raise missing_package("aiohttp", extra="aio") from _error

__all__ = ["AiohttpTransport"]


class AiohttpTransport:
    """Transport with one `ClientSession` per event loop.

    The session of a loop stays open until `aclose` is awaited in that loop.

    Args:
        connect_timeout: Seconds for connecting and for the TLS handshake.
        request_timeout: Seconds for each wait for a part of the response.
        tls: TLS settings.
        proxies: Proxy URLs by scheme; the key "no" lists the hosts to reach directly.
    """

    __slots__ = ("_proxies", "_sessions", "_timeout", "_tls", "connect_timeout", "request_timeout")

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
        # No total: it would include the wait for a free connection of the session.
        self._timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=connect_timeout, sock_read=request_timeout
        )
        self._tls = tls or TlsSettings()
        self._proxies = proxies
        self._sessions: WeakKeyDictionary[asyncio.AbstractEventLoop, aiohttp.ClientSession] = (
            WeakKeyDictionary()
        )

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Send a request and return the response; see `cognito_credentials.ports.AsyncTransport`."""
        proxy = select_proxy(request.url, self._proxies)
        proxy_url, proxy_headers = split_credentials(proxy) if proxy else (None, {})
        is_https = request.url.startswith("https")
        uses_tls = is_https or (proxy or "").startswith("https")
        destination = describe_destination(request.url, proxy)
        transport_error: TransportError
        try:
            async with self._session().request(
                request.method,
                request.url,
                # A tunnel has its own headers; for plain http, the proxy reads those of the request.
                headers=request.headers if is_https else request.headers | proxy_headers,
                data=request.body,
                allow_redirects=False,
                proxy=proxy_url,
                proxy_headers=proxy_headers if is_https else None,
                ssl=self._tls.ssl_context() if uses_tls else True,
            ) as response:
                body = await _read(response)
                headers = header_dict(response.headers.items())
                return HttpResponse(response.status, headers, body)
        except TimeoutError as error:
            transport_error = (
                _errors.connect_timeout_error(destination, self.connect_timeout)
                if "connect" in type(error).__name__.lower() or "onnect" in str(error)
                else _errors.request_timeout_error(destination, self.request_timeout)
            )
        except (aiohttp.ClientError, OSError) as error:
            transport_error = _errors.connection_error(destination, error)
        # Raised outside the handler: aiohttp's exceptions hold the request with its headers.
        raise transport_error

    async def aclose(self) -> None:
        """Close the session of the running loop, and those of closed loops."""
        running = asyncio.get_running_loop()
        for loop, session in list(self._sessions.items()):
            if loop is running or loop.is_closed():
                del self._sessions[loop]
                await session.close()

    def _session(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        session = self._sessions.get(loop)
        if session is None:
            session = self._sessions[loop] = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(), timeout=self._timeout
            )
        return session


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise _errors.body_too_large()
    return bytes(body)
