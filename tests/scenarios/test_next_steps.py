"""Every error of a fetch has a next step, worded for the library and for the command."""

from __future__ import annotations

import copy

import pytest
from cases import check_each
from harness import IDENTITY, ROLE

from cognito_credentials import BasicFlow, errors
from cognito_credentials._core.error_catalog import RETRYABLE_CODES, THROTTLING_CODES
from cognito_credentials._core.http import HttpResponse
from cognito_credentials.cli.reporting.hints import next_step
from cognito_credentials.testing import error_response, success_response
from cognito_credentials.transports import _errors

HOST = "cognito-identity.us-east-1.amazonaws.com"
KEYS = {"AccessKeyId": "ASIA000000000001", "SecretKey": "x" * 40, "SessionToken": "x" * 40}
XML = "<r><Error><Code>{}</Code><Message>text</Message></Error></r>"

TRANSPORT = {
    "connection refused": ConnectionRefusedError(111, "refused"),
    "connection reset": ConnectionResetError(104, "reset"),
    "broken pipe": BrokenPipeError(32, "broken"),
    "unreachable": OSError(101, "network is unreachable"),
    "tunnel rejected": OSError("Tunnel connection failed: 403 Forbidden"),
    "tunnel without login": OSError("Tunnel connection failed: 407 Login"),
    "tunnel failed": OSError("Tunnel connection failed: 502 Bad Gateway"),
    "unknown": ValueError("x"),
}
FAILURES: dict[str, object] = {
    **{title: _errors.connection_error(HOST, error) for title, error in TRANSPORT.items()},
    "closed": _errors.connection_closed(HOST),
    "cut off": _errors.incomplete_response(HOST),
    "not HTTP": _errors.invalid_response(HOST, ValueError()),
    "unreadable": _errors.unreadable_response(HOST, ValueError()),
    "unsent": _errors.unsent_request(HOST, ValueError()),
    "too large": _errors.body_too_large(),
    "headers too large": _errors.response_too_large(1),
    "negative chunk": _errors.invalid_chunk_size(),
    "connect timeout": _errors.connect_timeout_error(HOST, 1.0),
    "request timeout": _errors.request_timeout_error(HOST, 1.0),
    "not JSON": HttpResponse(200, {}, b"<html>"),
    "nothing": success_response(),
    "no credentials": success_response(IdentityId=IDENTITY),
    "an invalid identity ID": success_response(
        IdentityId="x", Credentials={**KEYS, "Expiration": 1.9e9}
    ),
    "no expiration": success_response(IdentityId=IDENTITY, Credentials=KEYS),
    "no key": success_response(IdentityId=IDENTITY, Credentials={"Expiration": 1.9e9}),
    "an invalid key": success_response(
        IdentityId=IDENTITY, Credentials={**KEYS, "AccessKeyId": "a\nb", "Expiration": 1.9e9}
    ),
    "expired": success_response(IdentityId=IDENTITY, Credentials={**KEYS, "Expiration": 1.0}),
    "valid for years": success_response(
        IdentityId=IDENTITY, Credentials={**KEYS, "Expiration": 1.9e10}
    ),
    **{f"status {status}": HttpResponse(status, {}, b"") for status in (301, 403, 404, 407, 413)},
    **{f"status {status}": HttpResponse(status, {}, b"") for status in (429, 500, 502, 503, 504)},
    **{
        code: error_response(code, "any text")
        for code in sorted(RETRYABLE_CODES | THROTTLING_CODES)
    },
    **{
        code: error_response(code, "any text")
        for code in ("SomethingNewException", "NotAuthorizedException", "ValidationException")
    },
}


def error_of(subject, call=None) -> errors.CognitoCredentialsError:
    with pytest.raises(errors.CognitoCredentialsError) as raised:
        (call or subject.fetch)()
    return raised.value


def script_of(failure: object) -> list[object]:
    return [copy.copy(failure) for _ in range(6)]


def assert_says_what_to_do(error: errors.CognitoCredentialsError) -> None:
    assert error.hint
    assert next_step(error).endswith(".")
    assert str(error).endswith(f". See {errors.documentation_url(error.reason)}")
    assert "{" not in next_step(error)


@check_each("failure", FAILURES)
def test_every_failure_has_a_next_step(side, failure):
    subject = side.identity(script_of(FAILURES[failure]))
    error = error_of(subject)
    assert_says_what_to_do(error)
    cached = error_of(subject, subject.get)
    assert cached.hint == error.hint


AFTER_GET_ID = {"no credentials", "no expiration", "no key", "an invalid key", "expired"}
AFTER_GET_ID |= {"valid for years"}


@check_each("failure", [name for name in FAILURES if name not in AFTER_GET_ID])
def test_every_failure_of_get_id_has_a_next_step(side, failure):
    subject = side.pool(script_of(FAILURES[failure]))
    assert_says_what_to_do(error_of(subject))


STS_FAILURES = {
    "not XML": HttpResponse(200, {}, b"{}"),
    "no credentials": HttpResponse(200, {}, b"<r/>"),
    "no key": HttpResponse(200, {}, b"<r><Credentials><A/></Credentials></r>"),
    "no code": HttpResponse(403, {}, b"<html/>"),
    "busy": HttpResponse(503, {}, b""),
    **{
        code: HttpResponse(400, {}, XML.format(code).encode())
        for code in ("Throttling", "SomethingNew", "IDPCommunicationError", "ExpiredToken")
    },
}


@check_each("failure", STS_FAILURES)
def test_every_failure_of_sts_has_a_next_step(side, failure):
    token = success_response(IdentityId=IDENTITY, Token="a-token")
    subject = side.identity(
        [token, *[STS_FAILURES[failure]] * 3], basic_flow=BasicFlow(role_arn=ROLE)
    )
    error = error_of(subject)
    assert_says_what_to_do(error)
    assert "Cognito" not in error.hint or failure == "SomethingNew" or "provider" in error.hint


def test_a_token_that_is_missing_has_a_next_step(side):
    subject = side.identity(
        [success_response(IdentityId=IDENTITY)], basic_flow=BasicFlow(role_arn=ROLE)
    )
    assert_says_what_to_do(error_of(subject))


def test_a_status_without_a_code_has_the_next_step_of_its_kind(side):
    def hint_of(status):
        return error_of(side.identity([HttpResponse(status, {}, b"")] * 3)).hint

    hints = {status: hint_of(status) for status in (403, 404, 407, 429, 500, 503)}
    assert hints[403] == hints[404]
    assert hints[429] == hints[500] == hints[503]
    assert len(set(hints.values())) == 3


def test_an_unknown_code_of_a_failed_service_advises_to_try_again(side):
    def hint_of(code, status):
        return error_of(side.identity([error_response(code, "text", status=status)] * 3)).hint

    known = hint_of("InternalErrorException", 500)
    assert hint_of("ServiceUnavailable", 503) == known
    assert hint_of("SomethingNew", 500) == known
    assert hint_of("SomethingNew", 400) != known
