"""Requests that moto cannot parse; IAM is not enforced, because it would reject them first."""

from __future__ import annotations

import http.client
import logging
from typing import TYPE_CHECKING

import pytest
from emulated_account import error_of

from cognito_credentials.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

BUCKET = "malformed-requests"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(account_id="555566660002", enforce_iam=False) as emulator:
        emulator.create_bucket(BUCKET)
        yield emulator


@pytest.mark.parametrize(
    ("method", "target", "headers", "status", "code"),
    [
        ("POST", f"/{BUCKET}", {}, 412, b"PreconditionFailed"),
        ("POST", f"/{BUCKET}/", {"Content-Type": "text/plain"}, 412, b"PreconditionFailed"),
        (
            "POST",
            f"/{BUCKET}",
            {"Content-Type": "application/x-www-form-urlencoded"},
            412,
            b"PreconditionFailed",
        ),
        ("POST", f"/{BUCKET}?delete", {}, 400, b"MalformedXML"),
        ("PUT", f"/{BUCKET}?acl", {}, 400, b"MalformedXML"),
        ("PUT", f"/{BUCKET}?cors", {}, 400, b"MalformedXML"),
        ("POST", f"/{BUCKET}/key", {}, 500, b"InternalError"),
        ("PUT", f"/{BUCKET}/key", {"x-amz-copy-source": "x"}, 500, b"InternalError"),
        ("GET", f"/{BUCKET}?max-keys=x", {}, 500, b"InternalError"),
    ],
)
def test_the_response_is_an_error_of_s3_and_the_log_has_no_traceback(
    emulator: Emulator,
    caplog: pytest.LogCaptureFixture,
    method: str,
    target: str,
    headers: dict[str, str],
    status: int,
    code: bytes,
):
    caplog.set_level(logging.INFO)
    connection = http.client.HTTPConnection(emulator.host, emulator.port, timeout=30)
    connection.request(method, target, b"x" if method == "POST" else b"", headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    assert (response.status, b"<Code>%s</Code>" % code in body) == (status, True)
    assert emulator.calls[-1].error_code == code.decode()
    assert not any(record.exc_info for record in caplog.records)


def test_a_deeply_nested_parameter_is_rejected(
    emulator: Emulator, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG, "cognito_credentials")
    sqs = emulator.client("sqs")
    queue = sqs.create_queue(QueueName="deep")["QueueUrl"]
    policy = '{"a":' * 10_000 + "1" + "}" * 10_000
    code, _ = error_of(sqs.set_queue_attributes, QueueUrl=queue, Attributes={"Policy": policy})
    assert (code, emulator.calls[-1].status) == ("ValidationError", 400)
    assert not any(record.exc_info for record in caplog.records)
