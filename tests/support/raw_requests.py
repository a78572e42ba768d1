"""Requests to the emulator that an SDK would not send."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

if TYPE_CHECKING:
    from cognito_credentials.emulator import Emulator

FORM = "application/x-www-form-urlencoded"


def send(
    emulator: Emulator,
    line: str,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    *,
    keys: dict[str, Any] | None = None,
    service: str = "s3",
    presigned: bool = False,
) -> tuple[int, bytes]:
    """Send a request that an SDK would not send, signed if `keys` is given."""
    method, _, target = line.partition(" ")
    request = AWSRequest(method, emulator.endpoint_url + target, headers or {}, body)
    if keys is not None:
        signers = (
            (S3SigV4Auth, S3SigV4QueryAuth) if service == "s3" else (SigV4Auth, SigV4QueryAuth)
        )
        signer = signers[presigned]
        signer(Credentials(*keys.values()), service, "us-east-1").add_auth(request)
    prepared = request.prepare()
    url = urlsplit(prepared.url)
    connection = http.client.HTTPConnection(emulator.host, emulator.port, timeout=10)
    target = f"{url.path}?{url.query}" if url.query else url.path
    connection.request(method, target, body, dict(prepared.headers.items()))
    response = connection.getresponse()
    status, content = response.status, response.read()
    connection.close()
    return status, content
