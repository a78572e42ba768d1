"""HTTP over urllib3, which supports proxies, https tunnels and credentials in proxy URLs.

The default transport loads this module only if a proxy is configured for an endpoint, because
importing urllib3 takes 100 ms.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from cognito_credentials._core.http import MAX_BODY_BYTES, HttpRequest, HttpResponse, header_dict
from cognito_credentials.errors import CognitoCredentialsError
from cognito_credentials.transports import _errors
from cognito_credentials.transports._addresses import open_socket
from cognito_credentials.transports._http_client import FinalResponse
from cognito_credentials.transports._proxies import (
    describe_destination,
    invalid_address,
    select_proxy,
    split_credentials,
)
from cognito_credentials.transports._sockets import (
    HttpExchange,
    TimedMixin,
    TimedSocket,
    current_exchange,
)
from cognito_credentials.transports._tls import TlsSettings

__all__ = ["Urllib3Transport"]

MAX_IDLE_CONNECTIONS = 10


class Urllib3Transport:
    """Transport that sends requests through the configured proxies.

    A request goes directly to the host if no proxy applies. Several threads may use a transport at
    once, even after a fork.

    Args:
        connect_timeout: Seconds for connecting, in total: host name lookup, all addresses, and the
            tunnel through a proxy.
        request_timeout: Seconds for TLS, request and response, in total.
        tls: TLS settings.
        proxies: Proxy URLs by scheme; the key "no" lists the hosts to connect to directly.
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
        manager = self._manager(proxy, request.url)
        exchange = HttpExchange(self.connect_timeout, self.request_timeout)
        try:
            with exchange:
                exchange.start_request()
                try:
                    return _send(manager, request)
                except (OSError, urllib3.exceptions.HTTPError):
                    if not exchange.can_resend():
                        raise
                exchange.requires_new_connection = True
                return _send(manager, request)
        except CognitoCredentialsError:
            raise
        except Exception as error:  # noqa: BLE001 - libraries raise more than they document
            destination = describe_destination(request.url, proxy)
            transport_error = _errors.exchange_error(destination, error, exchange)
        # Raise the error outside the `except` block, so that urllib3's exception, which holds URLs
        # and parts of the response, does not become the context.
        raise transport_error

    def close(self) -> None:
        """Close the idle connections; a connection in use is closed after its response."""
        managers, self._managers = self._managers, {}
        for manager in managers.values():
            manager.clear()

    def _manager(self, proxy: str | None, url: str) -> urllib3.PoolManager:
        if self._pid != os.getpid():
            # Do not close the managers, because the parent process still uses their connections.
            self._managers, self._pid = {}, os.getpid()
        manager = self._managers.get(proxy)
        if manager is None:
            manager = self._managers.setdefault(proxy, self._create_manager(proxy, url))
        return manager

    def _create_manager(self, proxy: str | None, url: str) -> urllib3.PoolManager:
        uses_tls = url.startswith("https") or (proxy or "").startswith("https")
        context = self._tls.ssl_context() if uses_tls else None
        if proxy is None:
            manager = urllib3.PoolManager(maxsize=MAX_IDLE_CONNECTIONS, ssl_context=context)
        else:
            proxy_url, proxy_headers = split_credentials(proxy)
            try:
                manager = urllib3.ProxyManager(
                    proxy_url,
                    maxsize=MAX_IDLE_CONNECTIONS,
                    proxy_headers=proxy_headers,
                    ssl_context=context,
                    proxy_ssl_context=context,
                )
            except urllib3.exceptions.LocationParseError:
                raise invalid_address(url.partition(":")[0], proxy) from None
        classes: dict[str, type[urllib3.HTTPConnectionPool]] = {
            "http": _HttpPool,
            "https": _HttpsPool,
        }
        manager.pool_classes_by_scheme = classes
        return manager


def _send(manager: urllib3.PoolManager, request: HttpRequest) -> HttpResponse:
    response = manager.request(
        request.method,
        request.url,
        headers=request.headers,
        body=request.body,
        retries=False,
        redirect=False,
        preload_content=False,
        decode_content=False,
    )
    with response:
        body = bytearray()
        # A read may return only a part of the body. If the body is cut off, the next read raises an
        # exception.
        while chunk := response.read(MAX_BODY_BYTES + 1 - len(body)):
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise _errors.body_too_large()
        response.release_conn()
    return HttpResponse(response.status, header_dict(response.headers.items()), bytes(body))


class _TimedConnection(HTTPConnection):
    """Connection whose sockets obey the time limits of the current thread's exchange."""

    response_class = FinalResponse

    @property
    def is_connected(self) -> bool:
        # urllib3 calls this before it reuses a connection.
        connected = self.sock
        if isinstance(connected, TimedMixin):
            return not current_exchange().requires_new_connection and connected.is_reusable()
        # For TLS through an https proxy, urllib3's socket does not reveal whether it holds
        # decrypted bytes that have not been read.
        return False

    def _new_conn(self) -> TimedSocket:
        exchange = current_exchange()
        exchange.start_connecting()
        connected = open_socket(self._dns_host, self.port, exchange)
        if self._tunnel_host is None:
            exchange.start_request()
        return connected

    def _tunnel(self) -> None:
        super()._tunnel()
        current_exchange().start_request()


class _TimedTlsConnection(_TimedConnection, HTTPSConnection):
    """HTTPS connection whose sockets obey the time limits of the current thread's exchange."""


class _HttpPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _TimedConnection  # pyright: ignore[reportAssignmentType]


class _HttpsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TimedTlsConnection  # pyright: ignore[reportAssignmentType]
