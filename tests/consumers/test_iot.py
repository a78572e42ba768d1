"""MQTT over WebSockets with the AWS IoT Device SDK: one identity, and valid credentials for each
connection.

The emulator does not emulate AWS IoT, so the connections go to a server that accepts every
connection and records the access key in the URL.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socketserver
import threading
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from consumer_environment import MARKS, run_python
from tls_authority import Authority, authority

from cognito_credentials.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["authority"]

PROGRAM = Path(__file__).with_name("iot_client.py")
WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
# A final binary frame with the MQTT 5 packet CONNACK: success, no properties.
CONNACK = bytes([0x82, 5, 0x20, 3, 0, 0, 0])

pytestmark = MARKS


class Connection(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        target = self.rfile.readline().decode().split()[1]
        headers = {}
        while line := self.rfile.readline().decode().strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        digest = hashlib.sha1((headers["sec-websocket-key"] + WEBSOCKET_GUID).encode())  # noqa: S324
        accept = base64.b64encode(digest.digest()).decode()
        self.server.queries.append(parse_qs(urlsplit(target).query))
        self.wfile.write(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )
        self.rfile.read(1)  # Wait for the packet CONNECT.
        self.wfile.write(CONNACK)
        while self.rfile.read(1):
            pass


class MqttServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, context) -> None:
        super().__init__(("127.0.0.1", 0), Connection)
        self._context = context
        self.queries: list[dict[str, list[str]]] = []

    def get_request(self):
        connection, address = super().get_request()
        return self._context.wrap_socket(connection, server_side=True), address

    def handle_error(self, *_: object) -> None:
        """Ignore clients that close their connection without a TLS alert."""


@pytest.fixture
def server(authority: Authority) -> Iterator[MqttServer]:
    with MqttServer(authority.context()) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def run(settings: dict[str, object], home: Path, lines: str) -> list[str]:
    done = run_python([PROGRAM, json.dumps(settings)], home, text=lines)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_each_connection_has_valid_credentials_of_the_same_identity(
    server: MqttServer, authority: Authority, tmp_path: Path
):
    with Emulator(account_id="111122223399") as emulator:
        pool = emulator.create_identity_pool(guests=[])
        settings = {
            "pool": pool.id,
            "endpoint_url": emulator.endpoint_url,
            "port": server.server_address[1],
            "ca": authority.ca,
        }
        before_and_after_an_expiration = "0\n3601\n"
        identities = run(settings, tmp_path, before_and_after_an_expiration)
        identities += run(settings, tmp_path, "0\n")  # Another run stands for a restart.
        operations = [call.operation for call in emulator.calls]
    assert len(identities) == 3
    assert len(set(identities)) == 1
    assert operations.count("GetId") == 1
    keys = [query["X-Amz-Credential"][0].partition("/") for query in server.queries]
    assert len({key for key, *_ in keys}) == 3
    for (key, _, scope), query in zip(keys, server.queries, strict=True):
        assert key.startswith("ASIA")
        assert re.fullmatch(r"\d{8}/us-east-1/iotdevicegateway/aws4_request", scope)
        assert query["X-Amz-Security-Token"]
