from __future__ import annotations

from typing import Any

import pytest

from cognito_credentials.emulator.identity.json_values import mapping, parsed_mapping, sequence


@pytest.mark.parametrize("value", [None, 1, "x", [1], True])
def test_what_is_no_object_is_an_empty_one(value: Any):
    assert mapping(value) == {}
    assert mapping({"a": 1}) == {"a": 1}


def test_one_value_is_an_array_of_one():
    assert sequence("x") == ["x"]
    assert sequence(["x"]) == ["x"]
    assert sequence({"a": 1}) == [{"a": 1}]


@pytest.mark.parametrize("text", ["", "{", "[]", b"\xff", "[" * 100_000])
def test_what_does_not_parse_is_empty(text: str | bytes):
    assert parsed_mapping(text) == {}
    assert parsed_mapping(b'{"a": 1}') == {"a": 1}
