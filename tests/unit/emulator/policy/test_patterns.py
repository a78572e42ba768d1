from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials.emulator.policy.patterns import (
    is_resolvable,
    matches_pattern,
    resolve_variables,
)

CONTEXT = {"aws:username": ["ada"], "tag": ["a*"], "many": ["x", "y"]}


@pytest.mark.parametrize(
    ("pattern", "value", "matches"),
    [
        ("a*c", "abbc", True),
        ("a*c", "ac", True),
        ("a?c", "ac", False),
        ("a.c", "abc", False),
        ("*", "", True),
        ("a*", "a\nb", True),
        ("home/${aws:username}", "home/ada", True),
        ("home/${AWS:UserName}", "home/ada", True),
        ("home/${tag}", "home/a*", True),
        ("home/${tag}", "home/abc", False),
        ("${*}", "*", True),
        ("${*}", "x", False),
        ("${?}${$}", "?$", True),
        ("${missing}", "", False),
        ("${missing, 'nobody'}", "nobody", True),
        ("${aws:username, 'nobody'}", "ada", True),
        ("${many}", "x", False),
        ("${unclosed", "${unclosed", True),
    ],
)
def test_a_pattern_matches_wildcards_and_variables(pattern: str, value: str, matches: bool):
    assert matches_pattern(pattern, value, CONTEXT) is matches


def test_without_a_context_a_variable_is_plain_text():
    assert matches_pattern("${tag}", "${tag}", None)


def test_resolving_variables_retains_wildcards():
    assert resolve_variables("*/${aws:username}", CONTEXT) == "*/ada"
    assert resolve_variables("${missing}", CONTEXT) is None


def test_a_pattern_is_resolvable_if_all_variables_have_values():
    assert is_resolvable("a/${aws:username}/${x, 'y'}", CONTEXT)
    assert not is_resolvable("${many}", CONTEXT)
    assert is_resolvable("${missing}", None)


@given(st.text())
def test_a_variable_matches_exactly_its_value(value: str):
    context = {"v": [value]}
    assert matches_pattern("${v}", value, context)
    assert not matches_pattern("${v}", f"{value}x", context)
