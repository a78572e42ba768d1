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
# What XML can say at all.
texts = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc", "Co", "Cn"]))


def granted(leaves):
    xml = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in leaves.items())
    return HttpResponse(
        200,
        {},
        f'<R xmlns="{NAMESPACE}"><Result><Audience>a</Audience>'
        f"<Credentials>{xml}</Credentials></Result></R>".encode(),
    )


@given(st.dictionaries(st.sampled_from(["RoleArn", "Policy", "WebIdentityToken"]), st.text()))
def test_a_request_is_a_form_that_is_read_back(members):
    request = wire_sts.request(
        "https://sts", "AssumeRoleWithWebIdentity", {**members, "DurationSeconds": 900}, "agent/1"
    )
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
def test_the_leaves_of_the_credentials_are_read(leaves):
    assert wire_sts.parse_result("Assume", granted(leaves)) == {"Credentials": leaves}


def test_an_answer_without_credentials_has_none():
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
def test_what_is_not_xml_is_refused(body):
    with pytest.raises(MalformedResponseError, match=rf"Assume .*\({len(body)} bytes\)"):
        wire_sts.parse_result("Assume", HttpResponse(200, {}, body))
    assert wire_sts.parse_error(HttpResponse(400, {}, body)) == ("", "")


@given(st.binary(max_size=64) | texts.map(lambda text: f"<a>{text}</a>".encode()))
def test_any_bytes_are_an_error_that_can_be_told(body):
    code, text = wire_sts.parse_error(HttpResponse(400, {}, body))
    assert isinstance(code, str)
    assert isinstance(text, str)


def test_entities_are_not_blown_up():
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE R [<!ENTITY e0 "ha">{levels}]><R><Code>&e11;</Code></R>'.encode()
    assert wire_sts.parse_error(HttpResponse(400, {}, bomb)) == ("", "")


@pytest.mark.parametrize("namespace", ["", f' xmlns="{NAMESPACE}"'])
def test_an_error_is_read(namespace):
    body = (
        f"<ErrorResponse{namespace}><Error><Type>Sender</Type><Code>ExpiredToken</Code>"
        "<Message>Token expired</Message></Error></ErrorResponse>"
    ).encode()
    assert wire_sts.parse_error(HttpResponse(400, {}, body)) == ("ExpiredToken", "Token expired")
