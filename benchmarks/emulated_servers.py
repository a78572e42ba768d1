"""The emulators that the benchmark `emulator` compares, each in a separate process."""

from __future__ import annotations

import configparser
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from benchmarks.processes import ENVIRONMENT

BUILD = Path(__file__).parent.parent / ".build"
START_TIMEOUT_SECONDS = 60.0
TARGET_PREFIX = "AWSCognitoIdentityService"
REGION = "us-east-1"
UNKNOWN_POOL_ID = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"


@dataclass(frozen=True)
class Program:
    """A command that starts an emulator.

    `{port}` stands for the emulator's port, and `{keys}` for the file to which it writes the keys
    of an administrator.
    """

    name: str
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def is_installed(self) -> bool:
        return Path(self.command[0]).exists()


OURS = Program(
    "cognito-credentials emulator",
    (
        *(sys.executable, "-m", "cognito_credentials", "emulator"),
        *("--port", "{port}", "--admin-file", "{keys}"),
    ),
)
MOTO = Program("moto's server", (sys.executable, "-m", "moto.server", "--port", "{port}"))
MINISTACK = Program(
    "ministack", (str(BUILD / "ministack" / "bin" / "ministack"),), (("GATEWAY_PORT", "{port}"),)
)


class Server:
    """A running emulator."""

    def __init__(
        self, program: Program, port: int, keys: Path, process: subprocess.Popen[bytes]
    ) -> None:
        self.program = program
        self.port = port
        self.keys = keys
        self.process = process
        self.connection = Connection(port)

    def cpu_seconds(self) -> float:
        """Return the CPU time of the server's process so far (Linux only)."""
        return time.clock_gettime(~self.process.pid << 3 | 2)

    def resident_bytes(self) -> int:
        """Return the resident memory of the server's process (Linux only)."""
        statm = Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii")
        return int(statm.split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def create_pool(self) -> str:
        """Create an identity pool whose guests have a role, and return its ID."""
        iam, pools = self._client("iam"), self._client("cognito-identity")
        pool: str = pools.create_identity_pool(
            IdentityPoolName="benchmark", AllowUnauthenticatedIdentities=True
        )["IdentityPoolId"]
        trust = {
            "Effect": "Allow",
            "Principal": {"Federated": "cognito-identity.amazonaws.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {"cognito-identity.amazonaws.com:aud": pool},
                "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "unauthenticated"},
            },
        }
        role = iam.create_role(
            RoleName="guest",
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        )["Role"]["Arn"]
        with contextlib.suppress(pools.exceptions.ClientError):  # moto lacks this operation.
            pools.set_identity_pool_roles(IdentityPoolId=pool, Roles={"unauthenticated": role})
        return pool

    def _client(self, service: str) -> Any:
        # The access key of the root user in ministack; moto accepts every key.
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        if any("{keys}" in part for part in self.program.command):
            parser = configparser.ConfigParser()
            while not parser.read(self.keys):
                time.sleep(0.01)  # noqa: TID251 - this waits for another process
            keys = dict(parser["default"])
        return boto3.client(  # type: ignore[call-overload]
            service,
            region_name=REGION,
            endpoint_url=f"http://127.0.0.1:{self.port}",
            config=Config(proxies={}),
            **keys,
        )


class Connection:
    """An HTTP client that does as little as possible, and reuses its connection if permitted."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def call(self, operation: str, **parameters: str) -> dict[str, Any]:
        """Call an operation of Amazon Cognito Identity, and return its output."""
        status, output = self._send(operation, parameters)
        if status != 200:
            raise SystemExit(f"{operation} failed with status {status}: {output!r}")
        document: dict[str, Any] = json.loads(output)
        return document

    def _send(self, operation: str, parameters: dict[str, str]) -> tuple[int, bytes]:
        body = json.dumps(parameters).encode()
        # The headers that boto3 sends for an unsigned request.
        head = (
            "POST / HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{self._port}\r\n"
            "Accept-Encoding: identity\r\n"
            f"X-Amz-Target: {TARGET_PREFIX}.{operation}\r\n"
            "Content-Type: application/x-amz-json-1.1\r\n"
            "User-Agent: Boto3/1.43.117 md/Botocore#1.43.117 ua/2.1 os/linux md/arch#x86_64"
            " lang/python#3.11.7 md/pyimpl#CPython m/b,Z,n,D cfg/retry-mode#standard\r\n"
            "amz-sdk-invocation-id: 0b4f2cd9-8f4f-4f5c-8a6c-7ad8ad2cf2a1\r\n"
            "amz-sdk-request: attempt=1\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return self._exchange(head.encode() + body)

    def is_ready(self) -> bool:
        """Return True if the server responds to a request for an identity."""
        try:
            self._send("GetId", {"IdentityPoolId": UNKNOWN_POOL_ID})
        except OSError:
            self.close()
            return False
        return True

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _exchange(self, request: bytes) -> tuple[int, bytes]:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port))
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request)
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._receive()
        head = received[:end].lower()
        headers = dict(line.partition(b": ")[::2] for line in head.split(b"\r\n")[1:])
        length = end + 4 + int(headers[b"content-length"])
        while len(received) < length:
            received += self._receive()
        if head.startswith(b"http/1.0") or headers.get(b"connection") == b"close":
            self.close()
        return int(head[9:12]), received[end + 4 : length]

    def _receive(self) -> bytes:
        assert self._socket is not None
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data


@contextlib.contextmanager
def running(program: Program) -> Iterator[Server]:
    """Run an emulator, and yield it after its first response."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    with tempfile.TemporaryFile() as log, tempfile.TemporaryDirectory() as directory:
        keys = Path(directory, "keys")
        command = [each.format(port=port, keys=keys) for each in program.command]
        own = {name: value.format(port=port) for name, value in program.environment}
        started = time.perf_counter()
        process = subprocess.Popen(
            command, env={**ENVIRONMENT, **own}, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            server = Server(program, port, keys, process)
            while not server.connection.is_ready():
                if process.poll() is not None or (
                    time.perf_counter() - started > START_TIMEOUT_SECONDS
                ):
                    log.seek(0)
                    raise SystemExit(f"{program.name} did not start:\n{log.read().decode()}")
                time.sleep(0.002)  # noqa: TID251 - this waits for another process
            yield server
            server.connection.close()
        finally:
            process.terminate()
            process.wait()
