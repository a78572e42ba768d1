from __future__ import annotations

import socket
import socketserver
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager

import pytest

from cognito_credentials._limited_server import MAX_CONNECTIONS, LimitedServer

TIMEOUT_SECONDS = 30


class Handler(socketserver.BaseRequestHandler):
    """Handler that echoes one byte.

    If the byte is `t`, the handler trusts the client, and echoes the byte only after `release`.
    """

    release = threading.Event()

    def handle(self) -> None:
        received = self.request.recv(1)
        if received == b"t":
            self.server.trust(self.request)
            self.request.sendall(b"trusted")
            self.release.wait(TIMEOUT_SECONDS)
        self.request.sendall(received)


@pytest.fixture
def server():
    Handler.release = threading.Event()
    running = LimitedServer(socket.create_server(("127.0.0.1", 0)), Handler)
    thread = threading.Thread(target=running.serve_forever, args=(0.01,))
    thread.start()
    yield running
    Handler.release.set()
    running.shutdown()
    running.server_close()
    thread.join()


@contextmanager
def connections(server, count, sent=b""):
    with ExitStack() as stack:
        opened = []
        for _ in range(count):
            address = server.server_address
            connection = socket.create_connection(address, timeout=TIMEOUT_SECONDS)
            opened.append(stack.enter_context(connection))
            if sent:
                connection.sendall(sent)
                assert connection.recv(7) == b"trusted"
        yield opened


def echo(server, sent=b"x"):
    with socket.create_connection(server.server_address, timeout=TIMEOUT_SECONDS) as connection:
        connection.sendall(sent)
        return connection.recv(8)


def test_a_new_connection_replaces_the_oldest(server):
    with connections(server, MAX_CONNECTIONS) as (oldest, second, *_):
        assert echo(server) == b"x"
        assert oldest.recv(1) == b""
        second.sendall(b"y")
        assert second.recv(1) == b"y"


def test_many_silent_connections_do_not_keep_clients_out(server):
    with connections(server, 5 * MAX_CONNECTIONS):
        assert [echo(server) for _ in range(50)] == [b"x"] * 50


def test_a_trusted_connection_is_never_closed(server):
    with connections(server, 10, b"t") as trusted, connections(server, 2 * MAX_CONNECTIONS):
        Handler.release.set()
        assert [connection.recv(1) for connection in trusted] == [b"t"] * 10


def test_a_connection_beyond_the_limit_is_closed_if_all_others_are_trusted(server):
    with connections(server, MAX_CONNECTIONS, b"t") as trusted:
        with connections(server, 1) as (additional,):
            assert additional.recv(1) == b""
        Handler.release.set()
        assert trusted[1].recv(1) == b"t"


# A program that opens connections without sending anything, then sends one byte and prints the
# response.
CLIENT = """
import socket, sys
address = "127.0.0.1", int(sys.argv[1])
silent = [socket.create_connection(address, timeout=30) for _ in range(60)]
with socket.create_connection(address, timeout=30) as connection:
    connection.sendall(b"x")
    print(connection.recv(1))
"""


def test_silent_connections_that_use_all_descriptors_do_not_keep_clients_out(server):
    resource = pytest.importorskip("resource")  # Windows lacks this module.
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    command = [sys.executable, "-c", CLIENT, str(server.server_address[1])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE) as client:
        with socket.socket() as highest:
            resource.setrlimit(resource.RLIMIT_NOFILE, (highest.fileno() + 20, limit[1]))
        try:
            assert client.communicate(timeout=TIMEOUT_SECONDS)[0] == b"b'x'\n"
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limit)
