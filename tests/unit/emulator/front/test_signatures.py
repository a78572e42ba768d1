from __future__ import annotations

from dataclasses import replace
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

from cognito_credentials.emulator.front.signatures import (
    MalformedSignatureError,
    covers_amz_headers,
    is_signed_with,
    read_signature,
)
from cognito_credentials.emulator.headers import Headers
from cognito_credentials.emulator.messages import RawRequest

KEYS = Credentials("ASIAEXAMPLE", "secret", "token")
HOST = "http://127.0.0.1:5000"


def receive(signed: AWSRequest) -> RawRequest:
    """Return a signed request as a server receives it."""
    prepared = signed.prepare()
    headers = Headers()
    headers.add("Host", "127.0.0.1:5000")
    for name, value in prepared.headers.items():
        headers.add(name, value.decode() if isinstance(value, bytes) else value)
    body = prepared.body or b""
    target = prepared.url.removeprefix(HOST)
    return RawRequest(prepared.method, target, headers, body if isinstance(body, bytes) else b"")


def sign(auth: Any, path: str = "/", method: str = "POST", body: bytes = b"") -> RawRequest:
    request = AWSRequest(method=method, url=HOST + path, data=body)
    request.headers["Content-Type"] = "application/x-www-form-urlencoded"
    auth.add_auth(request)
    return receive(request)


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
def test_signatures_of_botocore_verify(kind: str):
    auth, path = SIGNERS[kind]
    method = "GET" if "quer" in kind or "version" in kind else "POST"
    request = sign(auth, path, method, b"a=b" if method == "POST" else b"")
    signature = read_signature(request)
    assert signature is not None
    assert (signature.access_key_id, signature.session_token) == ("ASIAEXAMPLE", "token")
    assert is_signed_with(signature, "secret")
    assert not is_signed_with(signature, "Secret")
    assert (signature.expires_at is not None) is (method == "GET")
    changed = replace(signature, signed_request=replace(request, method="DELETE"))
    assert not is_signed_with(changed, "secret")


def test_service_and_region_come_from_the_scope():
    signature = read_signature(sign(SigV4Auth(KEYS, "DynamoDB", "eu-west-1")))
    assert signature is not None
    assert (signature.service, signature.region) == ("dynamodb", "eu-west-1")


def test_a_modified_body_does_not_verify():
    request = sign(SigV4Auth(KEYS, "sts", "us-east-1"), body=b"a=b")
    signature = read_signature(request)
    assert signature is not None
    assert is_signed_with(signature, "secret")
    changed = replace(signature, signed_request=replace(request, body=b"a=c"))
    assert not is_signed_with(changed, "secret")


@given(st.text(min_size=1), st.text())
def test_any_object_key_and_any_parameter_verify(key: str, value: str):
    from urllib.parse import quote

    try:
        path = f"/b/{quote(key, safe='~')}?prefix={quote(value, safe='')}"
    except UnicodeEncodeError:
        return
    request = sign(S3SigV4Auth(KEYS, "s3", "us-east-1"), path, "GET")
    signature = read_signature(request)
    assert signature is not None
    assert is_signed_with(signature, "secret")


def make_request(authorization: str | None = None, target: str = "/") -> RawRequest:
    headers = Headers()
    if authorization is not None:
        headers.add("Authorization", authorization)
    return RawRequest("GET", target, headers, b"")


def test_a_request_may_be_unsigned():
    assert read_signature(make_request()) is None
    assert read_signature(make_request("Bearer token")) is None


@pytest.mark.parametrize(
    "request_",
    [
        make_request("AWS4-HMAC-SHA256 nonsense"),
        make_request("AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=x"),
        make_request("AWS4-ECDSA-P256-SHA256 Credential=x"),
        make_request("AWS key:signature"),
        make_request(target="/?X-Amz-Algorithm=AWS4-HMAC-SHA256"),
        make_request(target="/?AWSAccessKeyId=a&Signature=b"),
        make_request(target="/?AWSAccessKeyId=a&Signature=b&Expires=soon"),
    ],
)
def test_an_authorization_of_unknown_form_is_malformed(request_: RawRequest):
    with pytest.raises(MalformedSignatureError):
        read_signature(request_)


def test_s3_requires_all_amz_headers_to_be_signed():
    request = sign(S3SigV4QueryAuth(KEYS, "s3", "us-east-1", expires=60), "/bucket/key", "PUT")
    signature = read_signature(request)
    assert signature is not None
    assert covers_amz_headers(signature)
    request.headers.add("X-Amz-Copy-Source", "another/key")
    assert is_signed_with(signature, KEYS.secret_key)
    assert not covers_amz_headers(signature)


@pytest.mark.parametrize(
    ("service", "region"),
    [("s3.x", "us-east-1"), ("translate", "s3"), ("translate", "s3.us-east-1"), ("", "us-east-1")],
)
def test_a_scope_without_valid_service_and_region_is_malformed(service: str, region: str):
    with pytest.raises(MalformedSignatureError):
        read_signature(sign(SigV4Auth(KEYS, service, region)))
