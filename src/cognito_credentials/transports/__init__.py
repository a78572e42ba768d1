"""Transports: the HTTP below the core.

- `direct`: the standard library's `http.client`; the default where no proxy stands in between.
- `via_urllib3`: urllib3, which knows proxies.
- `via_aiohttp`: aiohttp, for the awaited side.

Each sends one request and returns its answer: no redirects, no retries, no cookies, no body over
1 MiB. Errors name the host and what to do, never a URL's user name, a header or a body.
"""

from __future__ import annotations

from collections.abc import Callable

from cognito_credentials import _typing as t
from cognito_credentials._core.http import HttpRequest, HttpResponse
from cognito_credentials.config import ResolvedConfig
from cognito_credentials.transports._tls import Tls

__all__ = ["default_async_transport", "default_transport"]


class LazyTransport:
    """A transport that is made, and its library imported, with the first request.

    A process that finds its credentials in a store sends none.
    """

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], t.Transport]) -> None:
        self._make = make
        self._made: dict[str, t.Transport] = {}

    @property
    def transport(self) -> t.Transport:
        """The one that sends."""
        # Threads may come here at once, and all must get one.
        return self._made.get("") or self._made.setdefault("", self._make())

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send one request."""
        return self.transport.send(request)

    def close(self) -> None:
        """Close the connections, if there were any."""
        for transport in self._made.values():
            transport.close()


def default_transport(resolved: ResolvedConfig) -> t.Transport:
    """Return a transport for a provider's settings; it opens its first connection when used."""
    tls = Tls.of(resolved)
    if _has_proxy(resolved):
        from cognito_credentials.transports.via_urllib3 import Urllib3Transport

        return Urllib3Transport(
            connect_timeout=resolved.connect_timeout,
            request_timeout=resolved.request_timeout,
            tls=tls,
            proxies=resolved.proxies,
        )
    return LazyTransport(lambda: _direct(resolved, tls))


def _has_proxy(resolved: ResolvedConfig) -> bool:
    if not resolved.proxies:
        return False
    from cognito_credentials.transports._proxies import proxy_for

    urls = (resolved.cognito_url, resolved.sts_url)
    return any(proxy_for(url, resolved.proxies) for url in urls)


def _direct(resolved: ResolvedConfig, tls: Tls) -> t.Transport:
    from cognito_credentials.transports.direct import DirectTransport

    return DirectTransport(
        connect_timeout=resolved.connect_timeout,
        request_timeout=resolved.request_timeout,
        tls=tls,
    )


def default_async_transport(resolved: ResolvedConfig) -> t.AsyncTransport:
    """Return the awaited twin; needs the extra `aio`, and raises `ConfigurationError` without."""
    from cognito_credentials.transports.via_aiohttp import AiohttpTransport

    return AiohttpTransport(
        connect_timeout=resolved.connect_timeout,
        request_timeout=resolved.request_timeout,
        tls=Tls.of(resolved),
        proxies=resolved.proxies,
    )
