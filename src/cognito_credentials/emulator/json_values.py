"""Lenient access to JSON of unknown structure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast


def as_mapping(value: Any) -> Mapping[str, Any]:
    """Return a JSON object unchanged, and an empty object in place of any other value."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def as_sequence(value: Any) -> Sequence[Any]:
    """Return a JSON array unchanged, and any other value as an array with that value."""
    return cast("Sequence[Any]", value) if isinstance(value, list) else [value]


def parse_object(text: str | bytes) -> Mapping[str, Any] | None:
    """Parse a JSON object; return None if the text is anything else."""
    try:
        value: Any = json.loads(text)
    # The parser raises RecursionError for deeply nested JSON, which is rejected as invalid.
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None
