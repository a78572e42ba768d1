"""HTTP transports, which send the requests of the core.

- `direct`: the standard library's sockets and `http.client`; the default if no proxy is configured.
- `via_urllib3`: urllib3, which supports proxies.
- `via_aiohttp`: aiohttp, for the async API.

A transport sends one request and returns the response. A transport follows no redirects, stores no
cookies and rejects bodies larger than 1 MiB. Transport errors contain the host and the
next step, but no user name from a URL, no header and no body.

A transport does not retry failed requests; the core does. A transport sends a request a second
time only if a reused connection turns out to have been closed before the first byte of a response.
"""

from __future__ import annotations

from collections.abc import Callable

from cognito_credentials import _typing as t
from cognito_credentials.config import ResolvedConfig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials._core.http import HttpRequest, HttpResponse

__all__ = ["default_async_transport", "default_transport"]


class LazyTransport:
    """Transport that creates the actual transport, and imports its library, on the first request.

    A process that finds credentials in a store sends no request, and needs no transport.
    """

    __slots__ = ("_create", "_created")

    def __init__(self, create: Callable[[], t.Transport]) -> None:
        self._create = create
        self._created: dict[str, t.Transport] = {}

    @property
    def transport(self) -> t.Transport:
        """The transport that sends the requests."""
        # dict.setdefault is atomic, so concurrent threads share one transport.
        return self._created.get("") or self._created.setdefault("", self._create())

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send a request and return the response."""
        return self.transport.send(request)

    def close(self) -> None:
        """Close the connections, if there are any."""
        for transport in self._created.values():
            transport.close()


def default_transport(config: ResolvedConfig) -> t.Transport:
    """Return the transport for a configuration; connections are opened on first use.

    Raises:
        ConfigurationError: If the URL of a proxy is invalid.
    """
    if _uses_proxy(config):
        from cognito_credentials.transports._tls import TlsSettings
        from cognito_credentials.transports.via_urllib3 import Urllib3Transport

        return Urllib3Transport(
            connect_timeout=config.connect_timeout,
            request_timeout=config.request_timeout,
            tls=TlsSettings.from_config(config),
            proxies=config.proxies,
        )
    return LazyTransport(lambda: _create_direct_transport(config))


def default_async_transport(config: ResolvedConfig) -> t.AsyncTransport:
    """Return the async transport for a configuration; connections are opened on first use.

    Raises:
        ConfigurationError: If aiohttp, which the extra `aio` installs, is missing.
    """
    from cognito_credentials.transports._tls import TlsSettings
    from cognito_credentials.transports.via_aiohttp import AiohttpTransport

    return AiohttpTransport(
        connect_timeout=config.connect_timeout,
        request_timeout=config.request_timeout,
        tls=TlsSettings.from_config(config),
        proxies=config.proxies,
    )


def _uses_proxy(config: ResolvedConfig) -> bool:
    if not config.proxies:
        return False
    from cognito_credentials.transports._proxies import select_proxy

    urls = (config.cognito_url, config.sts_url)
    return any(select_proxy(url, config.proxies) for url in urls)


def _create_direct_transport(config: ResolvedConfig) -> t.Transport:
    from cognito_credentials.transports._tls import TlsSettings
    from cognito_credentials.transports.direct import DirectTransport

    return DirectTransport(
        connect_timeout=config.connect_timeout,
        request_timeout=config.request_timeout,
        tls=TlsSettings.from_config(config),
    )
