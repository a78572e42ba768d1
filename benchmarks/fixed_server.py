"""Server with fixed responses to GetId, GetCredentialsForIdentity, and S3's GetObject.

If this module is run as a program, it prints the server's URL and runs until its standard input is closed.
Two optional arguments set the delay of GetCredentialsForIdentity and the lifetime of its credentials, in
seconds. The server does as little as possible, so that the client dominates the measurement. Connections
are persistent, and asyncio sets TCP_NODELAY, so that no response waits for an acknowledgment.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from email.utils import formatdate
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

IDENTITY_POOL_ID = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
IDENTITY_ID = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"
# 12 hours is the longest lifetime of temporary credentials that AWS issues for a role.
DEFAULTS = (0.0, 12 * 3600.0)
DELAY_SECONDS, LIFETIME_SECONDS = (
    (float(given or default) for given, default in zip_longest(sys.argv[1:3], DEFAULTS))
    if __name__ == "__main__"
    else DEFAULTS
)


def _format_response(document: dict[str, Any]) -> bytes:
    body = json.dumps(document).encode()
    # The same headers as from the service, except `Date`, which is added to each response.
    head = (
        "Content-Type: application/x-amz-json-1.1\r\n"
        "x-amzn-RequestId: 3a2e5a5c-5ef9-4bd1-8b7a-43f9f5f9a4c1\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


RESPONSES = {
    b"awscognitoidentityservice.getid": _format_response({"IdentityId": IDENTITY_ID}),
    b"awscognitoidentityservice.getcredentialsforidentity": _format_response(
        {
            "IdentityId": IDENTITY_ID,
            "Credentials": {
                "AccessKeyId": "ASIAEXAMPLEEXAMPLE00",
                "SecretKey": "not-a-secret-not-a-secret-not-a-secret-0",
                "SessionToken": "not-a-token-" * 80,
                "Expiration": time.time() + LIFETIME_SECONDS,
            },
        }
    ),
}

OBJECT = b"Content-Length: 6\r\n\r\nobject"


class FixedResponses(asyncio.Protocol):
    """The server's side of one connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.received = bytearray()

    def data_received(self, data: bytes) -> None:
        self.received += data
        while (end := self.received.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.received[:end]).lower()
            headers = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
            end += 4 + int(headers.get(b"content-length", 0))
            if len(self.received) < end:
                return
            del self.received[:end]
            status = f"HTTP/1.1 200 OK\r\nDate: {formatdate(usegmt=True)}\r\n".encode()
            target = headers.get(b"x-amz-target", b"")  # S3 requests have no such header.
            response = status + RESPONSES.get(target, OBJECT)
            if DELAY_SECONDS and target.endswith(b"getcredentialsforidentity"):
                asyncio.get_running_loop().call_later(DELAY_SECONDS, self.transport.write, response)
            else:
                self.transport.write(response)


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(FixedResponses, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    print(f"http://{host}:{port}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


@contextlib.contextmanager
def running(*arguments: str) -> Iterator[str]:
    """Run the server in a separate process and yield its URL."""
    with subprocess.Popen(
        [sys.executable, __file__, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


if __name__ == "__main__":
    asyncio.run(_serve())
