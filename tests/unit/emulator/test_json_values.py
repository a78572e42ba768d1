from __future__ import annotations

from typing import Any

import pytest

from cognito_credentials.emulator.json_values import as_mapping, as_sequence, parse_object


@pytest.mark.parametrize("value", [None, 1, "x", [1], True])
def test_any_value_but_an_object_becomes_an_empty_object(value: Any):
    assert as_mapping(value) == {}
    assert as_mapping({"a": 1}) == {"a": 1}


def test_a_single_value_becomes_an_array_of_one():
    assert as_sequence("x") == ["x"]
    assert as_sequence(["x"]) == ["x"]
    assert as_sequence({"a": 1}) == [{"a": 1}]


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "null", '"x"', b"\xff", "[" * 100_000, '{"a":' * 100_000),
        *('{"a": "\\ud83d"}', b'{"\\uDe00": 1}', b'{"a": "\xed\xa0\x80"}', '{"a": "\ud800"}'),
    ],
    ids=[
        *("empty", "cut", "array", "null", "string", "not-utf8", "deep-array", "deep-object"),
        *("high surrogate", "low surrogate", "surrogate in UTF-8", "surrogate"),
    ],
)
def test_text_that_is_not_an_object_is_not_parsed(text: str | bytes):
    assert parse_object(text) is None


def test_an_object_is_parsed():
    assert parse_object(b'{"a": 1}') == {"a": 1}
    assert parse_object(b'{"a": "\\ud83d\\ude00"}') == {"a": "\U0001f600"}
