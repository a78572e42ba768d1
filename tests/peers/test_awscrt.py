"""The provider for identity pools in the AWS Common Runtime (awscrt) uses the emulator.

This provider always connects to port 443 of its endpoint with TLS, which the emulator does not support.
Therefore, the test runs a proxy that passes all requests to the emulator without TLS.
"""

from __future__ import annotations

import json
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from consumer_environment import MARKS, PYTHON
from emulated_account import Account, UserPool, allow, error_of
from tls_authority import Authority, authority
from transport_servers import Server, read_request

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

    from cognito_credentials.emulator import Emulator

__all__ = ["authority"]

PROGRAM = Path(__file__).parent / "awscrt_credentials.py"

pytestmark = MARKS


class TlsTerminator:
    """Handler of a proxy that decrypts all tunnels, and passes the requests to a local port."""

    def __init__(self, context: ssl.SSLContext, port: int) -> None:
        self.context = context
        self.port = port

    def __call__(self, connection: socket.socket, number: int) -> None:
        assert read_request(connection).startswith(b"CONNECT localhost:443 ")
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with (
            self.context.wrap_socket(connection, server_side=True) as client,
            socket.create_connection(("127.0.0.1", self.port)) as server,
        ):
            while request := read_request(client):
                server.sendall(request)
                client.sendall(read_request(server))  # `read_request` also reads responses.


@pytest.fixture
def proxy(emulator: Emulator, authority: Authority) -> Iterator[Server]:
    server = Server(TlsTerminator(authority.context(), emulator.port))
    yield server
    server.close()


def test_guests_and_users_get_credentials(
    environment: dict[str, str],
    account: Account,
    user_pool: UserPool,
    proxy: Server,
    authority: Authority,
):
    pool = account.pool(
        CognitoIdentityProviders=[
            {"ProviderName": user_pool.provider, "ClientId": user_pool.client_id}
        ]
    )
    bucket = account.bucket()
    listing = allow("s3:ListBucket", f"arn:aws:s3:::{bucket}")
    writing = allow("s3:PutObject", f"arn:aws:s3:::{bucket}/*")
    account.set_roles(
        pool,
        unauthenticated=account.role(pool, listing, amr="unauthenticated"),
        authenticated=account.role(pool, writing),
    )
    logins = user_pool.logins("ada")
    requests: list[dict[str, Any]] = [
        {"identity": account.identity(pool), "logins": {}},
        {"identity": account.identity(pool, logins), "logins": logins},
    ]
    done = subprocess.run(
        [PYTHON, PROGRAM, "localhost", str(proxy.port), authority.ca],
        env=environment,
        input=json.dumps(requests),
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert done.returncode == 0, done.stderr
    guest, user = (account.client("s3", keys) for keys in json.loads(done.stdout))
    guest.list_objects_v2(Bucket=bucket)
    assert error_of(user.list_objects_v2, Bucket=bucket)[0] == "AccessDenied"
    user.put_object(Bucket=bucket, Key="note", Body=b"a note")
