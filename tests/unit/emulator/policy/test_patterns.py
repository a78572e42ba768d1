from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials.emulator.policy.patterns import (
    is_resolvable,
    matches_pattern,
    substituted_text,
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
def test_patterns(pattern: str, value: str, matches: bool):
    assert matches_pattern(pattern, value, CONTEXT) is matches


def test_without_a_context_a_variable_is_text():
    assert matches_pattern("${tag}", "${tag}", None)


def test_texts_know_no_wildcards():
    assert substituted_text("*/${aws:username}", CONTEXT) == "*/ada"
    assert substituted_text("${missing}", CONTEXT) is None


def test_what_has_a_value_can_be_resolved():
    assert is_resolvable("a/${aws:username}/${x, 'y'}", CONTEXT)
    assert not is_resolvable("${many}", CONTEXT)
    assert is_resolvable("${missing}", None)


@given(st.text())
def test_a_value_in_a_variable_matches_itself_and_nothing_longer(value: str):
    context = {"v": [value]}
    assert matches_pattern("${v}", value, context)
    assert not matches_pattern("${v}", f"{value}x", context)
