"""Access to the members of JSON documents from an issuer, with type checks.

For a member of the wrong type, these functions raise an error that names the member, before other
code relies on its type. A member whose value is null is treated as missing.
"""

from __future__ import annotations

from cognito_credentials._validation import format_value
from cognito_credentials.errors import MalformedResponseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, NoReturn

__all__ = ["get_flag", "get_list", "get_object", "get_seconds", "get_text"]

MAX_SECONDS = 10**6  # An integer in JSON may be too large for a float.


def get_text(document: Mapping[str, Any], name: str, place: str) -> str:
    """Return a member that is a string; "" if it is missing.

    Args:
        document: The document.
        name: Name of the member.
        place: Description of the document for error messages.

    Raises:
        MalformedResponseError: If the member has another type.
    """
    value = document.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        _reject(name, place, "a string", value)
    return value


def get_list(
    document: Mapping[str, Any], name: str, place: str, kind: type[Any] = str
) -> list[Any]:
    """Return a member that is a list of strings, or of objects of type `kind`; [] if it is missing.

    Raises:
        MalformedResponseError: If the member, or one of its elements, has another type.
    """
    value: Any = document.get(name)
    if value is None:
        return []
    if not _has_type(value, list) or not all(_has_type(item, kind) for item in value):
        _reject(name, place, f"a list of {'strings' if kind is str else 'objects'}", value)
    members: list[Any] = value
    return members


def get_object(document: Mapping[str, Any], name: str, place: str) -> dict[str, Any]:
    """Return a member that is an object; {} if it is missing.

    Raises:
        MalformedResponseError: If the member has another type.
    """
    value: Any = document.get(name)
    if value is None:
        return {}
    if not _has_type(value, dict):
        _reject(name, place, "an object", value)
    members: dict[str, Any] = value
    return members


def _has_type(value: object, kind: type[Any]) -> bool:
    # If callers used `isinstance` directly, type checkers would narrow the value to a list or dict
    # with members of unknown type.
    return isinstance(value, kind)


def get_flag(document: Mapping[str, Any], name: str, place: str) -> bool:
    """Return a member that is true or false; False if it is missing.

    Raises:
        MalformedResponseError: If the member has another type.
    """
    value = document.get(name)
    if value is None:
        return False
    if not isinstance(value, bool):
        _reject(name, place, "true or false", value)
    return value


def get_seconds(document: Mapping[str, Any], name: str, place: str, default: float) -> float:
    """Return a member that is a positive number of seconds; `default` for any other value.

    Raises:
        MalformedResponseError: If the value is too large, or is NaN.
    """
    value = document.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        return default
    if not value <= MAX_SECONDS:  # Unlike `>`, this also rejects NaN.
        _reject(name, place, f"a number of seconds up to {MAX_SECONDS}", value)
    return float(value)


def _reject(name: str, place: str, expected: str, value: object) -> NoReturn:
    kind = type(value).__name__
    shown = f"a {kind}" if isinstance(value, str | list | dict) else format_value(value)
    raise MalformedResponseError(
        f"{name} in {place} must be {expected}, not {shown}",
        hint="Check the URL of the issuer, whose response has an unexpected format.",
    )
