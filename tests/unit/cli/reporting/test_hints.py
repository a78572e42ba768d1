from __future__ import annotations

import ast
import errno
from pathlib import Path

import pytest

import cognito_credentials
from cognito_credentials import errors
from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.error_catalog import next_steps
from cognito_credentials.cli.reporting import hints as command_hints
from cognito_credentials.cli.reporting.hints import after_system_error, next_step

REFUSAL = {"operation_name": "GetId", "code": "Code", "http_status": 400}
LIBRARY = Path(cognito_credentials.__file__).parent


def test_a_hint_that_is_right_for_both_stays():
    error = errors.ConfigurationError("x", hint="Close it with: chmod 700 /a")
    assert next_step(error) == "Close it with: chmod 700 /a"


@pytest.mark.parametrize(
    ("hint", "step"),
    [
        (
            next_steps.guests(CallContext(identity_pool_id="eu:1")),
            "Give a login (--login, or cognito-cred",
        ),
        (next_steps.BASIC_FLOW_OFF, "Leave --role-arn out, or switch the flow on"),
        (
            next_steps.no_identity(CallContext()),
            "--identity-pool-id, in place of --identity-id, gets a new one",
        ),
        (next_steps.duration(CallContext(role_arn="r")), "or ask for fewer seconds (--duration)."),
        (
            next_steps.MADE_BY_A_POOL,
            "An identity pool made this token, for a developer's own sign-in",
        ),
        ("Write the login as 'a' (login_from_id_token does so by itself).", "login as 'a'."),
    ],
)
def test_arguments_have_the_names_of_options(hint, step):
    assert step in next_step(errors.ServiceError("x", **REFUSAL, hint=hint))


def test_each_word_that_is_replaced_is_in_a_text_of_the_library():
    texts = [
        node.value
        for folder in ("_core", "transports")
        for file in (LIBRARY / folder).glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    words = [*command_hints._OPTIONS, "DeveloperIdentity"]
    assert [word for word in words if not any(word in text for text in texts)] == []


def test_some_are_said_otherwise_whatever_the_hint_is():
    for hint in ("Its supplier must sign in again.", ""):
        step = next_step(errors.LoginTokenExpired("x", **REFUSAL, hint=hint))
        assert step.startswith("Sign in again, and let the file, variable or command of --login")


@pytest.mark.parametrize(
    ("error", "step"),
    [
        (errors.MalformedResponseError("x"), "Something between here and the service"),
        (errors.TransportError("x"), "Try again. `cognito-credentials doctor`"),
        (errors.NotAuthorizedException("x", **REFUSAL), "`cognito-credentials doctor`"),
    ],
)
def test_without_a_hint_there_is_a_step_all_the_same(error, step):
    assert next_step(error).startswith(step)


@pytest.mark.parametrize(
    ("number", "step"),
    [
        (errno.EACCES, "This user may not do that"),
        (errno.EROFS, "This user may not do that"),
        (errno.ENOSPC, "Make room on that disk"),
        (errno.EIO, "Look at that file"),
    ],
)
def test_what_the_system_refuses(number, step):
    assert after_system_error(OSError(number, "x", "/a")).startswith(step)


def test_what_is_noted_at_an_error_comes_first():
    error = OSError(errno.EACCES, "x", "/a")
    error.add_note("Set HOME.")
    assert after_system_error(error) == "Set HOME."
