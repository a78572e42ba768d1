"""Helpers for testing the credentials endpoint: raw requests, `serve` processes, a slow service."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from emulated_account import Account, allow

if TYPE_CHECKING:
    from pathlib import Path

    from cognito_credentials.emulator import Emulator

# botocore's timeout for a container endpoint. The tested endpoints must respond within this time.
BOTOCORE_TIMEOUT_SECONDS = 2.0
TIMEOUT_SECONDS = 60.0

# Credentials in every place that an SDK may read before it calls an endpoint.
CREDENTIALS_FILE = """\
[default]
aws_access_key_id = AKIADEFAULTDEFAULT00
aws_secret_access_key = the-default-profiles-secret
[office]
aws_access_key_id = AKIAOFFICEOFFICE0000
aws_secret_access_key = the-offices-secret
"""
CONFIG_FILE = """\
[default]
credential_process = /bin/false
output = json
[profile office]
output = json
"""
CREDENTIAL_VARIABLES = {
    "AWS_ACCESS_KEY_ID": "AKIAVARIABLE00000000",
    "AWS_SECRET_ACCESS_KEY": "the-variables-secret",
    "AWS_SESSION_TOKEN": "the-variables-session",
    "AWS_SECURITY_TOKEN": "the-variables-session",
    "AWS_CREDENTIAL_EXPIRATION": "2030-01-01T00:00:00Z",
    "AWS_PROFILE": "office",
    "AWS_DEFAULT_PROFILE": "office",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/dev/null",
    "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/other",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/other",
}


def write_aws_files(home: Path) -> None:
    """Write CONFIG_FILE and CREDENTIALS_FILE into `.aws` in a home directory."""
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(CONFIG_FILE)
    (home / ".aws" / "credentials").write_text(CREDENTIALS_FILE)


class EndpointResponse(NamedTuple):
    status: int
    headers: dict[str, str]
    document: dict[str, Any]


def call_endpoint(
    url: str, token: str | None, *, method: str = "GET", **headers: str
) -> EndpointResponse:
    """Send a request like an SDK; a header with the value "" is omitted."""
    parts = urlsplit(url)
    sent = {"Host": parts.netloc, "Accept": "application/json"}
    if token is not None:
        sent["Authorization"] = token
    sent |= headers
    lines = [f"{method} {parts.path} HTTP/1.1", *(f"{n}: {v}" for n, v in sent.items() if v)]
    return parse_response(send_bytes(url, "\r\n".join([*lines, "", ""]).encode("latin-1")))


def send_bytes(url: str, request: bytes, *, seconds: float = BOTOCORE_TIMEOUT_SECONDS) -> bytes:
    """Send a raw request and return the raw response, which may be empty."""
    parts = urlsplit(url)
    response = b""
    connection = socket.create_connection((parts.hostname, parts.port), timeout=seconds)
    # The endpoint closes the connection in the middle of a request that is too large.
    with connection, suppress(ConnectionError):
        connection.sendall(request)
        while part := connection.recv(65536):
            response += part
    return response


def parse_response(response: bytes) -> EndpointResponse:
    head, _, body = response.partition(b"\r\n\r\n")
    status_line, *header_lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in header_lines)
    return EndpointResponse(int(status_line.split()[1]), headers, json.loads(body))


class GuestPool:
    """An identity pool whose guests may list one bucket."""

    def __init__(self, emulator: Emulator) -> None:
        account = Account(emulator)
        self.emulator = emulator
        self.bucket = account.bucket()
        self.pool = account.pool()
        grant = allow("s3:ListBucket", f"arn:aws:s3:::{self.bucket}")
        account.set_roles(
            self.pool, unauthenticated=account.role(self.pool, grant, amr="unauthenticated")
        )
        self._calls_before = len(emulator.calls)

    def environment(self, home: Any, **more: str) -> dict[str, str]:
        """Return environment variables that name the identity pool and contain no credentials."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PYTHONPATH": os.pathsep.join(sys.path),
            "AWS_ENDPOINT_URL": self.emulator.endpoint_url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_COGNITO_IDENTITY_POOL_ID": self.pool,
            "NO_PROXY": "127.0.0.1",
            "TMPDIR": str(home),
            **more,
        }

    @property
    def calls(self) -> list[str]:
        """The Cognito operations called since the pool was created."""
        calls = self.emulator.calls[self._calls_before :]
        return [call.operation for call in calls if call.service == "cognito-identity"]


def command_line(*arguments: str) -> list[str]:
    """Return the command line that runs `cognito-credentials` with these arguments."""
    return [sys.executable, "-m", "cognito_credentials", *arguments]


# Like systemd, this program passes the file descriptor in its first argument to the command in the
# other arguments.
PASS_SOCKET = """\
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.execve(sys.argv[2], sys.argv[2:], {**os.environ, "LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"})
"""


class ServeProcess:
    """A process that runs `serve`, which may listen on a socket that is passed to it."""

    def __init__(
        self, environment: dict[str, str], *arguments: str, passed: socket.socket | None = None
    ) -> None:
        words = command_line("serve", "--format", "json", *arguments)
        if passed is not None:
            words = [sys.executable, "-c", PASS_SOCKET, str(passed.fileno()), *words]
        self.process = subprocess.Popen(
            words,
            env=environment,
            pass_fds=[passed.fileno()] if passed else [],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        printed = ""
        for line in iter(self.process.stdout.readline, ""):
            printed += line
            if line == "}\n":
                break
        assert printed, self.process.communicate()[1]
        self.variables: dict[str, str] = json.loads(printed)
        self.url = self.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
        self.token_file = self.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]
        with open(self.token_file, encoding="ascii") as file:
            self.token = file.read()

    def call(self, **options: Any) -> EndpointResponse:
        return call_endpoint(options.pop("url", self.url), self.token, **options)

    def stop(self, signal_number: int) -> tuple[int, str]:
        """Send a signal, and return the exit status and the remaining output."""
        self.process.send_signal(signal_number)
        out, err = self.process.communicate(timeout=TIMEOUT_SECONDS)
        return self.process.returncode, out + err

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


class PausableService:
    """Relay to the emulator that can delay requests."""

    def __init__(self, target: str) -> None:
        self._target = urlsplit(target)
        self._open = threading.Event()
        self._open.set()
        self.has_received_request = threading.Event()  # `pause` clears this event.
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets = [self._listener]
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def pause(self) -> None:
        self.has_received_request.clear()
        self._open.clear()

    def resume(self) -> None:
        self._open.set()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection((self._target.hostname, self._target.port))
                self._sockets += [client, server]
                thread = threading.Thread(target=self._relay, args=(client, server))
                self._threads.append(thread)
                thread.start()

    def _relay(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while True:
                ready, _, _ = select.select([client, server], [], [])
                for source in ready:
                    part = source.recv(65536)
                    self.has_received_request.set()
                    self._open.wait()
                    (server if source is client else client).sendall(part)
                    if not part:
                        return

    def close(self) -> None:
        self.resume()
        for connection in self._sockets:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for connection in self._sockets:
            connection.close()
