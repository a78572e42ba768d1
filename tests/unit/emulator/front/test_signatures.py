from __future__ import annotations

from email.message import Message
from typing import Any

import pytest
from botocore.auth import (
    HmacV1QueryAuth,
    S3SigV4Auth,
    S3SigV4QueryAuth,
    SigV4Auth,
    SigV4QueryAuth,
)
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials.emulator.front.signatures import MalformedSignatureError, read_signature
from cognito_credentials.emulator.http_server import HttpRequest

KEYS = Credentials("ASIAEXAMPLE", "secret", "token")
HOST = "http://127.0.0.1:5000"


def sent(signed: AWSRequest) -> HttpRequest:
    """Return what a server sees of a request that botocore signed."""
    prepared = signed.prepare()
    headers = Message()
    headers["Host"] = "127.0.0.1:5000"
    for name, value in prepared.headers.items():
        headers[name] = value.decode() if isinstance(value, bytes) else value
    body = prepared.body or b""
    target = prepared.url.removeprefix(HOST)
    return HttpRequest(prepared.method, target, headers, body if isinstance(body, bytes) else b"")


def signed(auth: Any, path: str = "/", method: str = "POST", body: bytes = b"") -> HttpRequest:
    request = AWSRequest(method=method, url=HOST + path, data=body)
    request.headers["Content-Type"] = "application/x-www-form-urlencoded"
    auth.add_auth(request)
    return sent(request)


SIGNERS = {
    "header": (SigV4Auth(KEYS, "dynamodb", "us-east-1"), "/"),
    "double encoding": (
        SigV4Auth(KEYS, "lambda", "us-east-1"),
        "/functions/arn%3Aaws%3Ax/a b?q=%20",
    ),
    "s3": (S3SigV4Auth(KEYS, "s3", "us-east-1"), "/bucket/a%20b%2Bc?list-type=2&prefix=a%2Fb&x"),
    "query": (SigV4QueryAuth(KEYS, "sts", "us-east-1", expires=60), "/?Action=GetCallerIdentity"),
    "s3 query": (S3SigV4QueryAuth(KEYS, "s3", "us-east-1", expires=60), "/bucket/a%20b"),
    "version 2": (HmacV1QueryAuth(KEYS, expires=60), "/bucket/key?versionId=1&prefix=x"),
}


@pytest.mark.parametrize("kind", SIGNERS)
def test_what_botocore_signs_is_found_signed(kind: str):
    auth, path = SIGNERS[kind]
    method = "GET" if "quer" in kind or "version" in kind else "POST"
    request = signed(auth, path, method, b"a=b" if method == "POST" else b"")
    signature = read_signature(request)
    assert signature is not None
    assert (signature.access_key_id, signature.session_token) == ("ASIAEXAMPLE", "token")
    assert signature.made_with("secret", request)
    assert not signature.made_with("Secret", request)
    assert (signature.expires is not None) is (method == "GET")
    moved = HttpRequest("DELETE", request.target, request.headers, request.body)
    assert not signature.made_with("secret", moved)


def test_the_scope_tells_service_and_region():
    signature = read_signature(signed(SigV4Auth(KEYS, "DynamoDB", "eu-west-1")))
    assert signature is not None
    assert (signature.service, signature.region) == ("dynamodb", "eu-west-1")


def test_a_body_that_was_changed_does_not_fit():
    request = signed(SigV4Auth(KEYS, "sts", "us-east-1"), body=b"a=b")
    signature = read_signature(request)
    assert signature is not None
    request.body = b"a=c"
    assert not signature.made_with("secret", request)


@given(st.text(min_size=1), st.text())
def test_any_key_and_any_parameter_can_be_signed(key: str, value: str):
    from urllib.parse import quote

    try:
        path = f"/b/{quote(key, safe='~')}?prefix={quote(value, safe='')}"
    except UnicodeEncodeError:
        return
    request = signed(S3SigV4Auth(KEYS, "s3", "us-east-1"), path, "GET")
    signature = read_signature(request)
    assert signature is not None
    assert signature.made_with("secret", request)


def plain(authorization: str | None = None, target: str = "/") -> HttpRequest:
    headers = Message()
    if authorization is not None:
        headers["Authorization"] = authorization
    return HttpRequest("GET", target, headers, b"")


def test_a_request_may_be_unsigned():
    assert read_signature(plain()) is None
    assert read_signature(plain("Bearer token")) is None


@pytest.mark.parametrize(
    "request_",
    [
        plain("AWS4-HMAC-SHA256 nonsense"),
        plain("AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=x"),
        plain("AWS4-ECDSA-P256-SHA256 Credential=x"),
        plain("AWS key:signature"),
        plain(target="/?X-Amz-Algorithm=AWS4-HMAC-SHA256"),
        plain(target="/?AWSAccessKeyId=a&Signature=b"),
        plain(target="/?AWSAccessKeyId=a&Signature=b&Expires=soon"),
    ],
)
def test_what_cannot_be_read_is_malformed(request_: HttpRequest):
    with pytest.raises(MalformedSignatureError):
        read_signature(request_)


def test_s3_wants_the_amz_headers_signed():
    request = signed(S3SigV4QueryAuth(KEYS, "s3", "us-east-1", expires=60), "/bucket/key", "PUT")
    signature = read_signature(request)
    assert signature is not None
    assert signature.covers_headers(request)
    request.headers["X-Amz-Copy-Source"] = "another/key"
    assert signature.made_with(KEYS.secret_key, request)
    assert not signature.covers_headers(request)


@pytest.mark.parametrize(
    ("service", "region"),
    [("s3.x", "us-east-1"), ("translate", "s3"), ("translate", "s3.us-east-1"), ("", "us-east-1")],
)
def test_a_scope_of_no_service_or_region_is_malformed(service: str, region: str):
    with pytest.raises(MalformedSignatureError):
        read_signature(signed(SigV4Auth(KEYS, service, region)))
