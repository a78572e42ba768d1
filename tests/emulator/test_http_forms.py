"""Variants of requests and responses that HTTP permits but few clients use."""

from __future__ import annotations

import http.client
import socket
import urllib.request
from email.header import decode_header, make_header
from typing import TYPE_CHECKING

import pytest
from emulated_account import Account, allow, document, error_of

if TYPE_CHECKING:
    from cognito_credentials.emulator import Emulator

JAPANESE = "日本語.txt"


def decode(value: str) -> str:
    return str(make_header(decode_header(value)))


@pytest.mark.parametrize("value", [JAPANESE, "é", "\N{GRINNING FACE}" * 30, "ascii text"])
def test_a_response_header_can_be_any_text(account: Account, value: str):
    s3, bucket = account.client("s3"), account.bucket()
    s3.put_object(Bucket=bucket, Key="x", Body=b"x")
    disposition = f"attachment; filename={value}"
    response = s3.get_object(Bucket=bucket, Key="x", ResponseContentDisposition=disposition)
    assert decode(response["ContentDisposition"]) == disposition
    assert response["ContentDisposition"].isascii()
    assert response["Body"].read() == b"x"


def test_metadata_is_returned_as_encoded_words(account: Account, emulator: Emulator):
    """The values come from the example in the S3 User Guide, "Working with object metadata"."""
    s3, bucket = account.client("s3"), account.bucket()
    statement = allow("s3:PutObject", f"arn:aws:s3:::{bucket}/*", Principal="*")
    s3.put_bucket_policy(Bucket=bucket, Policy=document(statement))
    connection = http.client.HTTPConnection(emulator.host, emulator.port, timeout=10)
    connection.putrequest("PUT", f"/{bucket}/x")
    connection.putheader("x-amz-meta-nonascii", "ÄMÄZÕÑ S3".encode())
    connection.putheader("x-amz-meta-ascii", "AMAZONS3")
    connection.putheader("Content-Length", "0")
    connection.endheaders()
    assert connection.getresponse().status == 200
    connection.close()
    for response in (s3.head_object(Bucket=bucket, Key="x"), s3.get_object(Bucket=bucket, Key="x")):
        assert response["Metadata"] == {
            "nonascii": "=?UTF-8?B?w4PChE3Dg8KEWsODwpXDg8KRIFMz?=",
            "ascii": "AMAZONS3",
        }


@pytest.mark.parametrize("value", ["x\r\nSet-Cookie: a=b", "x\ny", "x\x00y"])
def test_a_header_cannot_be_added_through_a_parameter(account: Account, value: str):
    s3, bucket = account.client("s3"), account.bucket()
    s3.put_object(Bucket=bucket, Key="x", Body=b"x")
    target = {"Bucket": bucket, "Key": "x", "ResponseContentDisposition": value}
    assert error_of(s3.get_object, **target)[0] == "InvalidArgument"


@pytest.mark.parametrize("scheme", ["http", "HTTP", "https"])
def test_a_request_target_can_be_a_url(account: Account, emulator: Emulator, scheme: str):
    s3, bucket = account.client("s3"), account.bucket()
    s3.put_object(Bucket=bucket, Key="x", Body=b"x", ACL="public-read")
    host = f"localhost:{emulator.port}"
    for target in (f"{scheme}://{host}/{bucket}/x", f"{scheme}://{bucket}.localhost/x"):
        connection = http.client.HTTPConnection(emulator.host, emulator.port, timeout=10)
        connection.request("GET", target, headers={"Host": "ignored.example"})
        assert connection.getresponse().read() == b"x"
        connection.close()


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("GET http://pages.example/", 403),
        ("GET http://localhost@pages.example/", 403),
        ("OPTIONS *", 400),
        ("CONNECT localhost:443", 400),
        ("GET ftp://localhost/", 400),
        ("GET nonsense", 400),
        ("GET http:///path", 400),
    ],
)
def test_other_request_targets_are_rejected(emulator: Emulator, line: str, status: int):
    with socket.create_connection((emulator.host, emulator.port), timeout=10) as connection:
        connection.sendall(f"{line} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert connection.recv(65536).split()[1] == str(status).encode()


@pytest.mark.filterwarnings("ignore:aiobotocore's httpx backend:DeprecationWarning")
async def test_aiobotocore_works_with_httpx(account: Account, emulator: Emulator):
    httpxsession = pytest.importorskip("aiobotocore.httpxsession")
    from aiobotocore.config import AioConfig
    from aiobotocore.session import get_session

    bucket = account.bucket()
    _, keys = account.guest(allow("s3:*", "*"), allow("sqs:*", "*"))
    config = AioConfig(
        http_session_cls=httpxsession.HttpxSession, s3={"addressing_style": "path"}, proxies={}
    )
    options = {**keys, "endpoint_url": emulator.endpoint_url, "region_name": "us-east-1"}
    async with get_session().create_client("s3", config=config, **options) as s3:
        key = "ä b+c*(1)/%2F?&=.txt"
        await s3.put_object(Bucket=bucket, Key=key, Body=b"own")
        response = await s3.get_object(Bucket=bucket, Key=key)
        assert await response["Body"].read() == b"own"
        listing = await s3.list_objects_v2(Bucket=bucket, Prefix="ä b+")
        assert [entry["Key"] for entry in listing["Contents"]] == [key]
    async with get_session().create_client("sqs", config=config, **options) as sqs:
        await sqs.list_queues()


def test_an_http_proxy_setting_leads_to_the_emulator(account: Account, emulator: Emulator):
    s3, bucket = account.client("s3"), account.bucket()
    s3.put_object(Bucket=bucket, Key="x", Body=b"x", ACL="public-read")
    proxies = urllib.request.ProxyHandler({"http": emulator.endpoint_url})
    opener = urllib.request.build_opener(proxies)
    with opener.open(f"http://{bucket}.s3.amazonaws.com/x", timeout=10) as response:
        assert response.read() == b"x"


def test_a_bucket_name_with_dots_can_be_part_of_the_host(account: Account, emulator: Emulator):
    s3, bucket = account.client("s3"), f"dots.{account.bucket()}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="x", Body=b"x", ACL="public-read")
    for host in ("localhost", "s3.amazonaws.com", "s3.eu-west-1.amazonaws.com"):
        connection = http.client.HTTPConnection(emulator.host, emulator.port, timeout=10)
        connection.request("GET", "/x", headers={"Host": f"{bucket}.{host}"})
        assert connection.getresponse().read() == b"x"
        connection.close()
