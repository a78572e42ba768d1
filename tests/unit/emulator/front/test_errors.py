from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from cognito_credentials.emulator.front import errors
from cognito_credentials.emulator.front.errors import Protocol, Refused, refusal_response


@pytest.mark.parametrize(
    ("protocol", "codes", "statuses"),
    [
        (
            Protocol.S3,
            "ExpiredToken InvalidAccessKeyId InvalidToken SignatureDoesNotMatch AccessDenied",
            [400, 403, 400, 403, 403],
        ),
        (
            Protocol.QUERY,
            "ExpiredToken InvalidClientTokenId InvalidClientTokenId SignatureDoesNotMatch MissingAuthenticationToken",
            [403, 403, 403, 403, 403],
        ),
        (
            Protocol.JSON,
            "ExpiredTokenException UnrecognizedClientException UnrecognizedClientException InvalidSignatureException MissingAuthenticationTokenException",
            [400, 400, 400, 400, 400],
        ),
        (
            Protocol.REST_JSON,
            "ExpiredTokenException UnrecognizedClientException UnrecognizedClientException InvalidSignatureException MissingAuthenticationTokenException",
            [403, 403, 403, 403, 403],
        ),
        (
            Protocol.EC2,
            "RequestExpired AuthFailure AuthFailure SignatureDoesNotMatch MissingAuthenticationToken",
            [400, 401, 401, 403, 403],
        ),
    ],
)
def test_each_protocol_has_its_codes(protocol: Protocol, codes: str, statuses: list[int]):
    refused = [
        errors.expired_token(protocol),
        errors.unknown_key(protocol),
        errors.wrong_session_token(protocol),
        errors.wrong_signature(protocol),
        errors.unsigned(protocol),
    ]
    assert [each.code for each in refused] == codes.split()
    assert [each.status for each in refused] == statuses


def test_denials_keep_their_text():
    codes = {p: errors.access_denied(p, "User: x is not …").code for p in Protocol}
    assert codes == {
        Protocol.S3: "AccessDenied",
        Protocol.QUERY: "AccessDenied",
        Protocol.EC2: "UnauthorizedOperation",
        Protocol.JSON: "AccessDeniedException",
        Protocol.REST_JSON: "AccessDeniedException",
    }
    assert errors.access_denied(Protocol.S3, "why").message == "why"
    assert errors.unreadable_signature(Protocol.S3).code == "InvalidArgument"
    assert errors.unreadable_signature(Protocol.JSON).code == "IncompleteSignatureException"
    assert errors.unreadable_signature(Protocol.QUERY).code == "IncompleteSignature"


@pytest.mark.parametrize(
    ("protocol", "path"),
    [(Protocol.S3, "."), (Protocol.QUERY, "Error"), (Protocol.EC2, "Errors/Error")],
)
def test_xml_says_code_and_message(protocol: Protocol, path: str):
    response = refusal_response(protocol, Refused("Code", "a < b & c", 403))
    error = ET.fromstring(response.body).find(path)  # noqa: S314 - our own
    assert error is not None
    assert (error.findtext("Code"), error.findtext("Message")) == ("Code", "a < b & c")
    assert response.status == 403


def test_json_says_code_in_body_and_header():
    response = refusal_response(Protocol.JSON, Refused("Code", 'a "quoted" text', 400))
    assert json.loads(response.body) == {"__type": "Code", "message": 'a "quoted" text'}
    assert dict(response.headers)["x-amzn-ErrorType"] == "Code"
