"""HTTP through urllib3, which speaks to proxies: tunnels for https, credentials in the proxy's URL.

Used where a proxy stands before an endpoint; importing urllib3 costs a cold process 100 ms.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

import urllib3

from cognito_credentials._core.http import MAX_BODY_BYTES, HttpRequest, HttpResponse, header_dict
from cognito_credentials.errors import TransportError
from cognito_credentials.transports import _failures
from cognito_credentials.transports._proxies import place_of, proxy_for, split_login
from cognito_credentials.transports._tls import Tls

__all__ = ["Urllib3Transport"]

MAX_IDLE_CONNECTIONS = 10


class Urllib3Transport:
    """Send requests through the proxies that are configured, or directly where none applies.

    `connect_timeout` is for one connection, `request_timeout` for each wait for bytes after it, in
    seconds. Safe to use from several threads, and after a fork.
    """

    __slots__ = ("_managers", "_pid", "_proxies", "_tls", "connect_timeout", "request_timeout")

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
        self._tls = tls or Tls()
        self._proxies = proxies
        self._managers: dict[str | None, urllib3.PoolManager] = {}
        self._pid = os.getpid()

    def send(self, request: HttpRequest) -> HttpResponse:
        """Return the answer; see `Transport` in `ports`."""
        proxy = proxy_for(request.url, self._proxies)
        place = place_of(request.url, proxy)
        failure: TransportError
        try:
            answer = self._manager(proxy, request.url).request(
                request.method,
                request.url,
                headers=request.headers,
                body=request.body,
                timeout=urllib3.Timeout(connect=self.connect_timeout, read=self.request_timeout),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            with answer:
                body = answer.read(MAX_BODY_BYTES + 1)
                if len(body) > MAX_BODY_BYTES:
                    raise _failures.body_too_large()
                answer.release_conn()
            headers = header_dict(answer.headers.items())
            return HttpResponse(answer.status, headers, body)
        except urllib3.exceptions.NewConnectionError as error:
            # Before its base class, which says that it is a timeout.
            failure = _failures.failure(place, error)
        except urllib3.exceptions.ConnectTimeoutError:
            failure = _failures.connect_timed_out(place, self.connect_timeout)
        except (urllib3.exceptions.TimeoutError, TimeoutError):
            failure = _failures.request_timed_out(place, self.request_timeout)
        except urllib3.exceptions.HTTPError as error:
            failure = _failures.failure(place, error)
        # Without a cause or a context: urllib3's texts may repeat URLs, and hold what had come.
        raise failure

    def close(self) -> None:
        """Close the idle connections; one in use is closed after its answer."""
        managers, self._managers = self._managers, {}
        for manager in managers.values():
            manager.clear()

    def _manager(self, proxy: str | None, url: str) -> urllib3.PoolManager:
        if self._pid != os.getpid():
            self._managers, self._pid = {}, os.getpid()  # the parent goes on using these
        manager = self._managers.get(proxy)
        if manager is None:
            manager = self._managers.setdefault(proxy, self._made(proxy, url))
        return manager

    def _made(self, proxy: str | None, url: str) -> urllib3.PoolManager:
        https = url.startswith("https") or (proxy or "").startswith("https")
        context = self._tls.context() if https else None
        if proxy is None:
            return urllib3.PoolManager(maxsize=MAX_IDLE_CONNECTIONS, ssl_context=context)
        address, login = split_login(proxy)
        return urllib3.ProxyManager(
            address,
            maxsize=MAX_IDLE_CONNECTIONS,
            proxy_headers=login,
            ssl_context=context,
            proxy_ssl_context=context,
        )
