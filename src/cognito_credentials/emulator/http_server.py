"""A small HTTP/1.1 server for loopback, with one thread per connection and keep-alive.

moto's web server closes every connection after one response and waits ten milliseconds for late
bytes, but clients under test reuse connections, and tests measure response times. This server reads
a complete request, passes it to a function, and writes the response in one segment.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import re
import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedReader
from socketserver import TCPServer
from typing import Any, cast

from cognito_credentials.emulator.headers import Headers
from cognito_credentials.emulator.messages import Delivery, RawRequest, RawResponse
from cognito_credentials.emulator.request_heads import parse_head
from cognito_credentials.emulator.response_headers import to_wire_headers

_log = logging.getLogger(__name__)

# No test sends larger objects, and an invalid Content-Length must not exhaust the memory.
_MAX_BODY_BYTES = 1 << 30
_MAX_CHUNK_LINE_LENGTH = 1024

_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?\r?\n", re.DOTALL)

_ABSOLUTE_TARGET = re.compile(r"https?://([^/?#]+)([^#]*)", re.IGNORECASE)

Application = Callable[[RawRequest], RawResponse]


class _BadRequestError(Exception):
    pass


@functools.cache
def _format_status_line(status: int) -> str:
    phrase = BaseHTTPRequestHandler.responses.get(status, ("", ""))[0]
    return f"HTTP/1.1 {status} {phrase}\r\n"


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # With Nagle's algorithm, a response in two segments waits 40 ms for the client's delayed ACK.
    disable_nagle_algorithm = True
    rbufsize = 1 << 16
    wbufsize = -1

    def finish(self) -> None:
        # The client may have closed the connection already.
        with contextlib.suppress(OSError):
            super().finish()

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            super().handle()

    def handle_one_request(self) -> None:
        head = parse_head(cast("BufferedReader", self.rfile).peek())
        if head is None:
            super().handle_one_request()
            return
        self.rfile.read(head.size)
        self.command, self.path = head.method, head.target
        self.request_version = "HTTP/1.1"
        self.close_connection = False
        self._respond(head.headers)

    def handle_expect_100(self) -> bool:
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def _respond(self, headers: Headers) -> None:
        try:
            target = self._read_target(headers)
            request = RawRequest(self.command, target, headers, self._read_body(headers))
        except _BadRequestError as error:
            self.close_connection = True
            self._write(RawResponse(400, [("Content-Type", "text/plain")], str(error).encode()))
            return
        self._write(self._call_application(request))

    def _call_application(self, request: RawRequest) -> RawResponse:
        try:
            return cast("_Listener", self.server).application(request)
        except Exception:  # noqa: BLE001 - the error is logged, and the client gets status 500
            _log.exception("The emulator raised an unexpected error. Responding with status 500.")
        text = b"the emulator raised an unexpected error; its log has the traceback"
        return RawResponse(HTTPStatus.INTERNAL_SERVER_ERROR, [("Content-Type", "text/plain")], text)

    def _read_target(self, headers: Headers) -> str:
        """Return the path and the query of the request.

        A request to a proxy, and every request that aiobotocore sends with httpx, contains a whole
        URL. The host in this URL replaces the `Host` header (RFC 9112, section 3.2.2).
        """
        if self.path.startswith("/"):
            return self.path
        match = _ABSOLUTE_TARGET.fullmatch(self.path)
        if match is None:
            raise _BadRequestError("the request target must be a path or a URL")
        headers.replace("Host", match[1])
        target = match[2]
        return target if target.startswith("/") else f"/{target}"

    def __getattr__(self, name: str) -> Callable[[], None]:
        # The base class looks up do_GET, do_POST, ...; all methods have the same handler.
        if name.startswith("do_"):
            return lambda: self._respond(Headers(self.headers.items()))
        raise AttributeError(name)

    def _read_body(self, headers: Headers) -> bytes:
        codings = headers.get_all("Transfer-Encoding")
        lengths = headers.get_all("Content-Length")
        # Otherwise, the next request on the connection could be hidden in the body of this request
        # (RFC 9112, section 11.2).
        if len(codings) + len(lengths) > 1:
            raise _BadRequestError(
                "a request must have at most one Content-Length or Transfer-Encoding"
            )
        if codings:
            if codings[0].strip().lower() != "chunked":
                raise _BadRequestError("the only supported Transfer-Encoding is chunked")
            return self._read_chunks(headers)
        if not lengths:
            return b""
        length = lengths[0].strip()
        if not _LENGTH.fullmatch(length) or int(length) > _MAX_BODY_BYTES:
            raise _BadRequestError("Content-Length must be a number of bytes up to 1 GiB")
        return self._read_exactly(int(length))

    def _read_exactly(self, size: int) -> bytes:
        data = self.rfile.read(size)
        if len(data) != size:
            raise ConnectionError("the client closed the connection before the end of the body")
        return data

    def _read_chunks(self, headers: Headers) -> bytes:
        chunks: list[bytes] = []
        total = 0
        while True:
            match = _CHUNK_SIZE.fullmatch(self.rfile.readline(_MAX_CHUNK_LINE_LENGTH))
            if match is None:
                raise _BadRequestError("a chunk does not start with its size")
            size = int(match[1], 16)
            total += size
            if total > _MAX_BODY_BYTES:
                raise _BadRequestError("the body must not be larger than 1 GiB")
            chunks.append(self._read_exactly(size))
            if not size:
                while self.rfile.readline(65537).strip():
                    pass  # Ignore the trailers.
                # The body is no longer chunked, so moto needs to read its length from a header.
                headers.remove("Transfer-Encoding")
                headers.replace("Content-Length", str(total))
                return b"".join(chunks)
            self.rfile.readline(2)

    def _write(self, response: RawResponse) -> None:
        body = response.body
        if response.delivery is not Delivery.COMPLETE:
            self.close_connection = True
            if response.delivery is Delivery.DROPPED or not body:
                return
            body = body[: len(body) // 2]
        if self.request_version != "HTTP/0.9":
            self.wfile.write(self._format_head(response))
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def _format_head(self, response: RawResponse) -> bytes:
        lines = [_format_status_line(response.status)]
        names = set[str]()
        for name, value in to_wire_headers(response.headers):
            lower = name.lower()
            names.add(lower)
            if lower != "connection":
                lines.append(f"{name}: {value}\r\n")
        if "date" not in names:
            lines.append(f"Date: {self.date_time_string()}\r\n")
        if "content-length" not in names and response.status not in (204, 304):
            lines.append(f"Content-Length: {len(response.body)}\r\n")
        if self.close_connection and response.delivery is Delivery.COMPLETE:
            lines.append("Connection: close\r\n")
        lines.append("\r\n")
        return "".join(lines).encode("latin-1")

    def log_message(self, format: str, *_: Any) -> None:  # noqa: A002 - the base class chose the name
        pass


class _Listener(ThreadingHTTPServer):
    # Tests may open a thousand connections at the same time.
    request_queue_size = 1024

    def __init__(self, address: tuple[str, int], application: Application) -> None:
        self.application = application
        self.connections: dict[socket.socket, threading.Thread] = {}
        super().__init__(address, _Connection)

    def server_bind(self) -> None:
        # HTTPServer would look up its own host name in the DNS, which can take seconds.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        # The thread is registered before it starts, so that close() waits for every thread.
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
    """HTTP server that passes each request to `application`.

    Args:
        host: The address to listen on.
        port: The port to listen on. 0 selects a free port.
        application: Function that returns the response to a request. Called from several threads.
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
        """The port on which the server listens."""
        return self._listener.server_port

    def start(self) -> None:
        """Start a daemon thread that responds to requests."""
        self._thread.start()

    def close(self) -> None:
        """Close all connections and the port, and wait for the threads of the server."""
        self._listener.shutdown()
        self._thread.join()
        for connection, thread in tuple(self._listener.connections.items()):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=5)
        self._listener.server_close()
