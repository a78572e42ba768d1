from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity import wire

NOW = 1_466_759_045.0


def test_an_error_has_the_captured_form() -> None:
    error = AwsError("NotAuthorizedException", "Access to Identity 'XXX' is forbidden.")
    response = wire.error_response(error, now=NOW)
    headers = dict(response.headers)
    assert response.status == 400
    assert response.body == (
        b'{"__type":"NotAuthorizedException","message":"Access to Identity \'XXX\' is forbidden."}'
    )
    assert headers["Content-Type"] == "application/x-amz-json-1.1"
    assert headers["x-amzn-ErrorType"] == "NotAuthorizedException:"
    assert headers["x-amzn-ErrorMessage"] == "Access to Identity 'XXX' is forbidden."
    assert headers["Date"] == "Fri, 24 Jun 2016 09:04:05 GMT"
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", headers["x-amzn-RequestId"])


def test_browsers_may_read_responses_and_their_headers() -> None:
    response = wire.success_response({}, now=NOW)
    headers = dict(response.headers)
    assert headers["Content-Type"] == "application/x-amz-json-1.1"
    assert headers["access-control-allow-origin"] == "*"
    assert headers["access-control-expose-headers"] == (
        "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"
    )


def test_the_response_to_a_preflight_has_no_body() -> None:
    response = wire.preflight_response(now=NOW)
    headers = dict(response.headers)
    assert (response.status, response.body) == (200, b"")
    assert headers["access-control-allow-origin"] == "*"
    assert "POST" in headers["access-control-allow-methods"]
    assert "Content-Type" not in headers


def test_responses_are_compact_and_in_alphabetical_order() -> None:
    output = {"IdentityId": "i", "Credentials": {"b": 1.0, "a": "x"}}
    response = wire.success_response(output, now=NOW)
    assert response.body == b'{"Credentials":{"a":"x","b":1.0},"IdentityId":"i"}'


def test_an_operation_without_output_has_an_empty_body() -> None:
    assert wire.success_response(None, now=NOW).body == b""


@given(st.text())
def test_no_message_breaks_the_headers_or_the_body(message: str) -> None:
    response = wire.error_response(AwsError("ValidationException", message), now=NOW)
    assert re.fullmatch(r"[ -~]*", dict(response.headers)["x-amzn-ErrorMessage"])
    assert json.loads(response.body)["message"] == message


def test_a_long_message_is_truncated_in_the_headers() -> None:
    response = wire.error_response(AwsError("ValidationException", "x" * 70_000), now=NOW)
    assert len(dict(response.headers)["x-amzn-ErrorMessage"]) == 2048
    assert len(json.loads(response.body)["message"]) == 70_000
