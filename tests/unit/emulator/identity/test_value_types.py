from __future__ import annotations

from typing import Any

import pytest

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity.errors import UnconfirmedText
from cognito_credentials.emulator.identity.value_types import check_type

NUMBER = "com.amazon.coral.value.json.numbers.TruncatingBigNumber"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", ""),
        ("boolean", False),
        ("integer", 0),
        ("long", 10**12),
        ("list", []),
        ("map", {}),
        ("structure", {}),
    ],
)
def test_a_value_of_the_type_is_accepted(kind: str, value: Any) -> None:
    check_type(kind, value)


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("string", 5, f"class {NUMBER} can not be converted to an String"),
        ("string", 5.5, f"class {NUMBER} can not be converted to an String"),
        ("string", True, "class java.lang.Boolean can not be converted to an String"),
        ("integer", "5", "class java.lang.String can not be converted to an Integer"),
        ("long", 5.5, f"class {NUMBER} can not be converted to an Long"),
        ("long", True, "class java.lang.Boolean can not be converted to an Long"),
        ("boolean", 1, f"class {NUMBER} can not be converted to an Boolean"),
        ("string", {}, UnconfirmedText.UNEXPECTED_OBJECT),
        ("list", {}, UnconfirmedText.UNEXPECTED_OBJECT),
        ("string", [], UnconfirmedText.UNEXPECTED_LIST),
        ("map", [], UnconfirmedText.UNEXPECTED_LIST),
        ("structure", [], UnconfirmedText.UNEXPECTED_LIST),
        ("map", "x", "Expected map or null"),
        ("list", 5, "Expected list or null"),
        ("structure", "x", UnconfirmedText.EXPECTED_STRUCTURE),
        ("string", None, UnconfirmedText.UNEXPECTED_NULL),
    ],
)
def test_a_value_of_another_type_is_rejected(kind: str, value: Any, message: str) -> None:
    with pytest.raises(AwsError) as caught:
        check_type(kind, value)
    assert (caught.value.code, caught.value.message) == ("SerializationException", message)
