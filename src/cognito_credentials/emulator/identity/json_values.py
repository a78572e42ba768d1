"""Parsed JSON of unknown shape, read without trust: what is not as expected is empty."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def mapping(value: Any) -> Mapping[str, Any]:
    """Return an object as it is, and anything else as an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def sequence(value: Any) -> Sequence[Any]:
    """Return an array as it is, and any other value as an array of that one."""
    return cast("Sequence[Any]", value) if isinstance(value, list) else [value]


def parsed_mapping(text: str | bytes) -> Mapping[str, Any]:
    """Parse an object; what is no object is an empty one."""
    try:
        return mapping(json.loads(text))
    except (ValueError, RecursionError):
        return {}
