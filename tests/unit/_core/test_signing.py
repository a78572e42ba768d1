from __future__ import annotations

import datetime
import hashlib
import string
from urllib.parse import parse_qsl, unquote_to_bytes, urlsplit

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import example, given
from hypothesis import strategies as st

from cognito_credentials._core.http import HttpRequest
from cognito_credentials._core.signing import SigningKey, compute_headers, encode_url, sign

NOON = 1_800_007_200.0
KEY = SigningKey("AKIAIOSFODNN7EXAMPLE", "a-secret-access-key", "a-session-token")
VISIBLE = "".join(map(chr, range(33, 127)))
# The endpoints that `ClientConfig` accepts have no query.
URLS = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["http", "https"]),
    st.sampled_from(
        ["cognito-identity.us-east-1.amazonaws.com", "LocalHost", "127.0.0.1", "[::1]"]
    ),
    st.sampled_from(["", ":80", ":443", ":4566"]),
    st.sampled_from(["", "/", "/aws/cognito", "/a%20b/~c", "/a+b:c@d"]),
)
# Signing replaces consecutive spaces with a single space.
HEADER_VALUES = st.lists(st.text(VISIBLE, min_size=1, max_size=9), max_size=3).map("  ".join)
HEADERS = st.fixed_dictionaries(
    {"Content-Type": st.just("application/x-amz-json-1.1"), "User-Agent": HEADER_VALUES},
    optional={"X-Amz-Target": HEADER_VALUES, "X-Extra": HEADER_VALUES},
)


def sign_with_botocore(
    request: HttpRequest, key: SigningKey, *, region: str, now: float, service="cognito-identity"
) -> str:
    """Return the Authorization header that botocore adds; the time comes from X-Amz-Date."""
    signed = AWSRequest(
        method=request.method, url=request.url, headers=dict(request.headers), data=request.body
    )
    auth = (S3SigV4Auth if service == "s3" else SigV4Auth)(
        Credentials(*map(str, (key.access_key_id, key.secret_access_key)), key.session_token),
        service,
        region,
    )
    date = datetime.datetime.fromtimestamp(now, datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
    signed.context["timestamp"] = date
    signed.headers["X-Amz-Date"] = date
    if key.session_token:
        signed.headers["X-Amz-Security-Token"] = str(key.session_token)
    signature = auth.signature(auth.string_to_sign(signed, auth.canonical_request(signed)), signed)
    names = auth.signed_headers(auth.headers_to_sign(signed))
    return (
        f"AWS4-HMAC-SHA256 Credential={auth.scope(signed)}, SignedHeaders={names}, "
        f"Signature={signature}"
    )


@given(
    url=URLS,
    headers=HEADERS,
    body=st.binary(max_size=200),
    key=st.builds(
        SigningKey,
        st.text(string.ascii_uppercase + string.digits, min_size=16, max_size=20),
        st.text(VISIBLE, min_size=1, max_size=60),
        st.none() | st.text(VISIBLE, min_size=1, max_size=60),
    ),
    region=st.sampled_from(["us-east-1", "cn-north-1", "us-gov-west-1"]),
    now=st.integers(0, 4_000_000_000),
)
def test_the_signature_is_the_one_that_botocore_computes(url, headers, body, key, region, now):
    request = HttpRequest("POST", url, headers, body)
    signed = sign(request, key, region=region, service="cognito-identity", now=now)
    expected = sign_with_botocore(request, key, region=region, now=now)
    assert signed.headers["Authorization"] == expected
    assert (signed.url, signed.body) == (request.url, request.body)


def test_the_request_itself_is_not_changed():
    request = HttpRequest("POST", "https://example.com", {"A": "b"}, b"")
    sign(request, KEY, region="us-east-1", service="cognito-identity", now=NOON)
    assert request.headers == {"A": "b"}


@pytest.mark.parametrize("secret", ["a-secret-access-key", "a-session-token", "Signature="])
def test_no_secret_is_printed(secret):
    request = HttpRequest("POST", "https://example.com", {}, b"")
    signed = sign(request, KEY, region="us-east-1", service="cognito-identity", now=NOON)
    for value in (KEY, signed, signed.headers, KEY.secrets()):
        assert secret not in repr(value)


def test_a_key_without_a_session_token_sends_none():
    request = HttpRequest("POST", "https://example.com", {}, b"")
    key = SigningKey("AKIAIOSFODNN7EXAMPLE", "a-secret-access-key", None)
    signed = sign(request, key, region="us-east-1", service="cognito-identity", now=NOON)
    assert "X-Amz-Security-Token" not in signed.headers
    assert key.secrets() == ("a-secret-access-key",)


PATHS = st.text("/.ab~+:*, %", max_size=12).map(lambda path: f"/{path}".replace("%", "%2F"))
QUERIES = st.lists(
    st.tuples(
        st.text("ab-1+:/*%~ &é", max_size=3),
        st.sampled_from(["=", ""]),
        st.text("ab=+%/é", max_size=4),
    ),
    max_size=4,
).map(lambda pairs: "&".join(map("".join, pairs)).replace("%", "%2B"))


@given(
    path=PATHS,
    query=QUERIES,
    service=st.sampled_from(["s3", "es", "execute-api"]),
    body=st.binary(max_size=20),
)
@example(path="/a/b/../../c//./d/", query="", service="es", body=b"")
@example(path="/a/b/c/../d", query="", service="es", body=b"")
def test_the_signature_of_any_url_is_the_one_that_botocore_computes(path, query, service, body):
    url = encode_url(f"https://example.com{path}?{query}", service)
    digest = hashlib.sha256(body).hexdigest()
    headers = {"host": "example.com", "x-amz-content-sha256": digest}
    added = compute_headers(
        "PUT", url, headers, digest, key=KEY, region="eu-west-1", service=service, now=NOON
    )
    request = HttpRequest("PUT", url, headers, body)
    expected = sign_with_botocore(request, KEY, region="eu-west-1", now=NOON, service=service)
    assert added["Authorization"] == expected


@given(path=PATHS, query=QUERIES, service=st.sampled_from(["s3", "es"]))
def test_an_encoded_url_is_equivalent_and_encoded_once(path, query, service):
    url = f"https://example.com{path}?{query}"
    encoded = encode_url(url, service)
    assert encode_url(encoded, service) == encoded
    before, after = urlsplit(url), urlsplit(encoded)
    assert parse_qsl(after.query, keep_blank_values=True) == parse_qsl(
        before.query, keep_blank_values=True
    )
    assert set(after.query) <= {*string.ascii_letters, *string.digits, *"-_.~%=&"}
    assert unquote_to_bytes(after.path) == unquote_to_bytes(before.path)
    if service != "s3":
        assert after.path == before.path


def test_bytes_that_are_not_utf_8_are_retained():
    assert encode_url("https://example.com/%ff?a=%fe", "s3") == "https://example.com/%FF?a=%FE"
