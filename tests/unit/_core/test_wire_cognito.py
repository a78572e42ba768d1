from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials._core import wire_cognito
from cognito_credentials._core.http import HttpResponse
from cognito_credentials.errors import MalformedResponseError


def test_a_request_is_unsigned_json_1_1():
    request = wire_cognito.build_request("https://x/", "GetId", {"IdentityPoolId": "p"}, "agent/1")
    assert (request.method, request.url) == ("POST", "https://x/")
    assert request.headers == {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "AWSCognitoIdentityService.GetId",
        "User-Agent": "agent/1",
    }
    assert request.body == b'{"IdentityPoolId":"p"}'


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), values))
def test_members_survive_a_round_trip(members):
    request = wire_cognito.build_request("https://x", "GetId", members, "")
    assert wire_cognito.parse_result("GetId", HttpResponse(200, {}, request.body)) == members


@given(st.binary(max_size=64))
def test_a_body_is_a_json_object_or_rejected(body):
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if isinstance(document, dict):
        assert wire_cognito.parse_result("GetId", HttpResponse(200, {}, body)) == document
    else:
        with pytest.raises(MalformedResponseError, match="GetId"):
            wire_cognito.parse_result("GetId", HttpResponse(200, {}, body))
    parts = wire_cognito.parse_error(HttpResponse(400, {}, body))
    assert all(isinstance(part, str) for part in parts)


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({}, {"__type": "Code", "message": "text"}, ("Code", "text")),
        ({}, {"__type": "com.amazonaws#Code", "Message": "text"}, ("Code", "text")),
        ({"x-amzn-errortype": "Code:"}, {"message": "text"}, ("Code", "text")),
        ({"x-amzn-errortype": "Code:http://internal/"}, {}, ("Code", "")),
        ({"x-amzn-errortype": "Code"}, {"__type": "Other"}, ("Code", "")),
        ({}, {"__type": 5, "message": ["x"]}, ("", "")),
        ({}, {"message": None, "Message": "text"}, ("", "text")),
        ({}, [], ("", "")),
        ({}, {"code": "Code", "message": "text"}, ("Code", "text")),
        ({}, {"Code": "com.amazonaws#Code:http://internal/x#y"}, ("Code", "")),
        ({}, {"CODE": "Code"}, ("Code", "")),
        ({}, {"__type": "Code", "code": "Other"}, ("Code", "")),
        ({}, {"__type": None, "code": "Code"}, ("Code", "")),
        ({}, {"__type": "Code:http://internal.amazon.com/coral/"}, ("Code", "")),
        ({}, {"__type": "https://internal.amazon.com/coral/#Code"}, ("Code", "")),
        ({}, {"__type": "https://internal.amazon.com/coral/", "code": "Code"}, ("Code", "")),
        ({"x-amzn-errortype": "Code, Code"}, {}, ("Code", "")),
        ({"x-amzn-errortype": ""}, {"code": "Code"}, ("Code", "")),
        ({}, {"code": 400, "message": "", "Message": "text"}, ("", "text")),
    ],
)
def test_an_error_is_parsed_from_header_and_body(headers, body, expected):
    headers = {**headers, "x-amzn-requestid": "r-1"}
    response = HttpResponse(400, headers, json.dumps(body).encode())
    assert wire_cognito.parse_error(response) == (*expected, "r-1")
