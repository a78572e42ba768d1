"""Responses that repeat secrets, are megabytes long, or contain terminal control sequences."""

from __future__ import annotations

import json
import time
from urllib.parse import quote_plus
from xml.sax.saxutils import escape

import pytest
from harness import (
    FACEBOOK,
    FACEBOOK_TOKEN,
    IDENTITY,
    OPENID_TOKEN,
    ROLE,
)

from cognito_credentials import BasicFlow
from cognito_credentials._core.http import HttpResponse
from cognito_credentials.errors import MalformedResponseError, ServiceError
from cognito_credentials.testing import success_response

HOSTILE = "\033[2J\033]0;owned\a\r\n✓ forged\u202e\x9b31m"


def error_response(code="NotAuthorizedException", message="text", headers=None, status=400):
    body = json.dumps({"__type": code, "message": message}).encode()
    return HttpResponse(status, headers or {}, body)


def rejection(subject):
    with pytest.raises(ServiceError) as caught:
        subject.fetch()
    return caught.value


def all_texts(error):
    return [
        str(error),
        error.message,
        error.hint,
        error.code,
        error.request_id,
        repr(error),
        repr(error.args),
        str(error.response),
    ]


@pytest.mark.parametrize(
    "response",
    [
        error_response(FACEBOOK_TOKEN),
        error_response(f"Code-{FACEBOOK_TOKEN}", f"x {FACEBOOK_TOKEN}"),
        error_response(headers={"x-amzn-errortype": f"{FACEBOOK_TOKEN}:http://x"}),
        error_response(headers={"x-amzn-requestid": FACEBOOK_TOKEN}),
        error_response(FACEBOOK_TOKEN[:20], f"cut off: {FACEBOOK_TOKEN[:20]}"),
        error_response(message="x" * 4090 + FACEBOOK_TOKEN),
        error_response(message=f"Value '{{{FACEBOOK}={FACEBOOK_TOKEN}{'x' * 128_000}"),
    ],
    ids=["code", "part of the code", "header", "request ID", "cut off", "at the limit", "map"],
)
def test_a_token_that_the_service_repeats_is_hidden_in_every_field(side, response):
    subject = side.identity([response], logins={FACEBOOK: FACEBOOK_TOKEN})
    error = rejection(subject)
    assert FACEBOOK_TOKEN[:14] not in "".join(all_texts(error))


def test_a_token_that_is_repeated_encoded_is_hidden(side):
    token = 'Atza|a/token "that+users" may-see'
    for text in (quote_plus(token), json.dumps(token)):
        subject = side.identity([error_response(message=text)], logins={FACEBOOK: token})
        error = rejection(subject)
        assert "users" not in "".join(all_texts(error))


def test_the_token_of_the_basic_flow_is_hidden(side):
    token = "not-a-jwt-that-nobody-may-see"
    body = f"<E><Error><Code>X{token}</Code><Message>a {escape(token)}</Message></Error></E>"
    subject = side.identity(
        [success_response(IdentityId=IDENTITY, Token=token), HttpResponse(400, {}, body.encode())],
        basic_flow=BasicFlow(role_arn=ROLE),
    )
    error = rejection(subject)
    assert token not in "".join(all_texts(error))
    assert OPENID_TOKEN not in "".join(all_texts(error))


@pytest.mark.parametrize("length", [4097, 900_000])
def test_a_long_message_is_cut(side, length):
    response = error_response("C" * length, "m" * length, {"x-amzn-requestid": "r" * length})
    error = rejection(side.identity([response]))
    assert len(error.message) == 4096
    assert len(error.code) <= 128
    assert len(error.request_id) <= 128
    assert max(map(len, all_texts(error))) < 10_000


@pytest.mark.parametrize(
    "message",
    [
        "Value '{" + "x" * 128_000,
        "Value '{" * 100_000,
        "Value '{}' at 'login" * 50_000,
        "eyJ" * 300_000,
        "eyJhbGciOiJ" + "." * 900_000,
    ],
)
def test_a_hostile_message_is_processed_in_linear_time(side, message):
    subject = side.identity([error_response(message=message)], logins={FACEBOOK: FACEBOOK_TOKEN})
    start = time.process_time()
    rejection(subject)
    assert time.process_time() - start < 0.5


def test_control_characters_of_the_service_are_escaped(side):
    headers = {"x-amzn-requestid": HOSTILE}
    error = rejection(side.identity([error_response(HOSTILE, HOSTILE, headers)]))
    for text in all_texts(error):
        assert text.isprintable()
    assert error.message == r"\x1b[2J\x1b]0;owned\x07 ✓ forged\u202e\x9b31m"


HOUR = 3600.0


@pytest.mark.parametrize(
    "lifetime", [13 * HOUR, 24 * HOUR, 365 * 24 * HOUR, 6973 * 365 * 24 * HOUR]
)
@pytest.mark.parametrize("skew", [0.0, -1000.0, 86_400.0])
def test_credentials_that_expire_in_more_than_12_hours_are_rejected(side, lifetime, skew):
    side.skew = skew
    subject = side.identity([side.credentials(lifetime=lifetime)])
    subject.expect_error(MalformedResponseError)
    assert subject.cache.peek() is None


@pytest.mark.parametrize("lifetime", [900.0, HOUR, 12 * HOUR, 12 * HOUR + 60])
@pytest.mark.parametrize("skew", [0.0, -20 * 86_400.0, 20 * 86_400.0])
def test_credentials_for_up_to_12_hours_are_accepted_whatever_the_local_clock(side, lifetime, skew):
    side.skew = skew
    assert side.identity([side.credentials(lifetime=lifetime)]).fetch()


def test_a_single_wrong_date_does_not_make_credentials_implausible(side):
    """The `Date` header of the first response is a day before the local time."""
    expires_at = side.clock.now() + HOUR
    side.skew = -86_400.0
    assert side.identity([side.credentials(Expiration=expires_at)]).fetch()


def test_an_access_key_id_with_a_line_break_is_rejected(side):
    key_id = "ASIATEST00000001\n[default]\ncredential_process = touch owned"
    error = side.identity([side.credentials(AccessKeyId=key_id)]).expect_error(
        MalformedResponseError
    )
    assert "owned" not in "".join([str(error), repr(vars(error))])
