"""Tables of limited size with unguessable keys."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Generic, TypeVar

MAX_ENTRIES = 10_000

_V = TypeVar("_V")


class Table(Generic[_V]):
    """Maps new random keys to values. A full table evicts its oldest entry. Not thread-safe."""

    def __init__(self, max_entries: int = MAX_ENTRIES) -> None:
        self._max_entries = max_entries
        self._values: dict[str, _V] = {}

    def add(self, value: _V) -> str:
        """Store a value, and return its key, which has 256 random bits."""
        if len(self._values) >= self._max_entries:
            del self._values[next(iter(self._values))]
        key = secrets.token_urlsafe(32)
        self._values[key] = value
        return key

    def get(self, key: str) -> _V | None:
        """Return the value of a key, or None if the table does not contain the key."""
        return self._values.get(key)

    def remove(self, key: str) -> None:
        """Remove an entry, if it exists."""
        self._values.pop(key, None)

    def __iter__(self) -> Iterator[_V]:
        """Iterate over the values."""
        return iter(self._values.values())
