from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials.emulator.identity import wire
from cognito_credentials.emulator.identity.errors import ServiceFault

NOW = 1_466_759_045.0


def test_an_error_is_on_the_wire_as_it_was_captured() -> None:
    fault = ServiceFault("NotAuthorizedException", "Access to Identity 'XXX' is forbidden.")
    status, headers, body = wire.failure(fault, now=NOW)
    assert status == 400
    assert body == (
        b'{"__type":"NotAuthorizedException","message":"Access to Identity \'XXX\' is forbidden."}'
    )
    assert headers["Content-Type"] == "application/x-amz-json-1.1"
    assert headers["x-amzn-ErrorType"] == "NotAuthorizedException:"
    assert headers["x-amzn-ErrorMessage"] == "Access to Identity 'XXX' is forbidden."
    assert headers["Date"] == "Fri, 24 Jun 2016 09:04:05 GMT"
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", headers["x-amzn-RequestId"])


def test_browsers_may_read_answers_and_their_headers() -> None:
    _, headers, _ = wire.success({}, now=NOW)
    assert headers["access-control-allow-origin"] == "*"
    assert headers["access-control-expose-headers"] == (
        "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"
    )


def test_a_preflight_is_answered_without_a_body() -> None:
    status, headers, body = wire.preflight(now=NOW)
    assert (status, body) == (200, b"")
    assert headers["access-control-allow-origin"] == "*"
    assert "POST" in headers["access-control-allow-methods"]
    assert "Content-Type" not in headers


def test_answers_are_compact_and_in_alphabetical_order() -> None:
    _, _, body = wire.success({"IdentityId": "i", "Credentials": {"b": 1.0, "a": "x"}}, now=NOW)
    assert body == b'{"Credentials":{"a":"x","b":1.0},"IdentityId":"i"}'


def test_an_operation_without_output_has_an_empty_body() -> None:
    assert wire.success(None, now=NOW)[2] == b""


@given(st.text())
def test_no_message_breaks_the_headers_or_the_body(message: str) -> None:
    _, headers, body = wire.failure(ServiceFault("ValidationException", message), now=NOW)
    assert re.fullmatch(r"[ -~]*", headers["x-amzn-ErrorMessage"])
    assert json.loads(body)["message"] == message


def test_a_message_that_quotes_much_does_not_break_the_client() -> None:
    _, headers, body = wire.failure(ServiceFault("ValidationException", "x" * 70_000), now=NOW)
    assert len(headers["x-amzn-ErrorMessage"]) == 2048
    assert len(json.loads(body)["message"]) == 70_000


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b"null", b'"x"', b"\xff", b"[" * 100_000, b'{"a":' * 100_000],
    ids=["cut", "array", "null", "string", "not-utf8", "deep-array", "deep-object"],
)
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(ServiceFault) as caught:
        wire.read_request(body)
    assert caught.value.code == "SerializationException"


def test_no_body_is_an_empty_request() -> None:
    assert wire.read_request(b"") == {}
