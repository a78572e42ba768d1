"""Requests to an endpoint in this process, over real sockets."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving import EndpointResponse, call_endpoint, parse_response, send_bytes

from cognito_credentials import Credentials
from cognito_credentials._endpoint import requests as endpoint_requests
from cognito_credentials._endpoint.served_credentials import ServedIdentity
from cognito_credentials._endpoint.server import Endpoint
from cognito_credentials.errors import (
    IdentityNotFound,
    LoginTokenError,
    RefreshTimeoutError,
    TooManyRequestsException,
    TransportError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "a-token-of-this-test-0123456789"


class FakeServedCredentials:
    """Fake of `ServedCredentials` that returns constant credentials, or raises `error`."""

    def __init__(self) -> None:
        self.reset()
        self.credentials = Credentials(
            access_key_id="ASIAEXAMPLEEXAMPLE00",
            secret_access_key="a-secret-key-of-this-test",
            session_token="a-session-token-of-this-test",
            expiration=datetime.datetime(2030, 1, 2, 3, 4, 5, tzinfo=datetime.UTC),
            identity_id="us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f",
            account_id="123456789012",
        )

    def reset(self) -> None:
        self.error: Exception | None = None
        self.timeouts: list[float] = []

    def get(self, timeout_seconds: float) -> Credentials:
        self.timeouts.append(timeout_seconds)
        if self.error is not None:
            raise self.error
        return self.credentials

    def refresh(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def shared_served() -> FakeServedCredentials:
    return FakeServedCredentials()


@pytest.fixture
def served(shared_served: FakeServedCredentials) -> FakeServedCredentials:
    shared_served.reset()
    return shared_served


@pytest.fixture(scope="module")
def shared_endpoint(shared_served: Any, never_printed: Any) -> Iterator[Endpoint]:
    """Yield one endpoint for all tests of this module, because closing an endpoint takes 0.1 s."""
    never_printed(TOKEN)
    never_printed(shared_served.credentials.secret_access_key)
    never_printed(shared_served.credentials.session_token)
    with Endpoint(ServedIdentity(shared_served), TOKEN) as endpoint:
        yield endpoint


@pytest.fixture
def url(served: FakeServedCredentials, shared_endpoint: Endpoint) -> str:
    return shared_endpoint.url


def error_document(response: EndpointResponse, status: int) -> dict[str, Any]:
    """Check the status and format of an error response, and return its JSON document."""
    document = response.document
    assert response.status == status
    assert set(document) == {"code", "message", "Code", "Message"}
    assert document["code"] == document["Code"] != ""
    assert document["message"] == document["Message"] != ""
    assert response.headers["Content-Type"] == "application/json"
    assert TOKEN not in str(response)
    return document


def test_a_request_with_the_token_gets_credentials(url: str, served: FakeServedCredentials):
    response = call_endpoint(url, TOKEN)
    assert response.status == 200
    assert response.document == {
        "AccessKeyId": served.credentials.access_key_id,
        "SecretAccessKey": served.credentials.secret_access_key,
        "Token": served.credentials.session_token,
        "Expiration": "2030-01-02T03:04:05Z",
        "AccountId": "123456789012",
    }
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Connection"] == "close"
    assert "Server" not in response.headers
    assert served.timeouts == [endpoint_requests.CREDENTIALS_TIMEOUT_SECONDS]
    assert endpoint_requests.CREDENTIALS_TIMEOUT_SECONDS < 1.5


@pytest.mark.parametrize(
    "token",
    [None, "", "x", TOKEN + "x", TOKEN[:-1], TOKEN.upper(), f"Bearer {TOKEN}", "\xe9" * 20],
)
def test_a_request_without_the_token_is_rejected(
    url: str, served: FakeServedCredentials, token: str | None
):
    assert error_document(call_endpoint(url, token), 401)["code"] == "AccessDenied"
    assert served.timeouts == []


def authority(url: str) -> str:
    return url.removeprefix("http://").partition("/")[0]


def test_the_endpoints_own_host_and_origin_are_accepted(url: str):
    port = authority(url).partition(":")[2]
    assert call_endpoint(url, TOKEN, Host=f"localhost:{port}").status == 200
    assert call_endpoint(url, TOKEN, Origin=f"http://{authority(url)}").status == 200


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8080", "127.0.0.2", "localhost:1", "LOCALHOST:80", "[::1]:8080", "[::1]", "::1"],
)
def test_a_loopback_address_with_a_forwarded_port_is_accepted(url: str, host: str):
    assert call_endpoint(url, TOKEN, Host=host).status == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_host_without_a_port_is_accepted(url: str, host: str):
    """The AWS Common Runtime sends this Host header."""
    assert call_endpoint(url, TOKEN, Host=host).status == 200


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:{port}", "", "127.0.0.1.evil.example", "localhost.evil"),
        *(
            "127.0.0.1:x",
            "127.0.0.1:80:80",
            "0.0.0.0",
            "[::]",
            "10.0.0.1:{port}",
            "127.1",
            "0x7f000001",
        ),
        *("127.0.0.1@evil.example", "[::1", "[::1]x", "[evil.example]"),
    ],
)
def test_another_host_is_rejected_even_with_the_token(
    url: str, served: FakeServedCredentials, host: str
):
    host = host.format(port=authority(url).partition(":")[2])
    error_document(call_endpoint(url, TOKEN, Host=host), 403)
    assert served.timeouts == []


def test_two_host_headers_are_rejected(url: str):
    own = authority(url)
    request = f"GET /credentials HTTP/1.1\r\nHost: {own}\r\nHost: evil.example\r\n"
    error_document(
        parse_response(send_bytes(url, f"{request}Authorization: {TOKEN}\r\n\r\n".encode())), 403
    )


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "https://{own}", "http://127.0.0.1", "http://localhost", "null"],
)
def test_another_origin_is_rejected_even_with_the_token(
    url: str, served: FakeServedCredentials, origin: str
):
    error_document(call_endpoint(url, TOKEN, Origin=origin.format(own=authority(url))), 403)
    assert served.timeouts == []


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "X"])
def test_other_methods_than_get_are_rejected(url: str, served: FakeServedCredentials, method: str):
    response = call_endpoint(url, TOKEN, method=method)
    error_document(response, 405)
    assert response.headers["Allow"] == "GET"
    assert served.timeouts == []


@pytest.mark.parametrize("path", ["/", "/credentials/", "/users/ada"])
def test_another_path_is_not_found(url: str, path: str):
    response = call_endpoint(url.replace("/credentials", path), TOKEN)
    assert error_document(response, 404)["code"] == "NotFound"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET /credentials HTTP/9.9\r\n\r\n", 505),
        (b"GET /credentials HTTP/x\r\n\r\n", 400),
        (b"GET\r\n\r\n", 400),
        (b"GET /credentials\r\n\r\n", 403),  # HTTP/0.9 without a Host header
        (b"GET /credentials HTTP/1.1\r\n" + b"a: b\r\n" * 150 + b"\r\n", 431),
        (b"GET /" + b"a" * (17 * 1024), 431),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * (17 * 1024), 431),
    ],
)
def test_a_malformed_request_is_rejected(url: str, request_: bytes, status: int):
    error_document(parse_response(send_bytes(url, request_)), status)
    assert call_endpoint(url, TOKEN).status == 200


def test_an_endless_request_is_cut_off(url: str):
    flood = b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 1_000_000
    assert len(send_bytes(url, flood)) < 1000
    assert call_endpoint(url, TOKEN).status == 200


def test_an_incomplete_request_is_closed_after_the_timeout(url: str):
    assert send_bytes(url, b"GET /credentials HTTP/1.1\r\n", seconds=30) == b""


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (RefreshTimeoutError("late"), 503, "refresh-timeout"),
        (TransportError("no route", hint="Check the network."), 503, "transport"),
        (LoginTokenError("none", provider_name="accounts.google.com"), 503, "login-token"),
        (
            TooManyRequestsException(
                "Rate exceeded",
                operation_name="GetId",
                code="TooManyRequestsException",
                http_status=400,
                is_retryable=True,
            ),
            503,
            "TooManyRequestsException",
        ),
        (
            IdentityNotFound(
                "Identity not found.",
                operation_name="GetId",
                code="ResourceNotFoundException",
                http_status=400,
                hint="Check the identity ID.",
            ),
            403,
            "ResourceNotFoundException",
        ),
    ],
)
def test_an_error_response_has_the_code_and_the_hint_of_the_error(
    url: str, served: FakeServedCredentials, error: Exception, status: int, code: str
):
    served.error = error
    document = error_document(call_endpoint(url, TOKEN), status)
    assert document["code"] == code
    assert getattr(error, "hint", "") in document["message"]


def test_no_part_of_a_request_is_printed(url: str, capfd: pytest.CaptureFixture[str]):
    call_endpoint(url, TOKEN)
    call_endpoint(url, "wrong-token-of-somebody")
    send_bytes(url, b"nonsense with a-secret\r\n\r\n")
    assert capfd.readouterr() == ("", "")


HEAD_LINES = st.sampled_from(
    [
        *(b"Host: 127.0.0.1", b"Host: evil.example", b"Host: localhost:9", b"Host:", b"Hos"),
        *(b"Authorization: wrong", b"Authorization: " + TOKEN[:-1].encode(), b"Authorization:"),
        *(b"Origin: http://evil.example", b"Connection: keep-alive", b"Content-Length: 5"),
        *(
            b"Transfer-Encoding: chunked",
            b"Expect: 100-continue",
            b" folded",
            b"no colon",
            b"\xff: a",
        ),
    ]
)
REQUEST_LINES = st.sampled_from(
    [
        *(b"GET / HTTP/1.1", b"GET /v1 HTTP/1.0", b"GET /", b"POST / HTTP/1.1", b"GET // HTTP/1.1"),
        *(b"GET http://a/ HTTP/1.1", b"GET / HTTP/9.9", b"GET / HTTP/1.1 x", b"", b"\x16\x03\x01"),
    ]
)


@given(
    REQUEST_LINES | st.binary(max_size=9), st.lists(HEAD_LINES | st.binary(max_size=9), max_size=5)
)
def test_no_request_without_the_token_gets_credentials(
    shared_endpoint: Endpoint, shared_served: FakeServedCredentials, line: bytes, lines: list[bytes]
):
    shared_served.reset()
    response = send_bytes(shared_endpoint.url, b"\r\n".join([line, *lines, b"", b""]))
    assert b" 200 " not in response[:20]
    for secret in (TOKEN, "a-secret-key", "a-session-token"):
        assert secret.encode() not in response
    assert shared_served.timeouts == []
