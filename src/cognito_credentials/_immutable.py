"""`Immutable`, the base class of objects that several providers, caches and threads may share.

Frozen dataclasses would do the same, but importing `dataclasses` delays the first credentials.
"""

from __future__ import annotations

from cognito_credentials import _typing as t

__all__ = ["Immutable"]


class Immutable:
    """Base class of objects whose attributes do not change. Objects with equal values are equal.

    Subclasses name their attributes in `__slots__`, and set them with `_set_attributes`. Instances
    can be pickled and copied, and are hashable if their values are hashable.
    """

    __slots__ = ()

    def _set_attributes(self, **attributes: t.Any) -> None:
        for name, value in attributes.items():
            object.__setattr__(self, name, value)

    def _attributes(self) -> dict[str, t.Any]:
        names = (name for cls in type(self).__mro__ for name in cls.__dict__.get("__slots__", ()))
        return {name: getattr(self, name) for name in names}

    def _values(self) -> tuple[t.Any, ...]:
        """Return the values that are compared."""
        return tuple(self._attributes().values())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Immutable) or type(self) is not type(other):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash((type(self), self._values()))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable; {name!r} cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable; {name!r} cannot be deleted")

    def __copy__(self) -> t.Self:
        return self

    def __deepcopy__(self, memo: object) -> t.Self:
        return self

    def __getstate__(self) -> dict[str, t.Any]:
        return self._attributes()

    def __setstate__(self, state: dict[str, t.Any]) -> None:
        self._set_attributes(**state)
