"""HTTP over urllib3, which supports proxies: tunnels for https, credentials in the proxy URL.

Used if a proxy is configured for the endpoint. Importing urllib3 takes a new process 100 ms.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

import urllib3

from cognito_credentials._core.http import MAX_BODY_BYTES, HttpRequest, HttpResponse, header_dict
from cognito_credentials.errors import TransportError
from cognito_credentials.transports import _errors
from cognito_credentials.transports._proxies import (
    describe_destination,
    select_proxy,
    split_credentials,
)
from cognito_credentials.transports._tls import TlsSettings

__all__ = ["Urllib3Transport"]

MAX_IDLE_CONNECTIONS = 10


class Urllib3Transport:
    """Transport that sends requests through the configured proxies.

    A request goes directly to the host if no proxy applies. Several threads may use a transport at
    once, also after a fork.

    Args:
        connect_timeout: Seconds for connecting.
        request_timeout: Seconds for each wait for a part of the response.
        tls: TLS settings.
        proxies: Proxy URLs by scheme; the key "no" lists the hosts to reach directly.
    """

    __slots__ = ("_managers", "_pid", "_proxies", "_tls", "connect_timeout", "request_timeout")

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
        self._managers: dict[str | None, urllib3.PoolManager] = {}
        self._pid = os.getpid()

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send a request and return the response; see `cognito_credentials.ports.Transport`."""
        proxy = select_proxy(request.url, self._proxies)
        destination = describe_destination(request.url, proxy)
        transport_error: TransportError
        try:
            response = self._manager(proxy, request.url).request(
                request.method,
                request.url,
                headers=request.headers,
                body=request.body,
                timeout=urllib3.Timeout(connect=self.connect_timeout, read=self.request_timeout),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            with response:
                body = response.read(MAX_BODY_BYTES + 1)
                if len(body) > MAX_BODY_BYTES:
                    raise _errors.body_too_large()
                response.release_conn()
            headers = header_dict(response.headers.items())
            return HttpResponse(response.status, headers, body)
        except urllib3.exceptions.NewConnectionError as error:
            # A subclass of ConnectTimeoutError, although it reports no timeout.
            transport_error = _errors.connection_error(destination, error)
        except urllib3.exceptions.ConnectTimeoutError:
            transport_error = _errors.connect_timeout_error(destination, self.connect_timeout)
        except (urllib3.exceptions.TimeoutError, TimeoutError):
            transport_error = _errors.request_timeout_error(destination, self.request_timeout)
        except urllib3.exceptions.HTTPError as error:
            transport_error = _errors.connection_error(destination, error)
        # Raised outside the handler: urllib3's exceptions hold URLs and parts of the response.
        raise transport_error

    def close(self) -> None:
        """Close the idle connections; a connection in use is closed after its response."""
        managers, self._managers = self._managers, {}
        for manager in managers.values():
            manager.clear()

    def _manager(self, proxy: str | None, url: str) -> urllib3.PoolManager:
        if self._pid != os.getpid():
            self._managers, self._pid = {}, os.getpid()  # the parent process still uses the others
        manager = self._managers.get(proxy)
        if manager is None:
            manager = self._managers.setdefault(proxy, self._create_manager(proxy, url))
        return manager

    def _create_manager(self, proxy: str | None, url: str) -> urllib3.PoolManager:
        uses_tls = url.startswith("https") or (proxy or "").startswith("https")
        context = self._tls.ssl_context() if uses_tls else None
        if proxy is None:
            return urllib3.PoolManager(maxsize=MAX_IDLE_CONNECTIONS, ssl_context=context)
        proxy_url, proxy_headers = split_credentials(proxy)
        return urllib3.ProxyManager(
            proxy_url,
            maxsize=MAX_IDLE_CONNECTIONS,
            proxy_headers=proxy_headers,
            ssl_context=context,
            proxy_ssl_context=context,
        )
