"""The database recipes: psycopg with a token for RDS, and temporary passwords of Redshift.

The emulator has no database. psycopg connects to a server that speaks only the beginning of the
PostgreSQL protocol, in which the client sends its password.
"""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from consumer_environment import MARKS, run_python, write_token_file
from page_blocks import PYTHON, list_blocks
from tls_authority import Authority, authority

from cognito_credentials.emulator import Emulator, allow

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["authority"]

pytestmark = MARKS

PAGE = "docs/recipes.md"
SSL_REQUEST, CLEARTEXT_PASSWORD, OK = 80877103, 3, 0
PROGRAM = """\
import json, sys

from cognito_credentials import FileToken, ProviderConfig
from cognito_credentials.integrations.boto3 import session

pool_id, login_provider, token_file = sys.argv[1:]
provider = ProviderConfig(pool_id, logins={login_provider: FileToken(token_file)})
names = {"provider": provider, "session": session, "host": "127.0.0.1", "user": "ann"}
for text in json.load(sys.stdin):
    exec(text, names)
names["connect"]().close()
assert names["login"]["DbUser"] == "IAM:ann"
assert len(names["login"]["DbPassword"]) == 32
"""


class PostgresServer:
    """Server that accepts one connection, with any password.

    Attributes:
        port: The port of the server.
        messages: The parameters of the start-up message, and the password.
    """

    def __init__(self, certificate: tuple[str, str]) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*certificate)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(100)
        self.port = self._listener.getsockname()[1]
        self.messages: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._thread.join(100)
        self._listener.close()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            # Requests for other kinds of encryption are declined.
            while struct.unpack("!I", _read_message(connection))[0] != SSL_REQUEST:
                connection.sendall(b"N")
            connection.sendall(b"S")
            with self._context.wrap_socket(connection, server_side=True) as secured:
                self.messages.append(_read_message(secured))
                secured.sendall(b"R" + struct.pack("!II", 8, CLEARTEXT_PASSWORD))
                assert secured.recv(1) == b"p"
                self.messages.append(_read_message(secured))
                encoding = b"client_encoding\0UTF8\0"
                secured.sendall(
                    b"R"
                    + struct.pack("!II", 8, OK)
                    + b"S"
                    + struct.pack("!I", 4 + len(encoding))
                    + encoding
                    + b"Z"
                    + struct.pack("!I", 5)
                    + b"I"
                )
                assert secured.recv(1) == b"X"  # the client closes the connection


def _read_message(connection: socket.socket) -> bytes:
    """Return the rest of a message after its length."""
    (length,) = struct.unpack("!I", _read(connection, 4))
    return _read(connection, length - 4)


def _read(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        more = connection.recv(size - len(received))
        assert more, "the client closed the connection"
        received += more
    return received


def test_the_passwords_for_databases_belong_to_the_user(authority: Authority, tmp_path: Path):
    texts = [
        block.text
        for block in list_blocks(PAGE, PYTHON)
        if block.text.startswith(("import psycopg", "redshift = "))
    ]
    assert len(texts) == 2
    server = PostgresServer(authority.server)
    with Emulator(account_id="444455550000") as emulator:
        emulator.client("redshift").create_cluster(
            ClusterIdentifier="game",
            NodeType="ra3.large",
            MasterUsername="administrator",
            MasterUserPassword="Correct-horse-7",
        )
        pool = emulator.create_identity_pool(
            signed_in=[allow(["rds-db:connect", "redshift:GetClusterCredentials"], "*")]
        )
        token_file = write_token_file(tmp_path / "token", pool.create_user("ann").id_token())
        done = run_python(
            ["-c", PROGRAM, pool.id, pool.login_provider_name, token_file],
            tmp_path,
            text=json.dumps(texts),
            PGPORT=str(server.port),
            **emulator.environment(),
        )
        assert done.returncode == 0, done.stderr
        (call,) = [call for call in emulator.calls if call.operation == "GetClusterCredentials"]
    server.close()
    start, password = server.messages
    assert b"user\0ann\0database\0game\0" in start[4:]
    token = urlsplit(f"https://{password.rstrip(bytes(1)).decode()}")
    query = parse_qs(token.query)
    assert token.netloc == "127.0.0.1:5432"
    assert query["Action"] == ["connect"]
    assert query["DBUser"] == ["ann"]
    (credential,) = query["X-Amz-Credential"]
    # The password and the other request were signed with the same credentials.
    assert credential.startswith(f"{call.access_key_id}/")
    assert credential.endswith("/us-east-1/rds-db/aws4_request")
    assert query["X-Amz-Security-Token"]
