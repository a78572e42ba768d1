"""Validation of JSON types. A value of the wrong type causes a `SerializationException`.

The service parses the whole request before it validates constraints, so the error for a request
with values of the wrong type is about only the first such value. The messages come from other AWS
services that use the same framework (Kinesis, DynamoDB).
"""

from __future__ import annotations

from typing import Any

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity.errors import UnconfirmedText

# Maps a type in the model to the Python types of its values and to its Java name.
_TYPES: dict[str, tuple[type, str]] = {
    "boolean": (bool, "Boolean"),
    "integer": (int, "Integer"),
    "list": (list, "list"),
    "long": (int, "Long"),
    "map": (dict, "map"),
    "string": (str, "String"),
    "structure": (dict, "structure"),
}
_JAVA_CLASSES = {
    bool: "java.lang.Boolean",
    float: "com.amazon.coral.value.json.numbers.TruncatingBigNumber",
    int: "com.amazon.coral.value.json.numbers.TruncatingBigNumber",
    str: "java.lang.String",
}


def check_type(kind: str, value: Any) -> None:
    """Check that a JSON value has the type `kind` that the service model requires.

    Raises:
        AwsError: If the value has another type.
    """
    accepted, java_name = _TYPES[kind]
    # In Python, True is an int.
    if isinstance(value, accepted) and isinstance(value, bool) == (accepted is bool):
        return
    raise AwsError("SerializationException", _describe_mismatch(value, java_name))


def _describe_mismatch(value: Any, java_name: str) -> str:
    if value is None:
        return UnconfirmedText.UNEXPECTED_NULL
    if isinstance(value, dict):
        return UnconfirmedText.UNEXPECTED_OBJECT
    if isinstance(value, list):
        return UnconfirmedText.UNEXPECTED_LIST
    if java_name in ("list", "map"):
        return UnconfirmedText.EXPECTED_CONTAINER.format(expected=java_name)
    if java_name == "structure":
        return UnconfirmedText.EXPECTED_STRUCTURE
    found = _JAVA_CLASSES[type(value)]
    return UnconfirmedText.WRONG_SCALAR.format(found=found, expected=java_name)
