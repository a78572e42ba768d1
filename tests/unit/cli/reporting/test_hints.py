from __future__ import annotations

import errno

import pytest
from cases import check_each

from cognito_credentials import errors
from cognito_credentials._core import error_catalog
from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.error_catalog import next_steps, role_steps
from cognito_credentials._core.hints import Hint
from cognito_credentials.cli.reporting.hints import next_step, next_step_after_os_error

RESPONSE = {"operation_name": "GetId", "code": "Code", "http_status": 400}


def test_a_hint_without_settings_is_unchanged():
    error = errors.ConfigurationError("x", hint="Close it with: chmod 700 /a")
    assert next_step(error) == "Close it with: chmod 700 /a"


@pytest.mark.parametrize(
    ("hint", "option"),
    [
        (next_steps.sign_in_or_enable_guests(CallContext(identity_pool_id="eu:1")), "--login"),
        (role_steps.ENABLE_BASIC_FLOW, "--role-arn"),
        (next_steps.get_new_identity(CallContext()), "--identity-pool-id"),
        (next_steps.shorten_duration(CallContext(role_arn="r")), "--duration"),
        (next_steps.CHECK_PROXY, "--endpoint-url"),
    ],
)
def test_the_command_names_options_instead_of_parameters(hint, option):
    step = next_step(errors.ServiceError("x", **RESPONSE, hint=hint))
    assert option in step
    assert option not in hint


def test_the_command_does_not_recommend_developer_identities():
    error = errors.LoginTokenRejected("x", **RESPONSE, hint=next_steps.USE_DEVELOPER_IDENTITY)
    assert "DeveloperIdentity" in error.hint
    assert "DeveloperIdentity" not in next_step(error)


@check_each("entry", error_catalog.ENTRIES)
def test_an_error_without_a_hint_has_the_next_step_of_the_catalog(entry):
    error = entry.error.__new__(entry.error)
    error.message, error.hint, error.reason = "x", "", entry.reason
    general = error_catalog.entry_for_reason(entry.reason)
    hint = general.next_step(CallContext())
    assert next_step(error) == (hint.for_command if isinstance(hint, Hint) else hint)


def test_an_error_with_an_unknown_reason_has_a_next_step():
    error = errors.ConfigurationError("x")
    error.reason = "no-such-reason"
    assert "doctor" in next_step(error)


def test_the_next_step_after_an_os_error_depends_on_its_number():
    steps = {
        number: next_step_after_os_error(OSError(number, "x", "/a"))
        for number in (
            errno.EACCES,
            errno.EPERM,
            errno.EROFS,
            errno.ENOSPC,
            errno.EDQUOT,
            errno.EIO,
        )
    }
    assert steps[errno.EACCES] == steps[errno.EPERM] == steps[errno.EROFS]
    assert steps[errno.ENOSPC] == steps[errno.EDQUOT]
    assert len(set(steps.values())) == 3


def test_the_notes_of_an_os_error_come_first():
    error = OSError(errno.EACCES, "x", "/a")
    error.add_note("Set HOME.")
    assert next_step_after_os_error(error) == "Set HOME."
