"""Retries of rejected requests; test_minimum_versions.py repeats these tests with old versions."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest
from aiobotocore.awsrequest import AioAWSResponse
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError

EXPIRED = (
    403,
    b"<ErrorResponse><Error><Code>ExpiredToken</Code><Message>x</Message></Error></ErrorResponse>",
)
ACCEPTED = (
    200,
    b"<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>",
)


class Service:
    """Service that records which access key signed a request, and returns the next response."""

    def __init__(self, response_class, responses):
        self.response_class = response_class
        self.responses = responses
        self.signers = []

    def __call__(self, request, **_):
        authorization = request.headers.get("Authorization", "")
        if isinstance(authorization, bytes):
            authorization = authorization.decode()
        self.signers.append(authorization.partition("Credential=")[2].partition("/")[0][-1:])
        status, content = self.responses.pop(0)
        raw = SimpleNamespace(raw_headers=())  # Old versions of aiobotocore read this attribute.
        response = self.response_class(request.url, status, {}, raw)
        response._content = content
        return response


@pytest.fixture
def call(harness):
    """Function that calls an operation, and returns the generations that signed the requests."""
    provider = harness.create_provider()
    session = harness.integration.session(provider)
    is_async = not hasattr(session, "client")

    def call(*responses, service="sts", operation="get_caller_identity", retries=None, **arguments):
        fake = Service(AioAWSResponse if is_async else AWSResponse, list(responses))
        config = Config(retries=retries)

        async def call_async():
            async with session.create_client(service, config=config) as client:
                client.meta.events.register("before-send", fake)
                await getattr(client, operation)(**arguments)

        try:
            if is_async:
                harness.wait(call_async())
            else:
                client = session.client(service, config=config)
                client.meta.events.register("before-send", fake)
                try:
                    getattr(client, operation)(**arguments)
                finally:
                    client.close()
        except ClientError as error:
            fake.signers.append(error.response["Error"]["Code"])
        return fake.signers

    yield call
    harness.close(provider)


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_the_second_attempt_is_signed_with_new_credentials(call, mode):
    assert call(EXPIRED, ACCEPTED, retries={"mode": mode}) == ["1", "2"]


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_a_single_attempt_is_not_repeated(call, mode):
    retries = {"mode": mode, "total_max_attempts": 1}
    assert call(EXPIRED, retries=retries) == ["1", "ExpiredToken"]
    assert call(ACCEPTED, retries=retries) == ["2"]


def test_a_request_is_repeated_once(call, harness):
    assert call(EXPIRED, EXPIRED) == ["1", "2", "ExpiredToken"]
    harness.cognito.clock.advance(5)
    # The credentials were fetched 5 seconds ago, but are rejected again.
    assert call(EXPIRED, ACCEPTED) == ["2", "3"]


def test_other_retries_count_as_attempts(call):
    failed = 500, b"<ErrorResponse/>"
    retries = {"mode": "standard", "total_max_attempts": 2}
    assert call(failed, EXPIRED, retries=retries) == ["1", "1", "ExpiredToken"]


def test_an_error_that_the_operation_defines_is_not_a_rejection(call, harness):
    """The Step Functions InvalidToken error refers to the token of a task."""
    invalid = 400, b'{"__type": "InvalidToken", "message": "Invalid token"}'
    generations = call(
        invalid, service="stepfunctions", operation="send_task_heartbeat", taskToken="x"
    )
    assert generations == ["1", "InvalidToken"]
    assert harness.cognito.fetches == 1


def test_the_token_of_a_request_to_such_a_service_may_be_rejected(call, harness):
    expired = 400, b'{"__type": "ExpiredTokenException", "message": "x"}'
    generations = call(
        expired,
        (200, b"{}"),
        service="stepfunctions",
        operation="send_task_heartbeat",
        taskToken="x",
    )
    assert generations == ["1", "2"]


@pytest.mark.parametrize("content", [b"", b"{}", b'{"__type": ""}', b'{"__type": null}'])
def test_an_error_without_a_code_is_not_a_rejection(call, harness, content):
    call((403, content), service="stepfunctions", operation="list_activities")
    assert harness.cognito.fetches == 1


def test_a_body_is_sent_again_from_its_beginning(call):
    body = io.BytesIO(b"content")
    expired = 400, b"<Error><Code>ExpiredToken</Code><Message>x</Message></Error>"
    arguments = {"service": "s3", "operation": "put_object", "Bucket": "bucket", "Key": "key"}
    assert call(expired, (200, b""), Body=body, **arguments) == ["1", "2"]
    assert body.tell() == 0


def test_an_unsigned_request_is_not_a_rejection(call, harness):
    arguments = {"RoleArn": "arn:aws:iam::123456789012:role/x", "RoleSessionName": "xx"}
    outcome = call(
        EXPIRED, operation="assume_role_with_web_identity", WebIdentityToken="abcd", **arguments
    )
    assert outcome == ["", "ExpiredToken"]
    assert harness.cognito.fetches == 0
