"""The header fields of a request.

`email.message.Message`, which http.client uses, searches all fields for each look-up, and the
emulator looks up more than ten fields in each request.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence


class Headers:
    """Header fields in the order of the request. Names are compared without regard to case.

    Iteration yields the names as spelled in the request. Not thread-safe.

    Args:
        fields: The names and values.
    """

    __slots__ = ("_fields", "_values")

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        self._fields = list(fields)
        self._values: dict[str, list[str]] = {}
        for name, value in self._fields:
            self._values.setdefault(name.lower(), []).append(value)

    def get(self, name: str) -> str | None:
        """Return the first value of a field, or None if there is no such field."""
        values = self._values.get(name.lower())
        return None if values is None else values[0]

    def get_all(self, name: str) -> Sequence[str]:
        """Return all values of a field."""
        return self._values.get(name.lower(), ())

    def items(self) -> Sequence[tuple[str, str]]:
        """Return the names and values of all fields."""
        return self._fields

    def add(self, name: str, value: str) -> None:
        """Append a field. Existing fields with the same name remain."""
        self._fields.append((name, value))
        self._values.setdefault(name.lower(), []).append(value)

    def remove(self, name: str) -> None:
        """Remove all fields with a name."""
        lower = name.lower()
        if self._values.pop(lower, None) is not None:
            self._fields = [field for field in self._fields if field[0].lower() != lower]

    def replace(self, name: str, value: str) -> None:
        """Remove all fields with a name, and append one field."""
        self.remove(name)
        self.add(name, value)

    def copy(self) -> Headers:
        """Return a copy; changes to the copy do not affect this object."""
        return Headers(self._fields)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._values

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._fields)
