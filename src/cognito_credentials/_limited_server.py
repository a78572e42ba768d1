"""Local TCP server that clients cannot block by opening idle connections."""

from __future__ import annotations

import errno
import socket
import socketserver
import threading
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["MAX_CONNECTIONS", "LimitedServer"]

MAX_CONNECTIONS = 100
# Maximum wait for the thread of a closed connection. The thread usually ends immediately.
CLOSE_TIMEOUT_SECONDS = 0.5
RETRY_INTERVAL_SECONDS = 0.05
NO_DESCRIPTOR_ERRORS = frozenset((errno.EMFILE, errno.ENFILE))


class LimitedServer(socketserver.ThreadingTCPServer):
    """TCP server with one thread for each connection and a limited number of connections.

    Any program on this machine can open connections and send nothing. If the limit is reached, a
    new connection therefore replaces the oldest untrusted connection. A client that sends its
    request immediately is trusted long before its connection becomes the oldest.

    Args:
        listener: The listening socket; closing the server closes the socket.
        handler: Creates the handler for a connection. The handler calls `trust` once the client has
            proven that it is authorized.
    """

    daemon_threads = True
    block_on_close = False  # A thread ends with its request, and requests have a time limit.

    def __init__(self, listener: socket.socket, handler: Callable[..., Any]) -> None:
        self._free_connections = threading.BoundedSemaphore(MAX_CONNECTIONS)
        self._lock = threading.Lock()
        self._untrusted: dict[socket.socket, None] = {}  # The oldest connection comes first.
        self.address_family: int = listener.family
        super().__init__(listener.getsockname(), handler, bind_and_activate=False)
        self.socket.close()
        self.socket: socket.socket = listener

    def trust(self, connection: socket.socket) -> None:
        """Exempt a connection from being replaced by a newer connection."""
        with self._lock:
            self._untrusted.pop(connection, None)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection; if no descriptor is available, close an untrusted connection."""
        try:
            connection, address = super().get_request()
        except OSError as error:
            if error.errno in NO_DESCRIPTOR_ERRORS and not self._close_oldest():
                # The connection remains in the queue, so without this wait, the server would retry
                # in a busy loop.
                threading.Event().wait(RETRY_INTERVAL_SECONDS)
            raise
        return connection, address

    def process_request(self, request: Any, client_address: Any) -> None:
        """Handle a connection in a new thread; close it if no other connection can be replaced."""
        is_free = self._free_connections.acquire(blocking=False)
        if not is_free and self._close_oldest():
            is_free = self._free_connections.acquire(timeout=CLOSE_TIMEOUT_SECONDS)
        if not is_free:
            self.shutdown_request(request)
            return
        with self._lock:
            self._untrusted[request] = None
        try:
            super().process_request(request, client_address)
        except BaseException:  # No thread could be started.
            self._end(request)
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Handle a connection, then make room for another connection."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._end(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing, because a traceback could contain parts of the request."""

    def _end(self, connection: socket.socket) -> None:
        self.trust(connection)
        self._free_connections.release()

    def _close_oldest(self) -> bool:
        """Close the oldest untrusted connection, if any; its thread then ends."""
        with self._lock:
            connection = next(iter(self._untrusted), None)
            if connection is None:
                return False
            del self._untrusted[connection]
            with suppress(OSError):  # The client has disconnected.
                connection.shutdown(socket.SHUT_RDWR)
        return True
