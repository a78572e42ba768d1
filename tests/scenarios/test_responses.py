"""Responses that are empty, truncated, not JSON, or have invalid members."""

from __future__ import annotations

import json

import pytest
from cases import check_each
from harness import GET_CREDENTIALS, GET_ID, GUEST_KEY, IDENTITY, OPAQUE_TOKEN

from cognito_credentials._core.http import HttpResponse
from cognito_credentials.errors import (
    CognitoCredentialsError,
    MalformedResponseError,
    ServiceError,
)
from cognito_credentials.testing import success_response

MALFORMED_BODIES = {
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


@check_each("description", MALFORMED_BODIES)
@check_each("call", [GET_ID, GET_CREDENTIALS])
def test_a_malformed_response_is_rejected_and_evicts_no_id(side, description, call):
    response = HttpResponse(200, {}, MALFORMED_BODIES[description])
    script = [response] if call == GET_ID else [side.id_response(), response]
    cache = side.cache()
    subject = side.pool(script, cache=cache)
    error = subject.expect_error(MalformedResponseError)
    assert call in error.message
    assert subject.operations[-1] == call
    assert len(subject.requests) == len(script)
    assert cache.entries == ({} if call == GET_ID else {GUEST_KEY: IDENTITY})


@check_each("description", MALFORMED_BODIES)
@check_each("status", [301, 400, 403, 404, 413])
def test_a_malformed_error_response_is_an_error_with_the_status_as_code(side, description, status):
    subject = side.identity([HttpResponse(status, {}, MALFORMED_BODIES[description])])
    error = subject.expect_error(ServiceError)
    assert error.http_status == status
    assert error.code == str(status)
    assert len(subject.requests) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204, 226, 299])
def test_a_status_from_200_to_299_is_a_success(side, status):
    success = side.credentials()(None)
    subject = side.identity([HttpResponse(status, success.headers, success.body)])
    assert subject.fetch().identity_id == IDENTITY


@pytest.mark.parametrize("status", [300, 302, 304])
def test_a_redirect_is_an_error(side, status):
    success = side.credentials()(None)
    subject = side.identity([HttpResponse(status, success.headers, success.body)])
    assert subject.expect_error(ServiceError).http_status == status


@check_each(
    "changes, description",
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
        ({"Expiration": ""}, "expiration"),
        ({"Expiration": "NaN"}, "expiration"),
        ({"Expiration": "Infinity"}, "expiration"),
        ({"Expiration": "1e400"}, "expiration"),
        ({"Expiration": "1_800_003_600"}, "expiration"),
        ({"Expiration": " 1800003600"}, "expiration"),
        ({"Expiration": "1" * 5000}, "expiration"),
    ],
)
def test_credentials_without_a_member_are_rejected(side, changes, description):
    subject = side.identity([side.credentials(**changes)])
    error = subject.expect_error(MalformedResponseError)
    assert description in error.message
    assert subject.identity_id is None


@pytest.mark.parametrize("credentials", [None, {}, [], "text", 5, True])
def test_a_response_without_credentials_is_rejected(side, credentials):
    subject = side.identity([success_response(IdentityId=IDENTITY, Credentials=credentials)])
    assert "credentials" in subject.expect_error(MalformedResponseError).message


@pytest.mark.parametrize("identity_id", ["", "id-1", 5, None, [], "us-east-1:" + "a" * 90])
def test_a_response_with_an_invalid_identity_id_is_rejected(side, identity_id):
    subject = side.identity([side.credentials(identity_id)])
    assert "identity ID" in subject.expect_error(MalformedResponseError).message


def test_a_response_without_an_identity_id_has_the_id_of_the_request(side):
    body = json.loads(side.credentials()(None).body)
    del body["IdentityId"]
    subject = side.identity([success_response(**body)])
    assert subject.fetch().identity_id == IDENTITY


def test_a_truncated_response_is_rejected(side):
    body = side.credentials()(None).body
    for length in range(0, len(body), 7):
        subject = side.identity([HttpResponse(200, {}, body[:length])])
        with pytest.raises(CognitoCredentialsError):
            subject.fetch()
