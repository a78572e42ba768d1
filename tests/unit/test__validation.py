from __future__ import annotations

from decimal import Decimal

import pytest

from cognito_credentials._validation import check_integer, check_number, format_value
from cognito_credentials.errors import ConfigurationError

INFINITY, NAN = float("inf"), float("nan")
NOT_A_NUMBER = [INFINITY, -INFINITY, NAN, None, "1", [], 1j, True, False, Decimal(5)]


@pytest.mark.parametrize("value", [0, 0.0, 1, 1e300])
def test_check_number_returns_a_non_negative_number(value):
    assert check_number("deadline", value) is value


@pytest.mark.parametrize("value", [-1e-9, -1, *NOT_A_NUMBER])
def test_check_number_rejects_every_other_value(value):
    with pytest.raises(ConfigurationError, match=r"^deadline must be "):
        check_number("deadline", value)


@pytest.mark.parametrize("value", [0, -1, *NOT_A_NUMBER])
def test_the_lower_bound_is_exclusive(value):
    assert check_number("rate", 1e-9, above=0) == 1e-9
    with pytest.raises(ConfigurationError, match=r"^rate must be "):
        check_number("rate", value, above=0)


@pytest.mark.parametrize("value", [10.1, INFINITY, 10**40])
def test_the_upper_bound_is_inclusive(value):
    assert check_number("rate", 10, at_most=10) == 10
    with pytest.raises(ConfigurationError, match=r"^rate must be .* seconds \(at most 10\)"):
        check_number("rate", value, at_most=10, unit="seconds")


@pytest.mark.parametrize("value", [1, 2, 10**30])
def test_check_integer_returns_a_positive_integer(value):
    assert check_integer("max_users", value) is value


@pytest.mark.parametrize("value", [0, -1, 1.0, *NOT_A_NUMBER])
def test_check_integer_rejects_every_other_value(value):
    with pytest.raises(ConfigurationError, match=r"^max_users must be "):
        check_integer("max_users", value)


@pytest.mark.parametrize("value", [-1, 65_536])
def test_check_integer_rejects_an_integer_outside_the_bounds(value):
    assert [check_integer("port", port, minimum=0, maximum=65_535) for port in (0, 65_535)]
    with pytest.raises(ConfigurationError, match=r"^port must be "):
        check_integer("port", value, minimum=0, maximum=65_535)
    assert check_integer("port", 5, minimum=5) == 5
    with pytest.raises(ConfigurationError, match=r"^port must be "):
        check_integer("port", 4, minimum=5)


def test_the_error_has_the_given_hint():
    with pytest.raises(ConfigurationError) as raised:
        check_number("rate", -1, hint="Pass a rate.")
    assert raised.value.hint == "Pass a rate."
    with pytest.raises(ConfigurationError) as raised:
        check_integer("port", -1, hint="Pass a port.")
    assert raised.value.hint == "Pass a port."


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x", "'x'"),
        ("x" * 100, repr("x" * 100)),
        ("x" * 101, "xxx… (101 characters)"),
        ("eyJhbGciOi", "eyJ… (10 characters)"),
        (None, "None"),
        (-1, "-1"),
        (NAN, "nan"),
        (True, "True"),
        ({"secret": "hunter2"}, "dict"),
    ],
)
def test_an_invalid_value_is_shown_in_a_bounded_form_without_secrets(value, text):
    assert format_value(value) == text


def test_an_integer_that_python_cannot_print_is_named_by_its_type():
    assert format_value(10**5000) == "int"
