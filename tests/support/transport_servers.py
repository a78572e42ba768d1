"""Real servers on loopback with a handler for each connection, and the transports under test."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import select
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cognito_credentials._core.http import HttpRequest, HttpResponse
from cognito_credentials.transports.direct import DirectTransport
from cognito_credentials.transports.via_aiohttp import AiohttpTransport
from cognito_credentials.transports.via_urllib3 import Urllib3Transport

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
Handler = Callable[[socket.socket, int], None]


def read_request(connection: socket.socket) -> bytes:
    """Return one request, or b"" if the client has closed the connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return b""
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def responding(*responses: bytes) -> Handler:
    """Return a handler that sends one response per request, in order, and repeats the last."""

    def handle(connection: socket.socket, number: int) -> None:
        for response in responses:
            if not read_request(connection):
                return
            connection.sendall(response)
        while responses and read_request(connection):
            connection.sendall(responses[-1])

    return handle


def once(response: bytes) -> Handler:
    """Return a handler that responds to one request and closes the connection."""

    def handle(connection: socket.socket, number: int) -> None:
        read_request(connection)
        connection.sendall(response)

    return handle


def closed_port() -> int:
    """Return a port on which no server is listening."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def drip(connection: socket.socket, data: bytes, seconds: float = 0.01) -> None:
    """Send these bytes one at a time."""
    pause = threading.Event()
    for position in range(len(data)):
        connection.sendall(data[position : position + 1])
        pause.wait(seconds)


class Server:
    """A server that runs `handler` in a new thread for each connection."""

    def __init__(self, handler: Handler, context: ssl.SSLContext | None = None) -> None:
        self.handler = handler
        self.context = context
        self.accepted = 0
        self.ended = threading.Semaphore(0)  # Released once for each closed connection.
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def url(self, scheme: str = "http") -> str:
        return f"{scheme}://127.0.0.1:{self.port}"

    def wait_for_close(self) -> None:
        """Wait until another connection has been closed; each call waits for one more."""
        assert self.ended.acquire(timeout=10), "the connection is still open"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            thread = threading.Thread(target=self._serve, args=(connection, self.accepted))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        # Otherwise, Nagle's algorithm may delay bytes by 40 ms.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._open.add(connection)
        try:
            with contextlib.suppress(OSError):
                if self.context is not None:
                    self._open.discard(connection)
                    connection = self.context.wrap_socket(connection, server_side=True)
                    self._open.add(connection)
                self.handler(connection, number)
        finally:
            self._open.discard(connection)
            connection.close()
            self.ended.release()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()


class Proxy:
    """A small proxy: opens tunnels for CONNECT, and responds to other requests itself."""

    def __init__(self, login: str | None = None) -> None:
        self.requests: list[bytes] = []
        self.login = login
        self.forwarded = 0  # The number of bytes sent to the client.

    def __call__(self, connection: socket.socket, number: int) -> None:
        while request := read_request(connection):
            self.requests.append(request)
            head = request.partition(b"\r\n\r\n")[0]
            if self.login is not None:
                token = base64.b64encode(self.login.encode()).lower()
                if b"proxy-authorization: basic " + token not in head.lower():
                    connection.sendall(
                        b"HTTP/1.1 407 Proxy Authentication Required\r\n"
                        b"Proxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"
                    )
                    return
            method, target, _ = head.split(b" ", 2)
            if method == b"CONNECT":
                host, _, port = target.decode().rpartition(":")
                with socket.create_connection((host, int(port))) as upstream:
                    connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    self._pump(connection, upstream)
                return
            connection.sendall(OK)

    def _pump(self, client: socket.socket, upstream: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                for ready in select.select([client, upstream], [], [])[0]:
                    if not (data := ready.recv(65536)):
                        return
                    (upstream if ready is client else client).sendall(data)
                    self.forwarded += 0 if ready is client else len(data)


class Sync:
    """A transport that is closed when its test ends."""

    def __init__(self, transport: Any) -> None:
        self.transport = transport

    def send(self, url: str, body: bytes = b"{}", **headers: str) -> HttpResponse:
        return self.transport.send(HttpRequest("POST", url, headers, body))

    def send_together(self, url: str, count: int) -> None:
        """Send several requests at the same time."""
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(self.send, [url] * count))

    def close(self) -> None:
        self.transport.close()


class Async(Sync):
    """An async transport in its own event loop."""

    def __init__(self, transport: Any) -> None:
        super().__init__(transport)
        self.runner = asyncio.Runner()

    def send(self, url: str, body: bytes = b"{}", **headers: str) -> HttpResponse:
        # Process pending events first, as a running event loop would.
        self.runner.run(asyncio.sleep(0))
        return self.runner.run(super().send(url, body, **headers))  # type: ignore[arg-type]

    def send_together(self, url: str, count: int) -> None:
        async def send_all() -> None:
            request = HttpRequest("POST", url, {}, b"{}")
            await asyncio.gather(*(self.transport.send(request) for _ in range(count)))

        self.runner.run(send_all())

    def close(self) -> None:
        self.runner.run(self.transport.aclose())
        self.runner.close()


KINDS: dict[str, Callable[..., Sync]] = {
    "direct": lambda **settings: Sync(DirectTransport(**settings)),
    "urllib3": lambda **settings: Sync(Urllib3Transport(**settings)),
    "aiohttp": lambda **settings: Async(AiohttpTransport(**settings)),
}
