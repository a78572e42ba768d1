"""Answers that are empty, truncated, not JSON or of the wrong shape: refused, and nothing lost."""

from __future__ import annotations

import json

import pytest
from harness import GET_CREDENTIALS, GET_ID, GUEST_KEY, IDENTITY, OPAQUE_TOKEN

from cognito_credentials._core.http import HttpResponse
from cognito_credentials.errors import (
    CognitoCredentialsError,
    MalformedResponseError,
    ServiceError,
)
from cognito_credentials.testing import answer

UNREADABLE = {
    "empty": b"",
    "truncated": b'{"IdentityId":"us-east-1:128d0a74-c82f-',
    "a page": b"<html><body>Welcome to our Wi-Fi</body></html>",
    "an array": b"[]",
    "a text": f'"{OPAQUE_TOKEN}"'.encode(),
    "a number": b"5",
    "null": b"null",
    "not UTF-8": b"\xff\xfe\x00",
    "deep": b"[" * 100_000,
    "a huge number": b"1" * 5000,
}


@pytest.mark.parametrize("what", UNREADABLE)
@pytest.mark.parametrize("call", [GET_ID, GET_CREDENTIALS])
def test_an_answer_that_cannot_be_read_is_refused(side, what, call):
    broken = HttpResponse(200, {}, UNREADABLE[what])
    script = [broken] if call == GET_ID else [side.id_response(), broken]
    cache = side.cache()
    subject = side.pool(script, cache=cache)
    error = subject.expect_error(MalformedResponseError)
    assert call in error.message
    assert subject.operations[-1] == call
    assert len(subject.requests) == len(script)
    assert cache.entries == ({} if call == GET_ID else {GUEST_KEY: IDENTITY})


@pytest.mark.parametrize("what", UNREADABLE)
@pytest.mark.parametrize("status", [301, 400, 403, 404, 413])
def test_an_error_that_cannot_be_read_is_an_error_of_that_status(side, what, status):
    subject = side.identity([HttpResponse(status, {}, UNREADABLE[what])])
    error = subject.expect_error(ServiceError)
    assert error.http_status == status
    assert error.code == str(status)
    assert len(subject.requests) == 1


@pytest.mark.parametrize("status", [201, 204, 302])
def test_a_status_that_the_service_does_not_have_is_no_success(side, status):
    good = side.credentials()(None)
    subject = side.identity([HttpResponse(status, good.headers, good.body)])
    assert subject.expect_error(ServiceError).http_status == status


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"AccessKeyId": None}, "access key ID"),
        ({"AccessKeyId": ""}, "access key ID"),
        ({"AccessKeyId": 5}, "access key ID"),
        ({"SecretKey": None}, "secret key"),
        ({"SecretKey": ["x"]}, "secret key"),
        ({"SessionToken": None}, "session token"),
        ({"SessionToken": ""}, "session token"),
        ({"Expiration": None}, "expiration"),
        ({"Expiration": "2027-01-15T10:00:00Z"}, "expiration"),
        ({"Expiration": True}, "expiration"),
        ({"Expiration": float("nan")}, "expiration"),
        ({"Expiration": float("inf")}, "expiration"),
        ({"Expiration": 1e300}, "expiration"),
        ({"Expiration": {}}, "expiration"),
    ],
)
def test_credentials_that_lack_a_part_are_refused(side, changes, what):
    subject = side.identity([side.credentials(**changes)])
    error = subject.expect_error(MalformedResponseError)
    assert str(error) == f"Response from Amazon Cognito contained no {what}"
    assert subject.identity_id is None


@pytest.mark.parametrize("credentials", [None, {}, [], "text", 5, True])
def test_an_answer_without_credentials_is_refused(side, credentials):
    subject = side.identity([answer(IdentityId=IDENTITY, Credentials=credentials)])
    error = subject.expect_error(MalformedResponseError)
    assert str(error) == "Response from Amazon Cognito contained no credentials"


@pytest.mark.parametrize("identity_id", ["", "id-1", 5, None, [], "us-east-1:" + "a" * 90])
def test_an_answered_identity_id_that_is_none_is_refused(side, identity_id):
    subject = side.identity([side.credentials(identity_id)])
    error = subject.expect_error(MalformedResponseError)
    assert str(error) == "Response from Amazon Cognito contained no identity ID"


def test_an_answer_that_is_silent_about_the_identity_id_is_about_the_one_asked_with(side):
    body = json.loads(side.credentials()(None).body)
    del body["IdentityId"]
    subject = side.identity([answer(**body)])
    assert subject.fetch().identity_id == IDENTITY


def test_a_whole_good_answer_cut_anywhere_never_passes(side):
    whole = side.credentials()(None).body
    for length in range(0, len(whole), 7):
        subject = side.identity([HttpResponse(200, {}, whole[:length])])
        with pytest.raises(CognitoCredentialsError):
            subject.fetch()
