"""Formatting of values from requests and policies as short, printable text, for explanations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

_MAX_LENGTH = 200
_MAX_JSON_LENGTH = 1000
_MAX_VALUES = 10


def quote(value: object, *, max_length: int = _MAX_LENGTH) -> str:
    """Return a value in single quotes, shortened, without control characters."""
    return f"'{_shorten(str(value), max_length)}'"


def quote_all(values: Iterable[object]) -> str:
    """Return a list of quoted values, of which only the first ten are shown."""
    return join([quote(value) for value in values])


def join(texts: Sequence[str]) -> str:
    """Return a list of strings, of which only the first ten are shown."""
    shown = ", ".join(texts[:_MAX_VALUES]) or "nothing"
    more = len(texts) - _MAX_VALUES
    return f"{shown} and {more} more" if more > 0 else shown


def to_json(value: Any) -> str:
    """Return a JSON value as a shortened string."""
    return _shorten(json.dumps(value, ensure_ascii=False, default=str), _MAX_JSON_LENGTH)


def _shorten(text: str, max_length: int) -> str:
    shown = "".join(
        char if char.isprintable() else f"\\u{ord(char):04x}" for char in text[:max_length]
    )
    return f"{shown}…" if len(text) > max_length else shown
