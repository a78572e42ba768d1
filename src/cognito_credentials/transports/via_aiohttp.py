"""HTTP through aiohttp, for the awaited side; brought by the extra `aio`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from weakref import WeakKeyDictionary

from cognito_credentials._core.http import MAX_BODY_BYTES, HttpRequest, HttpResponse, header_dict
from cognito_credentials.errors import TransportError
from cognito_credentials.transports import _failures
from cognito_credentials.transports._proxies import place_of, proxy_for, split_login
from cognito_credentials.transports._tls import Tls

try:
    import aiohttp
except ImportError as error:
    from cognito_credentials._core.missing_packages import missing_package

    raise missing_package("aiohttp", extra="aio") from error

__all__ = ["AiohttpTransport"]


class AiohttpTransport:
    """Send requests with one `ClientSession` for each event loop that it is used in.

    `connect_timeout` is for one connection with its TLS handshake, `request_timeout` for each wait
    for bytes after it, in seconds. The session of a loop lives until `aclose` is awaited there.
    """

    __slots__ = ("_proxies", "_sessions", "_timeout", "_tls", "connect_timeout", "request_timeout")

    def __init__(
        self,
        *,
        connect_timeout: float = 5.0,
        request_timeout: float = 10.0,
        tls: Tls | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> None:
        self.connect_timeout = connect_timeout
        self.request_timeout = request_timeout
        # No total: waiting for one of the session's connections is not the service's slowness.
        self._timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=connect_timeout, sock_read=request_timeout
        )
        self._tls = tls or Tls()
        self._proxies = proxies
        self._sessions: WeakKeyDictionary[asyncio.AbstractEventLoop, aiohttp.ClientSession] = (
            WeakKeyDictionary()
        )

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Return the answer; see `AsyncTransport` in `ports`."""
        proxy = proxy_for(request.url, self._proxies)
        address, login = split_login(proxy) if proxy else (None, {})
        https = request.url.startswith("https")
        secure = https or (proxy or "").startswith("https")
        place = place_of(request.url, proxy)
        failure: TransportError
        try:
            async with self._session().request(
                request.method,
                request.url,
                # A tunnel has headers of its own; without one, the proxy reads the request's.
                headers=request.headers if https else request.headers | login,
                data=request.body,
                allow_redirects=False,
                proxy=address,
                proxy_headers=login if https else None,
                ssl=self._tls.context() if secure else True,
            ) as answer:
                body = await _read(answer)
                headers = header_dict(answer.headers.items())
                return HttpResponse(answer.status, headers, body)
        except TimeoutError as error:
            failure = (
                _failures.connect_timed_out(place, self.connect_timeout)
                if "connect" in type(error).__name__.lower() or "onnect" in str(error)
                else _failures.request_timed_out(place, self.request_timeout)
            )
        except (aiohttp.ClientError, OSError) as error:
            failure = _failures.failure(place, error)
        # Without a cause or a context: aiohttp's errors hold the request with its headers.
        raise failure

    async def aclose(self) -> None:
        """Close the running loop's session, and what ended loops left behind."""
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


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise _failures.body_too_large()
    return bytes(body)
