from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.front import error_responses
from cognito_credentials.emulator.headers import Headers
from cognito_credentials.emulator.messages import (
    RawRequest,
    RawResponse,
    ServiceRequest,
    WireProtocol,
)


def write(protocol: WireProtocol, error: AwsError, service: str = "any") -> RawResponse:
    request = ServiceRequest(
        service=service,
        protocol=protocol,
        operation="Operation",
        region="us-east-1",
        is_public=False,
        http=RawRequest("GET", "/", Headers(), b""),
        parameters={},
        has_json_body=False,
        signature=None,
    )
    return error_responses.error_response(request, error, now=0)


@pytest.mark.parametrize(
    ("protocol", "codes", "statuses"),
    [
        (
            WireProtocol.S3,
            "ExpiredToken InvalidAccessKeyId InvalidToken SignatureDoesNotMatch AccessDenied",
            [400, 403, 400, 403, 403],
        ),
        (
            WireProtocol.QUERY,
            "ExpiredToken InvalidClientTokenId InvalidClientTokenId SignatureDoesNotMatch MissingAuthenticationToken",
            [403, 403, 403, 403, 403],
        ),
        (
            WireProtocol.JSON,
            "ExpiredTokenException UnrecognizedClientException UnrecognizedClientException InvalidSignatureException MissingAuthenticationTokenException",
            [400, 400, 400, 400, 400],
        ),
        (
            WireProtocol.REST_JSON,
            "ExpiredTokenException UnrecognizedClientException UnrecognizedClientException InvalidSignatureException MissingAuthenticationTokenException",
            [403, 403, 403, 403, 403],
        ),
        (
            WireProtocol.EC2,
            "RequestExpired AuthFailure AuthFailure AuthFailure MissingAuthenticationToken",
            [400, 401, 401, 401, 403],
        ),
    ],
)
def test_each_protocol_has_its_own_codes(protocol: WireProtocol, codes: str, statuses: list[int]):
    found = [
        error_responses.expired_token(protocol),
        error_responses.unknown_access_key(protocol),
        error_responses.invalid_session_token(protocol),
        error_responses.invalid_signature(protocol),
        error_responses.missing_signature(protocol),
    ]
    assert [error.code for error in found] == codes.split()
    assert [error.http_status for error in found] == statuses


def test_a_denial_retains_its_message():
    codes = {p: error_responses.access_denied(p, "User: x is not …").code for p in WireProtocol}
    assert codes == {
        WireProtocol.S3: "AccessDenied",
        WireProtocol.QUERY: "AccessDenied",
        WireProtocol.EC2: "UnauthorizedOperation",
        WireProtocol.JSON: "AccessDeniedException",
        WireProtocol.REST_JSON: "AccessDeniedException",
    }
    assert error_responses.access_denied(WireProtocol.S3, "why").message == "why"
    assert error_responses.unreadable_signature(WireProtocol.S3).code == "InvalidArgument"
    assert (
        error_responses.unreadable_signature(WireProtocol.JSON).code
        == "IncompleteSignatureException"
    )
    assert error_responses.unreadable_signature(WireProtocol.QUERY).code == "IncompleteSignature"


@pytest.mark.parametrize(
    ("protocol", "path"),
    [(WireProtocol.S3, "."), (WireProtocol.QUERY, "Error"), (WireProtocol.EC2, "Errors/Error")],
)
def test_an_xml_error_has_code_and_message(protocol: WireProtocol, path: str):
    response = write(protocol, AwsError("Code", "a < b & c", 403))
    error = ET.fromstring(response.body).find(path)  # noqa: S314 - the emulator wrote the document
    assert error is not None
    assert (error.findtext("Code"), error.findtext("Message")) == ("Code", "a < b & c")
    assert response.status == 403


def test_a_json_error_has_its_code_in_body_and_header():
    response = write(WireProtocol.JSON, AwsError("Code", 'a "quoted" text', 400))
    assert json.loads(response.body) == {"__type": "Code", "message": 'a "quoted" text'}
    assert dict(response.headers)["x-amzn-ErrorType"] == "Code"


def test_cognito_identity_writes_its_errors_in_its_own_form():
    response = write(WireProtocol.JSON, AwsError("Code", "text", 400), "cognito-identity")
    headers = dict(response.headers)
    assert headers["x-amzn-ErrorType"] == "Code:"
    assert headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(("status", "kind"), [(400, "Sender"), (500, "Receiver")])
def test_a_query_error_has_a_type_of_sender_or_receiver(status: int, kind: str):
    response = write(WireProtocol.QUERY, AwsError("Code", "text", status))
    root = ET.fromstring(response.body)  # noqa: S314 - the emulator wrote the document
    assert root.findtext("Error/Type") == kind


@pytest.mark.parametrize("protocol", list(WireProtocol))
def test_an_error_can_be_read_from_a_response_of_every_protocol(protocol: WireProtocol):
    error = AwsError("AccessDenied", 'no <b> & "c"')
    assert error_responses.read_error(write(protocol, error)) == (error.code, error.message)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", (None, None)),
        (b"moto raised an unexpected error", (None, None)),
        (b"\xff<Code>Broken", (None, None)),
        (b"[1]", (None, None)),
        (b"{}", (None, None)),
        (b'{"__type": null, "message": 7}', (None, "7")),
        (b'{"__type": "com.amazonaws.dynamodb#Throttled", "Message": "m"}', ("Throttled", "m")),
        (b'{"code": "Code"}', ("Code", None)),
    ],
)
def test_unusual_error_responses_can_be_read(body: bytes, expected: tuple[str | None, str | None]):
    assert error_responses.read_error(RawResponse(400, [], body)) == expected
