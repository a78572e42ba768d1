"""Lenient access to JSON of unknown structure, and strict parsing of JSON that is stored."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, cast

_MAX_DEPTH = 100
_MAX_DIGITS = 18
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")
_SURROGATE_BYTES = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")


class JsonError(ValueError):
    """Error for a string that is not usable JSON. The message contains no part of the string."""


def parse_strictly(text: str | bytes) -> Any:
    """Parse JSON, and reject values that cannot be stored, sent or used in arithmetic.

    Raises:
        JsonError: If the string is not JSON, is nested too deeply, or has duplicate keys, long or
            infinite numbers, or surrogates without a pair.
    """
    try:
        value: Any = json.loads(
            text,
            object_pairs_hook=_make_object,
            parse_int=_parse_integer,
            parse_float=_parse_float,
            parse_constant=_reject_constant,
        )
    except JsonError:
        raise
    except (ValueError, RecursionError):
        raise JsonError("must be valid JSON") from None
    _check_depth(value)
    if _has_surrogates(text, value):
        raise JsonError("must not contain surrogates without a pair")
    return value


def as_mapping(value: Any) -> Mapping[str, Any]:
    """Return a JSON object unchanged, and an empty object in place of any other value."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def as_sequence(value: Any) -> Sequence[Any]:
    """Return a JSON array unchanged, and any other value as an array with that value."""
    return cast("Sequence[Any]", value) if isinstance(value, list) else [value]


def parse_object(text: str | bytes) -> Mapping[str, Any] | None:
    """Parse a JSON object; return None if the string is anything else."""
    try:
        value: Any = json.loads(text)
        if _has_surrogates(text, value):
            return None
    # The parser raises RecursionError for deeply nested JSON, which is rejected as invalid.
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def _has_surrogates(text: str | bytes, value: Any) -> bool:
    """Return True if a value contains surrogates without a pair, which cannot be stored or sent."""
    # Most texts cannot contain surrogates, so their values need not be encoded.
    if isinstance(text, bytes):
        if not _SURROGATE_BYTES.search(text):
            return False
    elif not _SURROGATE.search(text):
        return False
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _check_depth(value: Any) -> None:
    """Check that a JSON value can be processed recursively."""
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [member for each in level for member in _list_members(each)]
        if not level:
            return
    raise JsonError(f"must not be nested more than {_MAX_DEPTH} levels deep")


def _list_members(value: Any) -> Sequence[Any]:
    if isinstance(value, dict):
        return list(cast("dict[str, Any]", value).values())
    return value if isinstance(value, list) else ()  # pyright: ignore[reportUnknownVariableType]


def _make_object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise JsonError("must not contain an object with duplicate keys")
    return made


def _parse_integer(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise JsonError(f"must not contain integers of more than {_MAX_DIGITS} digits")
    return int(text)


def _parse_float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise JsonError("must not contain numbers that are too large for a double")
    return number


def _reject_constant(text: str) -> NoReturn:
    raise JsonError(f"must be valid JSON, which has no {text}")


def to_booleans(value: Any) -> Any:
    """Convert the strings "true" and "false", which templates may contain, to booleans."""
    if isinstance(value, dict):
        return {key: to_booleans(item) for key, item in as_mapping(value).items()}
    if isinstance(value, list):
        return [to_booleans(item) for item in as_sequence(value)]
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value
