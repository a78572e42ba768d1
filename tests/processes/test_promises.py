"""Promises in SECURITY.md whose tests need separate processes or recorded network traffic."""

from __future__ import annotations

import asyncio
import socket
import socketserver
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from emulated_account import Account

from cognito_credentials import (
    BasicFlow,
    CredentialBroker,
    aio,
    from_cognito_identity_pool,
)
from cognito_credentials.cli import program
from cognito_credentials.emulator import Emulator
from cognito_credentials.integrations import boto3 as cognito_boto3

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY_ID, SECRET_KEY, TOKEN = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG", "FwoGZXIvYXdzEXAMPLE"
FILE_KEY_ID = "AKIAI44QH8DHBEXAMPLE"
FOREIGN_KEYS = (KEY_ID, SECRET_KEY, TOKEN, FILE_KEY_ID)


# --- AWS keys in the environment ------------------------------------------------------------------


class Wire(socketserver.ThreadingTCPServer):
    """Proxy for the emulator that records every byte that clients send."""

    daemon_threads = True

    def __init__(self, target: int) -> None:
        super().__init__(("127.0.0.1", 0), Forwarder)
        self.target = target
        self.sent = bytearray()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Forwarder(socketserver.BaseRequestHandler):
    server: Wire

    def handle(self) -> None:
        with socket.create_connection(("127.0.0.1", self.server.target)) as target:
            back = threading.Thread(target=copy, args=(target, self.request))
            back.start()
            copy(self.request, target, self.server.sent)
            back.join()


def copy(source: socket.socket, target: socket.socket, record: bytearray | None = None) -> None:
    while part := source.recv(65_536):
        if record is not None:
            record += part
        target.sendall(part)
    target.shutdown(socket.SHUT_WR)


@contextmanager
def recording(emulator: Emulator) -> Iterator[Wire]:
    with Wire(int(emulator.endpoint_url.rpartition(":")[2])) as wire:
        thread = threading.Thread(target=wire.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield wire
        finally:
            wire.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def guests(emulator: Emulator) -> tuple[str, str]:
    """Return the ID of a pool that allows guests, and the ARN of a role for the basic flow."""
    account = Account(emulator)
    pool = account.pool(AllowClassicFlow=True)
    role = account.role(pool, amr="unauthenticated")
    account.set_roles(pool, unauthenticated=role)
    return pool, role


@pytest.fixture
def other_credentials(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set credentials that an AWS SDK would find and use."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    (home / ".aws").mkdir()
    (home / ".aws" / "credentials").write_text(
        f"[default]\naws_access_key_id = {FILE_KEY_ID}\naws_secret_access_key = {SECRET_KEY}\n"
    )


def fetch_on_both_sides(pool: str, role: str, url: str) -> None:
    config = {"endpoint_url": url, "sts_endpoint_url": url}
    for flow in (None, BasicFlow(role_arn=role)):
        with from_cognito_identity_pool(pool, basic_flow=flow, client_config=config) as provider:
            assert provider.cached().get()
    with CredentialBroker(pool, client_config=config) as broker:
        assert broker.get("ann", {})

    async def fetch() -> None:
        for flow in (None, BasicFlow(role_arn=role)):
            async with aio.from_cognito_identity_pool(
                pool, basic_flow=flow, client_config=config
            ) as provider:
                assert await provider()

    asyncio.run(fetch())


def split_requests(sent: bytes) -> list[str]:
    return [f"POST {part}" for part in sent.decode("latin-1").split("POST ")[1:]]


@pytest.mark.usefixtures("other_credentials")
def test_aws_keys_in_the_environment_are_never_sent(
    emulator: Emulator, guests: tuple[str, str]
) -> None:
    with recording(emulator) as wire:
        fetch_on_both_sides(*guests, wire.url)
        requests = split_requests(bytes(wire.sent))
    assert len(requests) == 12  # Each provider sends two or three requests.
    for request in requests:
        assert not any(key in request for key in FOREIGN_KEYS)
        assert "authorization:" not in request.lower()
        assert "x-amz-security-token" not in request.lower()


@pytest.mark.usefixtures("other_credentials")
def test_clients_and_the_command_sign_only_with_credentials_of_the_pool(
    emulator: Emulator, guests: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    pool, _ = guests
    with recording(emulator) as wire:
        with from_cognito_identity_pool(pool, client_config={"endpoint_url": wire.url}) as provider:
            session = cognito_boto3.session(provider)
            client = session.client("sts", endpoint_url=wire.url, region_name="us-east-1")
            assert client.get_caller_identity()["Account"]
            client.close()
        arguments = ["--identity-pool-id", pool, "--endpoint-url", wire.url]
        assert program.main(["whoami", *arguments]) == 0
        requests = split_requests(bytes(wire.sent))
    assert len([request for request in requests if "Credential=ASIA" in request]) == 2
    assert not any(key in request for key in FOREIGN_KEYS for request in requests)
    assert "ASIA…" in capsys.readouterr().out


# --- the emulator ---------------------------------------------------------------------------------


def test_the_emulator_listens_on_loopback(emulator: Emulator) -> None:
    port = int(emulator.endpoint_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)):
        pass
    # A server that listens on all addresses would also accept this connection.
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.2", port))


# --- the disk -------------------------------------------------------------------------------------

WITHOUT_A_STORE = """\
import asyncio, os, sys

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = ("os.", "shutil.", "tempfile.", "sqlite3.", "fcntl.flock", "dbm.")
READS = ("os.listdir", "os.scandir", "os.walk", "os.fwalk", "os.putenv", "os.unsetenv",
         "os.getxattr", "os.listxattr", "os.add_dll_directory", "os.posix_spawn", "os.fork")
written = []

def hook(event, args):
    if event == "open" and isinstance(args[2], int) and args[2] & WRITING:
        written.append((event, args[0]))
    elif event.startswith(CHANGES) and event not in READS:
        written.append((event, args))

sys.addaudithook(hook)
pool, url, role = sys.argv[1:]

from cognito_credentials import BasicFlow, CredentialBroker, aio, from_cognito_identity_pool
from cognito_credentials.integrations import aiobotocore, boto3

config = {"endpoint_url": url, "sts_endpoint_url": url}
for flow in (None, BasicFlow(role_arn=role)):
    with from_cognito_identity_pool(pool, basic_flow=flow, client_config=config) as provider:
        provider()
        provider.cached().get()
        provider.cached().invalidate()
        provider.cached().get(min_remaining=600)
        boto3.session(provider).client("sts", endpoint_url=url).get_caller_identity()
with CredentialBroker(pool, client_config=config) as broker:
    broker.get("ann", {})
    broker.forget("ann")

async def fetch():
    async with aio.from_cognito_identity_pool(pool, client_config=config) as provider:
        await provider()
        await provider.cached().get()
        async with aiobotocore.session(provider).create_client("sts", endpoint_url=url) as sts:
            await sts.get_caller_identity()

asyncio.run(fetch())
open("check", "w").close()  # the hook sees this one
for each in written:
    print(*each)
"""


def test_nothing_is_written_to_disk_without_a_store(
    emulator: Emulator, guests: tuple[str, str], home: Path, tmp_path: Path
) -> None:
    pool, role = guests
    folder = tmp_path / "folder"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-B", "-c", WITHOUT_A_STORE, pool, emulator.endpoint_url, role],
        cwd=folder,
        env={"HOME": str(home), "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "open check\n", "")
    assert not any(home.iterdir())
    assert [path.name for path in folder.iterdir()] == ["check"]
