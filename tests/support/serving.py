"""Endpoints as tests meet them: raw requests, programs that serve, and a service that is held up."""

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

# As long as botocore waits: an endpoint that takes longer fails the test that asks it.
BOTOCORES_PATIENCE = 2.0
LONG = 60.0

# What comes before an endpoint in some SDK, in each of its places.
CREDENTIALS = """\
[default]
aws_access_key_id = AKIADEFAULTDEFAULT00
aws_secret_access_key = the-default-profiles-secret
[office]
aws_access_key_id = AKIAOFFICEOFFICE0000
aws_secret_access_key = the-offices-secret
"""
CONFIG = """\
[default]
credential_process = /bin/false
output = json
[profile office]
output = json
"""
VARIABLES = {
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
    """Give a user AWS files with other credentials."""
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(CONFIG)
    (home / ".aws" / "credentials").write_text(CREDENTIALS)


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    document: dict[str, Any]


def ask(url: str, token: str | None, *, method: str = "GET", **headers: str) -> Answer:
    """Ask an endpoint as an SDK does; a header that is "" is left out."""
    parts = urlsplit(url)
    sent = {"Host": parts.netloc, "Accept": "application/json"}
    if token is not None:
        sent["Authorization"] = token
    sent |= headers
    lines = [f"{method} {parts.path} HTTP/1.1", *(f"{n}: {v}" for n, v in sent.items() if v)]
    return read(send(url, "\r\n".join([*lines, "", ""]).encode("latin-1")))


def send(url: str, request: bytes, *, seconds: float = BOTOCORES_PATIENCE) -> bytes:
    """Send bytes and return all that comes back, which may be nothing."""
    parts = urlsplit(url)
    answer = b""
    connection = socket.create_connection((parts.hostname, parts.port), timeout=seconds)
    with connection, suppress(ConnectionError):  # closed in the middle of too large a request
        connection.sendall(request)
        while part := connection.recv(65536):
            answer += part
    return answer


def read(answer: bytes) -> Answer:
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return Answer(int(first.split()[1]), headers, json.loads(body))


class Guests:
    """A pool whose guests may list a bucket; the environment of a user who knows of it."""

    def __init__(self, emulator: Emulator) -> None:
        account = Account(emulator)
        self.emulator = emulator
        self.bucket = account.bucket()
        self.pool = account.pool()
        grant = allow("s3:ListBucket", f"arn:aws:s3:::{self.bucket}")
        account.set_roles(
            self.pool, unauthenticated=account.role(self.pool, grant, amr="unauthenticated")
        )
        self.seen = len(emulator.calls)

    def environment(self, home: Any, **more: str) -> dict[str, str]:
        """Return an environment without any credentials."""
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
        """The operations of Cognito since this was made."""
        calls = self.emulator.calls[self.seen :]
        return [call.operation for call in calls if call.service == "cognito-identity"]


def command(*words: str) -> list[str]:
    """Return the command line of `cognito-credentials`."""
    return [sys.executable, "-m", "cognito_credentials", *words]


class Serving:
    """`serve` in a process of its own."""

    def __init__(self, environment: dict[str, str], *words: str) -> None:
        self.process = subprocess.Popen(
            command("serve", "--format", "json", *words),
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        lines = iter(self.process.stdout.readline, "")
        printed = ""
        for line in lines:
            printed += line
            if line == "}\n":
                break
        assert printed, self.process.communicate()[1]
        self.variables: dict[str, str] = json.loads(printed)
        self.url = self.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
        self.token_file = self.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]
        with open(self.token_file, encoding="ascii") as file:
            self.token = file.read()

    def ask(self, **options: Any) -> Answer:
        return ask(options.pop("url", self.url), self.token, **options)

    def end(self, number: int) -> tuple[int, str]:
        """Send a signal; returns the exit status, and what was said."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=LONG)
        return self.process.returncode, out + err

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


class HeldService:
    """Stands before the emulator, and can hold back what is sent to it."""

    def __init__(self, target: str) -> None:
        self._target = urlsplit(target)
        self._open = threading.Event()
        self._open.set()
        self.is_asked = threading.Event()  # since it was held
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets = [self._listener]
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def hold(self) -> None:
        self.is_asked.clear()
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection((self._target.hostname, self._target.port))
                self._sockets += [near, far]
                thread = threading.Thread(target=self._relay, args=(near, far))
                self._threads.append(thread)
                thread.start()

    def _relay(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):
            while True:
                ready, _, _ = select.select([near, far], [], [])
                for source in ready:
                    part = source.recv(65536)
                    self.is_asked.set()
                    self._open.wait()
                    (far if source is near else near).sendall(part)
                    if not part:
                        return

    def close(self) -> None:
        self.release()
        for one in self._sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for one in self._sockets:
            one.close()
