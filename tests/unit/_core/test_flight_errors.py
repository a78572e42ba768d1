from __future__ import annotations

import pytest

from cognito_credentials._core.flight_errors import again, asked_from_within, took_too_long
from cognito_credentials.errors import (
    ConfigurationError,
    LoginTokenError,
    RefreshTimeoutError,
)


def test_an_error_is_made_again_with_all_it_says():
    error = LoginTokenError("no token", provider_name="accounts.google.com", hint="sign in")
    twin = again(error)
    assert type(twin) is LoginTokenError
    assert twin is not error
    assert (str(twin), twin.provider_name, twin.__cause__) == (
        str(error),
        error.provider_name,
        error,
    )
    assert twin.__traceback__ is None


def test_an_error_that_is_not_ours_stays_the_same():
    error = KeyError("x")
    assert again(error) is error


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        (asked_from_within(), ConfigurationError, "would wait for itself"),
        (took_too_long(2.5), RefreshTimeoutError, "within 2.5 s"),
        (took_too_long(-1), RefreshTimeoutError, "within 0.0 s"),
    ],
)
def test_each_says_what_to_do(error, kind, says):
    assert type(error) is kind
    assert says in str(error)
    assert error.hint
