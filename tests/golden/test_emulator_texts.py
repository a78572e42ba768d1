"""Wording of the emulator: argument errors, HTTP errors, log lines and its own messages.

Messages that are copied from AWS are not tested here, because they never change.
"""

from __future__ import annotations

import logging
import socket
from typing import TYPE_CHECKING, Any, cast

import pytest
from golden import assert_golden

from cognito_credentials.emulator import Emulator, MovableClock
from cognito_credentials.emulator.headers import Headers
from cognito_credentials.emulator.identity.errors import UnconfirmedText
from cognito_credentials.emulator.messages import RawRequest
from cognito_credentials.emulator.request_pipeline import RequestPipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cognito_credentials.emulator.account import EmulatedAccount
    from cognito_credentials.emulator.messages import RawResponse, ServiceRequest

ACCOUNT = "444455550001"


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(account_id=ACCOUNT) as emulator:
        yield emulator


class BrokenAccount:
    def handle(self, request: ServiceRequest) -> RawResponse:
        raise KeyError(request.operation)


def start_after_close() -> None:
    emulator = Emulator(account_id="444455550002").start()
    emulator.close()
    emulator.start()


def send_raw(emulator: Emulator, head: str) -> str:
    """Return the body of the response to a request that is not valid HTTP."""
    with socket.create_connection((emulator.host, emulator.port)) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode())
        connection.shutdown(socket.SHUT_WR)
        response = b""
        while data := connection.recv(65536):
            response += data
    return response.partition(b"\r\n\r\n")[2].decode()


def test_errors(emulator: Emulator):
    register = emulator.identity_service.register_opaque_token
    cases: dict[str, Callable[[], Any]] = {
        "an account ID that is too short": lambda: Emulator(account_id="12"),
        "an account ID with letters": lambda: Emulator(account_id="12345678901x"),
        "an address before start": lambda: Emulator(account_id="444455550002").endpoint_url,
        "a second emulator for the account": lambda: Emulator(account_id=ACCOUNT).start(),
        "start after close": start_after_close,
        "a failure of an unknown operation": lambda: emulator.fail("GetID", "Code"),
        "an operation that is not a name": lambda: emulator.fail("42", "Code"),
        "a failure without a code": lambda: emulator.fail("GetId", ""),
        "a failure that never occurs": lambda: emulator.fail("GetId", "Code", times=0),
        "a failure with the status of a success": lambda: emulator.fail("GetId", "C", status=200),
        "an opaque token of a provider of ID tokens": lambda: register("google.com", "t", "a", "u"),
    }
    blocks: list[str] = []
    for title, raise_error in cases.items():
        with pytest.raises((ValueError, RuntimeError)) as raised:
            raise_error()
        blocks.append(f"## {title}\n{type(raised.value).__name__}: {raised.value}\n")
    assert_golden("emulator_errors", "\n".join(blocks))


def test_warnings():
    emulator = Emulator(account_id="444455550002").start()
    emulator.fail("GetId", "TooManyRequestsException", times=2)
    emulator.fail("GetObject", "SlowDown", status=503)
    with pytest.warns(UserWarning, match="GetId") as warned:
        emulator.close()
    assert_golden("emulator_warnings", f"{warned[0].message}\n")


def test_http_errors(emulator: Emulator):
    heads = {
        "a negative Content-Length": "PUT / HTTP/1.1\nContent-Length: -1\n\n",
        "a chunk without size": "PUT / HTTP/1.1\nTransfer-Encoding: chunked\n\nnonsense\n",
        "a chunk that is too large": "PUT / HTTP/1.1\nTransfer-Encoding: chunked\n\n7fffffff\n",
        "a foreign Host": "GET / HTTP/1.1\nHost: pages.example\nConnection: close\n\n",
    }
    blocks = [f"## {title}\n{send_raw(emulator, head)}\n" for title, head in heads.items()]
    assert_golden("emulator_http_errors", "\n".join(blocks))


def test_messages_that_are_not_known_from_aws():
    texts = {text.name: text.value for text in UnconfirmedText}
    blocks = [f"{name}: {texts[name]}\n" for name in sorted(texts)]
    assert_golden("emulator_messages", "".join(blocks))


def test_unexpected_errors(caplog: pytest.LogCaptureFixture):
    pipeline = RequestPipeline(
        cast("EmulatedAccount", BrokenAccount()),
        host="127.0.0.1",
        region="us-east-1",
        clock=MovableClock(),
    )
    headers = Headers()
    headers.add("X-Amz-Target", "AWSCognitoIdentityService.GetId")
    with caplog.at_level(logging.ERROR):
        response = pipeline.respond(RawRequest("POST", "/", headers, b"{}"))
    lines = [f"{record.levelname} {record.getMessage()}" for record in caplog.records]
    content = f"{response.status} {response.body.decode()}"
    text = f"## response\n{content}\n\n## log\n" + "\n".join(lines) + "\n"
    assert_golden("emulator_unexpected_errors", text)
