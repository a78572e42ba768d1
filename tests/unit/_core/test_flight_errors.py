from __future__ import annotations

import pytest

from cognito_credentials._core.flight_errors import (
    copy_error,
    deadlock_error,
    refresh_timeout_error,
)
from cognito_credentials.errors import ConfigurationError, LoginTokenError, RefreshTimeoutError


def test_a_copy_has_all_attributes_and_the_original_as_its_cause():
    error = LoginTokenError("no token", provider_name="accounts.google.com", hint="Sign in.")
    copy = copy_error(error)
    assert type(copy) is LoginTokenError
    assert copy is not error
    assert (str(copy), copy.provider_name) == (str(error), error.provider_name)
    assert copy.__cause__ is error
    assert copy.__traceback__ is None


def test_an_error_of_another_library_is_not_copied():
    error = KeyError("x")
    assert copy_error(error) is error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (deadlock_error(), ConfigurationError),
        (refresh_timeout_error(2.5), RefreshTimeoutError),
        (refresh_timeout_error(-1), RefreshTimeoutError),
        (refresh_timeout_error(2.5, was_rate_limited=True), RefreshTimeoutError),
    ],
)
def test_each_error_has_a_hint(error, kind):
    assert type(error) is kind
    assert error.hint


def test_a_timeout_is_never_negative():
    assert str(refresh_timeout_error(-1)) == str(refresh_timeout_error(0))
