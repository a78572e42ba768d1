from __future__ import annotations

from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials._core import wire_sts
from cognito_credentials._core.http import HttpResponse
from cognito_credentials.errors import MalformedResponseError

NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
# Strings of characters that are valid in XML.
texts = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc", "Co", "Cn"]))


def credentials_response(members):
    xml = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in members.items())
    return HttpResponse(
        200,
        {},
        f'<R xmlns="{NAMESPACE}"><Result><Audience>a</Audience>'
        f"<Credentials>{xml}</Credentials></Result></R>".encode(),
    )


@given(st.dictionaries(st.sampled_from(["RoleArn", "Policy", "WebIdentityToken"]), st.text()))
def test_a_request_is_an_encoded_form(members):
    request = wire_sts.build_request(
        "https://sts", "AssumeRoleWithWebIdentity", {**members, "DurationSeconds": 900}, "agent/1"
    )
    assert (request.method, request.url) == ("POST", "https://sts")
    assert request.headers == {
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        "User-Agent": "agent/1",
    }
    form = parse_qs(request.body.decode(), keep_blank_values=True, strict_parsing=True)
    assert form == {
        "Action": ["AssumeRoleWithWebIdentity"],
        "Version": ["2011-06-15"],
        "DurationSeconds": ["900"],
        **{name: [value] for name, value in members.items()},
    }


@given(st.dictionaries(st.sampled_from(["AccessKeyId", "SessionToken", "Expiration"]), texts))
def test_the_members_of_the_credentials_are_parsed(members):
    response = credentials_response(members)
    assert wire_sts.parse_result("Assume", response) == {"Credentials": members}


def test_a_response_without_credentials_has_an_empty_result():
    assert wire_sts.parse_result("Assume", HttpResponse(200, {}, b"<R><Result/></R>")) == {}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not XML",
        b"{}",
        b"<R><Credentials>",
        b'<?xml version="1.0" encoding="no-such"?><R/>',
        b'<?xml version="1.0" encoding="utf-7"?><R/>',
        b"\xff\xfe",
        b"<R>&undefined;</R>",
        b"\x00" * 10,
    ],
)
def test_a_body_that_is_not_xml_is_rejected(body):
    with pytest.raises(MalformedResponseError, match="Assume"):
        wire_sts.parse_result("Assume", HttpResponse(200, {}, body))
    assert wire_sts.parse_error(HttpResponse(400, {}, body)) == ("", "", "")


@given(st.binary(max_size=64) | texts.map(lambda text: f"<a>{text}</a>".encode()))
def test_parse_error_accepts_any_body(body):
    parts = wire_sts.parse_error(HttpResponse(400, {}, body))
    assert all(isinstance(part, str) for part in parts)


def test_nested_entities_are_not_expanded():
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE R [<!ENTITY e0 "ha">{levels}]><R><Code>&e11;</Code></R>'.encode()
    assert wire_sts.parse_error(HttpResponse(400, {}, bomb)) == ("", "", "")


@pytest.mark.parametrize("namespace", ["", f' xmlns="{NAMESPACE}"'])
def test_an_error_is_parsed(namespace):
    body = (
        f"<ErrorResponse{namespace}><Error><Type>Sender</Type><Code>ExpiredToken</Code>"
        "<Message>Token expired</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"
    ).encode()
    assert wire_sts.parse_error(HttpResponse(400, {}, body)) == (
        "ExpiredToken",
        "Token expired",
        "r-1",
    )


def test_the_request_id_of_the_header_takes_precedence():
    response = HttpResponse(400, {"x-amzn-requestid": "r-2"}, b"<R><RequestId>r-1</RequestId></R>")
    assert wire_sts.parse_error(response) == ("", "", "r-2")
    response = HttpResponse(502, {"x-amzn-requestid": "r-2"}, b"not XML")
    assert wire_sts.parse_error(response) == ("", "", "r-2")
