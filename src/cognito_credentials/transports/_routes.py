"""asyncio connections to a server: host name lookup, addresses, and tunnels through proxies.

aiohttp's `sock_connect` covers neither the host name lookup nor a proxy's response to CONNECT, and
its `connect` includes the wait for a free connection. These functions set no time limit for the
whole connection; the caller cancels them at its deadline.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections import deque
from contextlib import suppress
from http import HTTPStatus

from cognito_credentials.transports import _errors
from cognito_credentials.transports._addresses import attempt_delay, look_up
from cognito_credentials.transports._proxies import describe_destination, split_credentials
from cognito_credentials.transports._urls import split_url, to_ascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cognito_credentials.transports._addresses import Address
    from cognito_credentials.transports._tls import TlsSettings

__all__ = ["Route", "open_connection"]

MAX_TUNNEL_RESPONSE_BYTES = 64 * 1024
END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-9]\d\d)(?: |\r?\n)")


class Route:
    """The hops from this machine to the server of a URL.

    Attributes:
        destination: Host and port, and the proxy if there is one, for error messages.
        proxy_url, proxy_headers: URL of the proxy without credentials, and the credentials.
        is_tunnel: Whether the proxy opens a tunnel to the server, as for every https URL.
        first_hop, first_tls: Host and port to connect to, and the TLS settings for this host.
        last_hop, last_tls: Host and port at the other end of the tunnel, and the TLS settings for it.
    """

    def __init__(self, url: str, proxy: str | None, tls: TlsSettings) -> None:
        scheme, host, port, _ = split_url(url)
        self.destination = describe_destination(url, proxy)
        self.proxy_url: str | None = None
        self.proxy_headers: dict[str, str] = {}
        self.last_hop = host, port
        self.last_tls = tls.ssl_context() if scheme == "https" else None
        self.first_hop, self.first_tls = self.last_hop, self.last_tls
        self.is_tunnel = proxy is not None and scheme == "https"
        if proxy is not None:
            self.proxy_url, self.proxy_headers = split_credentials(proxy)
            scheme, host, port, _ = split_url(self.proxy_url)
            self.first_hop = host, port
            self.first_tls = tls.ssl_context() if scheme == "https" else None

    def tunnel_request(self) -> bytes:
        """Return the request that asks the proxy to open the tunnel."""
        host, port = self.last_hop
        name = to_ascii(host)
        target = f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
        lines += (f"{header}: {value}" for header, value in self.proxy_headers.items())
        return "".join(f"{line}\r\n" for line in (*lines, "")).encode()

    def first_arguments(self, connected: socket.socket) -> dict[str, Any]:
        """Return the arguments for `create_connection` with a socket connected to the first hop."""
        if self.first_tls is None:
            return {"sock": connected}
        return {"sock": connected, "ssl": self.first_tls, "server_hostname": self.first_hop[0]}


async def open_connection(
    route: Route, protocol: asyncio.Protocol, seconds: float, on_connected: Callable[[], None]
) -> None:
    """Open the connection of a protocol to the server of a route.

    Args:
        route: The hops to the server.
        protocol: The protocol, whose `connection_made` is called.
        seconds: Number of seconds within which every address is tried.
        on_connected: Called before the TLS handshake with the server.

    Raises:
        OSError: If a host name cannot be resolved, a connection is rejected or TLS fails.
        TransportError: If the proxy does not open the tunnel.
    """
    loop = asyncio.get_running_loop()
    connected = await _open_socket(*route.first_hop, seconds)
    if not route.is_tunnel:
        on_connected()
        await loop.create_connection(lambda: protocol, **route.first_arguments(connected))
        return
    tunnel, tunnel_protocol = await loop.create_connection(
        _TunnelProtocol, **route.first_arguments(connected)
    )
    try:
        tunnel.write(route.tunnel_request())
        _check_tunnel_response(await tunnel_protocol.head, route.destination)
        on_connected()
        assert route.last_tls is not None
        transport = await loop.start_tls(
            tunnel, protocol, route.last_tls, server_hostname=route.last_hop[0]
        )
    except BaseException:
        tunnel.abort()
        raise
    assert transport is not None
    protocol.connection_made(transport)


async def _open_socket(host: str, port: int, seconds: float) -> socket.socket:
    """Return a socket connected to the first of a host's addresses to accept the connection.

    Args:
        host: Host name or address.
        port: Port.
        seconds: Number of seconds within which every address is tried.

    Raises:
        OSError: If the host name cannot be resolved, or every address rejects the connection.
    """
    loop = asyncio.get_running_loop()
    addresses = await _resolve(host, port)
    if len(addresses) == 1:
        return await _connect(addresses[0])
    delay = attempt_delay(seconds, len(addresses))
    waiting = deque(addresses)
    attempts: set[asyncio.Task[socket.socket]] = set()
    failure: BaseException = OSError("the host name has no address")
    try:
        while waiting or attempts:
            if waiting:
                attempts.add(loop.create_task(_connect(waiting.popleft())))
            done, _ = await asyncio.wait(
                attempts,
                timeout=delay if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for attempt in done:
                attempts.discard(attempt)
                if (error := attempt.exception()) is None:
                    return attempt.result()
                failure = error
        raise failure
    finally:
        for attempt in attempts:
            attempt.cancel()
            attempt.add_done_callback(_close_result)


async def _resolve(host: str, port: int) -> list[Address]:
    loop = asyncio.get_running_loop()
    lookup = look_up(host, port)
    finished = asyncio.Event()

    def wake() -> None:
        with suppress(RuntimeError):  # If the loop has been closed, no task is waiting.
            loop.call_soon_threadsafe(finished.set)

    lookup.add_callback(wake)
    await finished.wait()
    return lookup.result()


async def _connect(address: Address) -> socket.socket:
    family, kind, protocol, _, target = address
    connection = socket.socket(family, kind, protocol)
    try:
        connection.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connection, target)
    except BaseException:
        connection.close()
        raise
    return connection


def _close_result(attempt: asyncio.Task[socket.socket]) -> None:
    if not attempt.cancelled() and attempt.exception() is None:
        attempt.result().close()


def _check_tunnel_response(head: bytes, destination: str) -> None:
    if not head:
        raise _errors.connection_closed(destination)
    status_line, end = STATUS_LINE.match(head), END_OF_HEAD.search(head)
    # A TLS server sends nothing before the client does, so nothing may follow the head.
    if status_line is None or (
        (status := int(status_line[1])) == HTTPStatus.OK and (end is None or end.end() != len(head))
    ):
        raise _errors.invalid_response(destination, ValueError())
    if status != HTTPStatus.OK:
        raise _errors.rejected_tunnel(destination, status)


class _TunnelProtocol(asyncio.Protocol):
    """Reader for the head of a proxy's response to CONNECT.

    Attributes:
        head: Future for all bytes received until the head is complete or the connection ends.
    """

    def __init__(self) -> None:
        self.head: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._received = bytearray()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if END_OF_HEAD.search(self._received) or len(self._received) > MAX_TUNNEL_RESPONSE_BYTES:
            self._finish()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._finish()

    def _finish(self) -> None:
        if not self.head.done():
            self.head.set_result(bytes(self._received))
