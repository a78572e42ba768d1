"""What is asked of the endpoint, and what it answers: over real sockets, in this process."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
from serving import Answer, ask, read, send

from cognito_credentials import Credentials
from cognito_credentials.cli.endpoint import requests as endpoint_requests
from cognito_credentials.cli.endpoint.served_credentials import ServedIdentity
from cognito_credentials.cli.endpoint.server import Endpoint
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


class Held:
    """Gives the same credentials each time, or an error."""

    def __init__(self) -> None:
        self.start()
        self.credentials = Credentials(
            access_key_id="ASIAEXAMPLEEXAMPLE00",
            secret_access_key="a-secret-key-of-this-test",
            session_token="a-session-token-of-this-test",
            expiration=datetime.datetime(2030, 1, 2, 3, 4, 5, tzinfo=datetime.UTC),
            identity_id="us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f",
            account_id="123456789012",
        )

    def start(self) -> None:
        self.error: Exception | None = None
        self.seconds: list[float] = []

    def get(self, seconds: float) -> Credentials:
        self.seconds.append(seconds)
        if self.error is not None:
            raise self.error
        return self.credentials

    def renew(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def one_held() -> Held:
    return Held()


@pytest.fixture
def held(one_held: Held) -> Held:
    one_held.start()
    return one_held


@pytest.fixture(scope="module")
def one_endpoint(one_held: Any, never_printed: Any) -> Iterator[Endpoint]:
    """One for all: each that is closed takes a tenth of a second."""
    never_printed(TOKEN)
    never_printed(one_held.credentials.secret_access_key)
    never_printed(one_held.credentials.session_token)
    with Endpoint(ServedIdentity(one_held), TOKEN) as endpoint:
        yield endpoint


@pytest.fixture
def url(held: Held, one_endpoint: Endpoint) -> str:
    return one_endpoint.url


def refused(answer: Answer, status: int) -> dict[str, Any]:
    """Check the form of a refusal, and return what it says."""
    document = answer.document
    assert answer.status == status
    assert set(document) == {"code", "message", "Code", "Message"}
    assert document["code"] == document["Code"] != ""
    assert document["message"] == document["Message"] != ""
    assert answer.headers["Content-Type"] == "application/json"
    assert TOKEN not in str(answer)
    return document


def test_who_has_the_token_gets_credentials(url: str, held: Held):
    answer = ask(url, TOKEN)
    assert answer.status == 200
    assert answer.document == {
        "AccessKeyId": held.credentials.access_key_id,
        "SecretAccessKey": held.credentials.secret_access_key,
        "Token": held.credentials.session_token,
        "Expiration": "2030-01-02T03:04:05Z",
        "AccountId": "123456789012",
    }
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Connection"] == "close"
    assert "Server" not in answer.headers
    assert held.seconds == [endpoint_requests.LONGEST_WAIT]
    assert endpoint_requests.LONGEST_WAIT < 1.5


@pytest.mark.parametrize(
    "token",
    [None, "", "x", TOKEN + "x", TOKEN[:-1], TOKEN.upper(), f"Bearer {TOKEN}", "\xe9" * 20],
)
def test_who_has_not_gets_nothing(url: str, held: Held, token: str | None):
    message = refused(ask(url, token), 401)["message"]
    assert "TOKEN_FILE" in message
    assert "--token-variable" in message
    assert held.seconds == []


def authority(url: str) -> str:
    return url.removeprefix("http://").partition("/")[0]


def test_its_own_names_are_taken(url: str):
    port = authority(url).partition(":")[2]
    assert ask(url, TOKEN, Host=f"localhost:{port}").status == 200
    assert ask(url, TOKEN, Origin=f"http://{authority(url)}").status == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_host_may_be_without_the_port(url: str, host: str):
    """As the AWS Common Runtime sends it."""
    assert ask(url, TOKEN, Host=host).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.2", "localhost:1", "127.0.0.1:1", "evil.example:{port}", ""]
)
def test_another_host_is_refused_whoever_asks(url: str, held: Held, host: str):
    host = host.format(port=authority(url).partition(":")[2])
    refused(ask(url, TOKEN, Host=host), 403)
    assert held.seconds == []


def test_two_hosts_are_refused(url: str):
    own = authority(url)
    request = f"GET /credentials HTTP/1.1\r\nHost: {own}\r\nHost: evil.example\r\n"
    refused(read(send(url, f"{request}Authorization: {TOKEN}\r\n\r\n".encode())), 403)


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "https://{own}", "http://127.0.0.1", "http://localhost", "null"],
)
def test_another_origin_is_refused_whoever_asks(url: str, held: Held, origin: str):
    refused(ask(url, TOKEN, Origin=origin.format(own=authority(url))), 403)
    assert held.seconds == []


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "X"])
def test_only_get_is_answered(url: str, held: Held, method: str):
    answer = ask(url, TOKEN, method=method)
    refused(answer, 405)
    assert answer.headers["Allow"] == "GET"
    assert held.seconds == []


@pytest.mark.parametrize("path", ["/", "/credentials/", "/users/ada"])
def test_another_path_is_not_there(url: str, path: str):
    message = refused(ask(url.replace("/credentials", path), TOKEN), 404)["message"]
    assert message == "Credentials are at /credentials"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET /credentials HTTP/9.9\r\n\r\n", 505),
        (b"GET /credentials HTTP/x\r\n\r\n", 400),
        (b"GET\r\n\r\n", 400),
        (b"GET /credentials\r\n\r\n", 403),  # as in HTTP/0.9: no Host
        (b"GET /credentials HTTP/1.1\r\n" + b"a: b\r\n" * 150 + b"\r\n", 431),
        (b"GET /" + b"a" * (17 * 1024), 431),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * (17 * 1024), 431),
    ],
)
def test_what_is_no_request_is_refused(url: str, request_: bytes, status: int):
    refused(read(send(url, request_)), status)
    assert ask(url, TOKEN).status == 200


def test_a_request_without_an_end_is_cut_off(url: str):
    flood = b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 1_000_000
    assert len(send(url, flood)) < 1000
    assert ask(url, TOKEN).status == 200


def test_a_request_that_does_not_go_on_is_dropped(url: str):
    assert send(url, b"GET /credentials HTTP/1.1\r\n", seconds=30) == b""


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (RefreshTimeoutError("late"), 503, "refresh-timeout"),
        (TransportError("no route", hint="See the network."), 503, "transport"),
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
                hint="Another pool?",
            ),
            403,
            "ResourceNotFoundException",
        ),
    ],
)
def test_why_there_are_none_is_said(url: str, held: Held, error: Exception, status: int, code: str):
    held.error = error
    document = refused(ask(url, TOKEN), status)
    assert document["code"] == code
    hint = getattr(error, "hint", "")
    assert hint in document["message"]
    assert ("ask again" in document["message"]) == isinstance(error, RefreshTimeoutError)


def test_nothing_of_a_request_is_written(url: str, capfd: pytest.CaptureFixture[str]):
    ask(url, TOKEN)
    ask(url, "wrong-token-of-somebody")
    send(url, b"nonsense with a-secret\r\n\r\n")
    assert capfd.readouterr() == ("", "")
