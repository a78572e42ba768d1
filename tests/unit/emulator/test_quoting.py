from __future__ import annotations

from cognito_credentials.emulator.quoting import quote, quote_all, to_json


def test_control_characters_are_escaped():
    assert quote("a\x1b[0m\n\u202eé") == "'a\\u001b[0m\\u000a\\u202eé'"


def test_long_values_are_shortened():
    assert quote("x" * 1000) == f"'{'x' * 200}…'"
    assert len(to_json({"key": "x" * 10_000})) == 1001


def test_long_lists_are_shortened():
    assert quote_all([]) == "nothing"
    assert quote_all("ab") == "'a', 'b'"
    assert quote_all(range(12)).endswith("'9' and 2 more")


def test_a_value_that_is_not_json_is_shown():
    assert to_json({1, 2}) == '"{1, 2}"'
