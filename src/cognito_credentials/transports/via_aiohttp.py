"""HTTP through aiohttp, for the awaited side; brought by the extra `aio`."""

from __future__ import annotations

import asyncio
from urllib.parse import unquote
from weakref import WeakKeyDictionary

from cognito_credentials._core.http import MAX_BODY_BYTES, HttpResponse
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.transports import _failures
from cognito_credentials.transports._http1 import body_too_large
from cognito_credentials.transports._proxies import proxy_for
from cognito_credentials.transports._tls import Tls
from cognito_credentials.transports._urls import split_url

try:
    import aiohttp
except ImportError as error:
    raise ConfigurationError(
        "The awaited side needs aiohttp, which is not installed.",
        hint='pip install "cognito-credentials[aio]"',
    ) from error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognito_credentials._core.http import HttpRequest

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
        address, login = _split_login(proxy)
        https = request.url.startswith("https") or (proxy or "").startswith("https")
        _, host, port, _ = split_url(request.url)
        place = f"{host} through the proxy {address}" if address else f"{host}:{port}"
        try:
            async with self._session().request(
                request.method,
                request.url,
                headers=request.headers,
                data=request.body,
                allow_redirects=False,
                proxy=address,
                proxy_auth=login,
                ssl=self._tls.context() if https else True,
            ) as answer:
                body = await _read(answer)
        except TimeoutError as error:
            # Without a cause, here and below: aiohttp's errors hold the request with its headers.
            if "connect" in type(error).__name__.lower() or "onnect" in str(error):
                raise _failures.connect_timed_out(place, self.connect_timeout) from None
            raise _failures.request_timed_out(place, self.request_timeout) from None
        except (aiohttp.ClientError, OSError) as error:
            raise _failures.failure(place, error) from None
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return HttpResponse(answer.status, headers, body)

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


def _split_login(proxy: str | None) -> tuple[str | None, aiohttp.BasicAuth | None]:
    scheme, separator, rest = (proxy or "").partition("://")
    userinfo, at, host = rest.rpartition("@")
    if not at:
        return proxy, None
    user, _, password = userinfo.partition(":")
    return f"{scheme}{separator}{host}", aiohttp.BasicAuth(unquote(user), unquote(password))


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise body_too_large()
    return bytes(body)
