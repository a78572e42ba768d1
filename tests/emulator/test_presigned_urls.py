"""The emulator checks presigned URLs in the same order as S3, and returns the same errors."""

from __future__ import annotations

import http.client
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from botocore.config import Config
from emulated_account import Account

if TYPE_CHECKING:
    from collections.abc import Callable

    from cognito_credentials.emulator import Emulator

V4, V2 = "s3v4", "s3"
INVALID_QUERY = (400, "AuthorizationQueryParametersError")
DENIED = (403, "AccessDenied")


def fetch(
    emulator: Emulator, method: str, url: str, headers: dict[str, str] | None = None
) -> tuple[int, str]:
    """Send a request to a presigned URL; return the status and the error code ("" if there is none)."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(emulator.host, emulator.port, timeout=10)
    body = b"body" if method == "PUT" else None
    connection.request(method, f"{parts.path}?{parts.query}", body, headers or {})
    response = connection.getresponse()
    found = re.search(r"<Code>(\w+)</Code>", response.read().decode())
    connection.close()
    return response.status, "" if found is None else found[1]


@pytest.fixture(scope="module")
def presign(account: Account) -> Callable[..., str]:
    bucket = account.bucket()
    account.client("s3").put_object(Bucket=bucket, Key="x", Body=b"x")

    def presign(version: str, operation: str = "get_object", **more: Any) -> str:
        s3 = account.client("s3", config=Config(signature_version=version))
        return str(s3.generate_presigned_url(operation, {"Bucket": bucket, "Key": "x", **more}))

    return presign


def change(url: str, **changes: str | None) -> str:
    """Return the URL with changed query parameters; None removes a parameter, `_` stands for `-`."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    for name, value in changes.items():
        query.pop(name.replace("_", "-"), None)
        if value is not None:
            query[name.replace("_", "-")] = value
    return parts._replace(query=urlencode(query)).geturl()


@pytest.mark.parametrize(
    "changes",
    [
        *({name: None} for name in ("X_Amz_Algorithm", "X_Amz_Credential", "X_Amz_Signature")),
        *({name: None} for name in ("X_Amz_Date", "X_Amz_SignedHeaders", "X_Amz_Expires")),
        {"X_Amz_Algorithm": "AWS4-HMAC-SHA1"},
        {"X_Amz_Credential": "AKIA"},
        {"X_Amz_Credential": "AKIA/20260101/us-east-1/s3"},
        {"X_Amz_Credential": "AKIA/20260101/us-east-1/s3/x/y"},
        {"X_Amz_Date": "2026-01-01T00:00:00Z"},
        {"X_Amz_Date": ""},
        {"X_Amz_Expires": "soon"},
        {"X_Amz_Expires": "-1"},
        {"X_Amz_Expires": "604801"},
        {"X_Amz_Expires": "1e400"},
        {"X_Amz_Expires": "9" * 5000},
        {"X_Amz_Expires": "\u0663"},
    ],
)
def test_invalid_parameters_of_version_4(
    emulator: Emulator, presign: Callable[..., str], changes: dict[str, str | None]
):
    assert fetch(emulator, "GET", change(presign(V4), **changes)) == INVALID_QUERY


@pytest.mark.parametrize(
    "changes",
    [
        *({name: None} for name in ("AWSAccessKeyId", "Signature", "Expires")),
        {"Expires": "soon"},
        {"Expires": ""},
        {"Expires": "nan"},
        {"Expires": "1e9"},
    ],
)
def test_invalid_parameters_of_version_2(
    emulator: Emulator, presign: Callable[..., str], changes: dict[str, str | None]
):
    assert fetch(emulator, "GET", change(presign(V2), **changes)) == DENIED


@pytest.mark.parametrize("version", [V4, V2])
def test_valid_urls_are_accepted(emulator: Emulator, presign: Callable[..., str], version: str):
    assert fetch(emulator, "GET", presign(version)) == (200, "")
    assert fetch(emulator, "PUT", presign(version, "put_object")) == (200, "")
    assert fetch(emulator, "PUT", presign(version, "get_object")) == (403, "SignatureDoesNotMatch")


def test_unsigned_headers_are_rejected_before_the_signature(
    emulator: Emulator, presign: Callable[..., str]
):
    headers = {"x-amz-copy-source": "a/b"}
    for url in (presign(V4, "put_object"), presign(V4)):
        wrong = change(url, X_Amz_Signature="0" * 64)
        for each in (url, wrong):
            assert fetch(emulator, "PUT", each, headers) == DENIED


@pytest.mark.parametrize("digest", ["UNSIGNED-PAYLOAD", "0" * 64, "anything"])
def test_the_digest_need_not_be_signed(
    emulator: Emulator, presign: Callable[..., str], digest: str
):
    headers = {"x-amz-content-sha256": digest}
    assert fetch(emulator, "PUT", presign(V4, "put_object"), headers) == (200, "")


@pytest.mark.parametrize("version", [V4, V2])
def test_a_url_of_another_time_has_expired(
    emulator: Emulator, presign: Callable[..., str], version: str, advance: Any
):
    url = presign(version)
    advance(3601)
    assert fetch(emulator, "GET", url) == DENIED
