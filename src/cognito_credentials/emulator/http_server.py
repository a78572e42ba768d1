"""A small HTTP/1.1 server for loopback: one thread a connection, connections kept alive.

The web server that comes with moto closes every connection after one answer and waits ten
milliseconds for late bytes; clients under test keep their connections, and their time is what
tests measure. So this one reads a request whole, hands it to one function, and writes the
answer in one segment.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from email.message import Message

# Larger than any object a test should send; a wrong Content-Length must not fill the memory.
_LARGEST_BODY = 1 << 30


@dataclass(slots=True)
class HttpRequest:
    """Hold one request, whole. ``headers`` keeps the names as sent; ``header`` ignores case."""

    method: str
    target: str
    headers: Message
    body: bytes

    @property
    def path(self) -> str:
        """The path as sent, still percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The query string as sent, without the question mark."""
        return self.target.partition("?")[2]

    def header(self, name: str, default: str = "") -> str:
        """Return the first header of that name."""
        value = self.headers.get(name)
        return default if value is None else str(value)


@dataclass(slots=True)
class HttpResponse:
    """Hold one answer. ``Content-Length``, ``Date`` and ``Connection`` are the server's to add."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    body: bytes = b""


Application = Callable[[HttpRequest], HttpResponse]


class _BadRequestError(Exception):
    pass


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Without this, an answer in two segments meets the client's delayed ACK: 40 ms a call.
    disable_nagle_algorithm = True
    wbufsize = -1

    def finish(self) -> None:
        # The client may be gone already; there is nobody left to tell.
        with contextlib.suppress(OSError):
            super().finish()

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            super().handle()

    def handle_expect_100(self) -> bool:
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def _answer(self) -> None:
        try:
            request = HttpRequest(self.command, self.path, self.headers, self._read_body())
        except _BadRequestError as error:
            self.close_connection = True
            self._write(HttpResponse(400, [("Content-Type", "text/plain")], str(error).encode()))
            return
        self._write(cast("_Listener", self.server).application(request))

    def __getattr__(self, name: str) -> Callable[[], None]:
        # The base class looks for do_GET, do_POST, ...; every method is answered alike.
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def _read_body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._read_chunks()
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > _LARGEST_BODY:
            raise _BadRequestError("Content-Length is not a number of bytes that this server takes")
        return self._read_exactly(int(length))

    def _read_exactly(self, size: int) -> bytes:
        data = self.rfile.read(size)
        if len(data) != size:
            raise ConnectionError("the client went away in the middle of a body")
        return data

    def _read_chunks(self) -> bytes:
        chunks: list[bytes] = []
        total = 0
        while True:
            try:
                size = int(self.rfile.readline(80).partition(b";")[0], 16)
            except ValueError:
                raise _BadRequestError("a chunk has no size") from None
            total += size
            if total > _LARGEST_BODY:
                raise _BadRequestError("the body is larger than this server takes")
            chunks.append(self._read_exactly(size))
            if not size:
                while self.rfile.readline(65537).strip():
                    pass  # trailers
                # With the framing gone the length must be said, for those behind us who read it.
                del self.headers["Transfer-Encoding"]
                self.headers["Content-Length"] = str(total)
                return b"".join(chunks)
            self.rfile.readline(2)

    def _write(self, response: HttpResponse) -> None:
        self.send_response_only(response.status)
        names = set[str]()
        for name, value in response.headers:
            names.add(name.lower())
            if name.lower() != "connection":
                self.send_header(name, value)
        if "date" not in names:
            self.send_header("Date", self.date_time_string())
        if "content-length" not in names and response.status not in (204, 304):
            self.send_header("Content-Length", str(len(response.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    def log_message(self, format: str, *_: Any) -> None:  # noqa: A002 - the base class's name
        pass


class _Listener(ThreadingHTTPServer):
    # A thousand clients that start together must all be let in.
    request_queue_size = 1024

    def __init__(self, address: tuple[str, int], application: Application) -> None:
        self.application = application
        self.connections: dict[socket.socket, threading.Thread] = {}
        super().__init__(address, _Connection)

    def server_bind(self) -> None:
        # HTTPServer looks its own name up in the DNS here, which can take seconds.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        # Written down here, not in the new thread: close() must miss none.
        thread = threading.Thread(
            target=self.process_request_thread, args=(request, client_address), daemon=True
        )
        self.connections[request] = thread
        thread.start()

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.connections.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


class HttpServer:
    """Listen on ``host`` and ``port`` (0: any free one) and answer with ``application``.

    ``close`` ends open connections too, and returns when no thread of the server is left.
    """

    def __init__(self, host: str, port: int, application: Application) -> None:
        self._listener = _Listener((host, port), application)
        self._thread = threading.Thread(
            target=self._listener.serve_forever,
            kwargs={"poll_interval": 0.05},
            name="cognito-credentials emulator",
            daemon=True,
        )

    @property
    def port(self) -> int:
        """The port in use."""
        return self._listener.server_port

    def start(self) -> None:
        """Begin to answer, in a daemon thread."""
        self._thread.start()

    def close(self) -> None:
        """Stop answering and free the port."""
        self._listener.shutdown()
        self._thread.join()
        for connection, thread in tuple(self._listener.connections.items()):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=5)
        self._listener.server_close()
