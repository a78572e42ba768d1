from __future__ import annotations

import pytest

from cognito_credentials._validation import check_number
from cognito_credentials.errors import ConfigurationError

INFINITY, NAN = float("inf"), float("nan")


@pytest.mark.parametrize("value", [0, 0.0, 1, 1e300])
def test_a_number_that_is_not_negative_is_taken(value):
    assert check_number("x", value) is value


@pytest.mark.parametrize("value", [-1e-9, -1, INFINITY, -INFINITY, NAN, None, "1", [], 1j])
def test_any_other_is_refused_by_name(value):
    with pytest.raises(ConfigurationError, match=r"deadline is .*: it must be a number from 0 up"):
        check_number("deadline", value)


@pytest.mark.parametrize("value", [0, -1, INFINITY, NAN, None, "1"])
def test_some_must_be_more_than_nothing(value):
    assert check_number("rate", 1e-9, above=0) == 1e-9
    with pytest.raises(ConfigurationError, match=r"rate is .*: it must be a number above 0"):
        check_number("rate", value, above=0)
