"""HTTP server on loopback that receives the browser's redirect at the end of a sign-in."""

from __future__ import annotations

import errno
import html
import os
import queue
import socket
import threading
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from cognito_credentials._core import logs
from cognito_credentials._limited_server import LimitedServer
from cognito_credentials._validation import MAX_PORT
from cognito_credentials.errors import ConfigurationError, RequestTimeoutError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self

__all__ = ["DEFAULT_PATH", "Redirect", "RedirectListener"]

DEFAULT_PATH = "/callback"
TIMEOUT_HINT = "Sign in again. On a machine without a browser, pass --no-browser or --device."
IPV4_LOOPBACK, IPV6_LOOPBACK = "127.0.0.1", "::1"
MAX_PORT_ATTEMPTS = 10  # Maximum number of ports to try; a port must be free on both addresses.
NO_ADDRESS_ERRORS = frozenset((errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT))
PAGE_TIMEOUT_SECONDS = 60.0
PAGE_TEMPLATE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem}}
</style><h1>{title}</h1><p>{text}</p></html>
"""


def render_page(title: str, text: str) -> str:
    """Return an HTML page for the browser."""
    return PAGE_TEMPLATE.format(title=html.escape(title), text=html.escape(text))


class Redirect:
    """The browser's request for the redirect URI, and the page that is sent in response.

    Attributes:
        query: Query string of the request.
    """

    def __init__(self, query: str) -> None:
        self.query = query
        self._page = ""
        self._is_ready, self._is_sent = threading.Event(), threading.Event()

    def respond(self, title: str, text: str) -> None:
        """Set the page, and wait at most two seconds for it to be sent."""
        self._page = render_page(title, text)
        self._is_ready.set()
        self._is_sent.wait(2)

    def serve(self, handler: _Handler) -> None:
        """Wait for the page, and send it."""
        self._is_ready.wait(PAGE_TIMEOUT_SECONDS)
        try:
            handler.send_page(200, self._page)
        finally:
            self._is_sent.set()


class RedirectListener:
    """HTTP server on loopback that accepts one redirect with the expected `state`.

    The listener uses both loopback addresses. A browser may connect to either address for
    `localhost`, so another user who listens on one of them could receive the redirect.

    Requests without the expected `state` do not end the wait, because they may come from other
    programs, from web pages that scan ports, or from a restored tab of an earlier sign-in.

    Attributes:
        port: Port on both addresses.
        path: Path of the callback URL.
        state: Value that the redirect must contain.

    Raises (when created):
        ConfigurationError: If the port is not available on one of the addresses.
    """

    def __init__(self, port: int, path: str = DEFAULT_PATH) -> None:
        self.path = path
        self.state: str | None = None
        self.redirects: queue.Queue[Redirect] = queue.Queue(1)
        self._servers = _bind_servers(port, self)
        self.port: int = self._servers[0].port

    def __enter__(self) -> Self:
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def wait(self, timeout: float, hint: str = TIMEOUT_HINT) -> Redirect:
        """Wait for the redirect, and return it.

        Args:
            timeout: Time to wait, in seconds.
            hint: Hint for the error that is raised if no redirect arrives.

        Raises:
            RequestTimeoutError: If no redirect arrives within `timeout` seconds.
        """
        try:
            with logs.Wait("the browser's redirect"):
                redirect = self.redirects.get(timeout=timeout)
        except queue.Empty:
            pass
        else:
            logs.debug("Received the browser's redirect")
            return redirect
        raise RequestTimeoutError(
            f"the sign-in in the browser was not completed within {timeout:g} s",
            hint=hint,
        )


def _bind_servers(port: int, listener: RedirectListener) -> list[_Server]:
    """Return a server for each loopback address of this machine, all on the same port."""
    # Servers whose port is taken on the IPv6 address. They stay open until this function returns,
    # so that each attempt gets another port.
    taken: list[_Server] = []
    try:
        while True:
            first = _Server(IPV4_LOOPBACK, port, listener)
            try:
                second = _bind_ipv6_server(first.port, listener)
            except ConfigurationError:
                taken.append(first)
                if port or len(taken) == MAX_PORT_ATTEMPTS:
                    raise
            else:
                return [first, second] if second else [first]
    finally:
        for server in taken:
            server.server_close()


def _bind_ipv6_server(port: int, listener: RedirectListener) -> _Server | None:
    """Return a server for the IPv6 loopback address, or None if this machine has no IPv6."""
    try:
        return _Server(IPV6_LOOPBACK, port, listener)
    except ConfigurationError as error:
        if getattr(error.__cause__, "errno", None) in NO_ADDRESS_ERRORS:
            return None
        raise


class _Server(LimitedServer):
    """Server on one loopback address."""

    def __init__(self, address: str, port: int, listener: RedirectListener) -> None:
        self.listener = listener
        super().__init__(_listen(address, port), _Handler)
        self.port: int = self.socket.getsockname()[1]


def _listen(address: str, port: int) -> socket.socket:
    """Return a listening socket.

    Raises:
        ConfigurationError: If the address is not available.
    """
    reason = f"ports are numbers from 0 to {MAX_PORT}"
    cause = None
    if 0 <= port <= MAX_PORT:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            return socket.create_server((address, port), family=family)
        except OSError as error:
            cause, reason = error, os.strerror(error.errno or 0)
    raise ConfigurationError(
        f"cannot listen on port {port} of {address}: {reason}",
        hint="Pass --redirect-port with another port, and register the callback URL with the issuer.",
    ) from cause


class _Handler(BaseHTTPRequestHandler):
    timeout = PAGE_TIMEOUT_SECONDS

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        server: Any = self.server
        listener: RedirectListener = server.listener
        if url.path != listener.path:
            self.send_page(404, "")
            return
        if parse_qs(url.query).get("state") != [listener.state]:
            text = render_page("This is another sign-in", "Continue in the newest window.")
            self.send_page(400, text)
            return
        server.trust(self.connection)
        redirect = Redirect(url.query)
        try:
            listener.redirects.put_nowait(redirect)
        except queue.Full:
            self.send_page(409, "")
            return
        redirect.serve(self)

    def send_page(self, status: int, page: str) -> None:
        body = page.encode()
        self.send_response_only(status)
        for name, value in (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
            ("Referrer-Policy", "no-referrer"),
            ("Cache-Control", "no-store"),
            ("Connection", "close"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class chose the name
        """Log nothing, because the URL contains the authorization code."""
