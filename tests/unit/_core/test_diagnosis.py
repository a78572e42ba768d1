from __future__ import annotations

import pytest

from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.diagnosis import redact, service_error
from cognito_credentials._core.login_resolution import ResolvedLogins
from cognito_credentials.errors import TooManyRequestsException

TOKEN = "opaque-token-of-a-user"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyIn0.c2lnbmF0dXJl-_"


def test_an_error_has_the_facts_of_the_response():
    error = service_error(
        operation_name="GetId",
        code="TooManyRequestsException",
        message="Rate exceeded",
        http_status=400,
        request_id="12708a35-3a3d-11e6-93af-0b9a4c8a44f5",
        retry_after=1.5,
        context=CallContext(),
    )
    assert type(error) is TooManyRequestsException
    assert error.operation_name == "GetId"
    assert error.code == "TooManyRequestsException"
    assert error.http_status == 400
    assert error.request_id == "12708a35-3a3d-11e6-93af-0b9a4c8a44f5"
    assert error.retry_after == 1.5
    assert error.is_retryable


def test_a_response_without_a_code_has_its_status_as_code():
    error = service_error(
        operation_name="GetId", code="", message="", http_status=502, context=CallContext()
    )
    assert error.code == "502"
    assert "502" in str(error)
    assert error.message
    assert error.is_retryable


def test_a_throttling_error_retains_its_own_code():
    error = service_error(
        operation_name="GetId",
        code="ThrottlingException",
        message="Rate exceeded",
        http_status=400,
        context=CallContext(),
    )
    assert type(error) is TooManyRequestsException
    assert error.code == "ThrottlingException"


def test_the_class_is_determined_before_tokens_are_hidden():
    # A token may be identical to a word in the service's message.
    error = service_error(
        operation_name="GetId",
        code="NotAuthorizedException",
        message="Unauthenticated access is not supported for this identity pool.",
        http_status=400,
        context=CallContext(logins=ResolvedLogins({"www.amazon.com": "Unauthenticated"})),
    )
    assert error.reason == "unauthenticated-access-disabled"
    assert "Unauthenticated" not in error.message


def test_an_error_hides_the_tokens_of_its_call():
    error = service_error(
        operation_name="GetId",
        code="ValidationException",
        message=f"1 validation error detected: Value '{{k={TOKEN}}}' at 'logins' failed",
        http_status=400,
        context=CallContext(logins=ResolvedLogins({"k": TOKEN})),
    )
    assert TOKEN not in str(error)
    assert TOKEN not in repr(error.response)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Value '{TOKEN}' is bad", "Value '[hidden]' is bad"),
        (f"{JWT} and {JWT}", "[hidden] and [hidden]"),
        (f"cut off: {JWT[:30]}", "cut off: [hidden]"),
        (f"its header: {JWT[:20]}.", "its header: [hidden]"),
        (
            "2 errors: Value '{k=cut off tok' at 'x}' at 'logins' failed; Value 'y' at 'i' failed",
            "2 errors: Value '[hidden]' at 'logins' failed; Value 'y' at 'i' failed",
        ),
        ("Value '{a=1}' at 'roles' failed", "Value '{a=1}' at 'roles' failed"),
        ("Identity 'us-east-1:0' not found.", "Identity 'us-east-1:0' not found."),
        ("eyJ is how a token begins", "eyJ is how a token begins"),
        ("", ""),
    ],
)
def test_redact_hides_only_tokens(text, expected):
    assert redact(text, [TOKEN]) == expected


def test_redact_hides_a_token_that_contains_another():
    assert redact(f"<{TOKEN}-longer>", [TOKEN, f"{TOKEN}-longer"]) == "<[hidden]>"


def test_redact_ignores_texts_that_are_too_short_for_a_token():
    assert redact("Identity not found.", ["n"]) == "Identity not found."
