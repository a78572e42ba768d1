"""Checks of the arguments that tests pass to the emulator."""

from __future__ import annotations

from types import UnionType


def check_type(parameter: str, value: object, accepted: type | UnionType, description: str) -> None:
    """Check the type of an argument before it is used, for an error that names the parameter.

    The message does not contain the value, which can be a secret.

    Raises:
        TypeError: If the value has another type.
    """
    if not isinstance(value, accepted):
        kind = type(value).__name__
        raise TypeError(f"{parameter} must be {description}, not {kind}")
