"""Check a request against the service's own model, in the service's own words.

The shapes and their constraints are botocore's copy of the service model, so they are AWS's
and not a transcription. A request that breaks them is refused before anything is looked up,
with ``ValidationException`` (which the model does not list) and one line for each broken
constraint. The last declared member and enum value come first, as in captured answers.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping, Sized
from typing import TYPE_CHECKING, Any, cast

from botocore.loaders import Loader

from cognito_credentials.emulator.identity.errors import Invented, ServiceFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Shape = Mapping[str, Any]

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "integer": (int,),
    "list": (list,),
    "long": (int,),
    "map": (dict,),
    "string": (str,),
    "structure": (dict,),
}


def needs_signature(operation: str) -> bool:
    """Say whether the service wants an operation signed (SigV4)."""
    return bool(_model()["operations"][operation].get("authtype") != "none")


def validated(operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the request says to the service, or raise ``ServiceFault``.

    Members that the model does not know, and those that are null, are left out. A value of the
    wrong JSON type is a ``SerializationException``, any broken constraint a
    ``ValidationException`` that lists them all.
    """
    shape = _shape(_model()["operations"][operation]["input"])
    known = {name: value for name, value in request.items() if name in shape["members"]}
    errors = list(_structure_errors(shape, known, path=""))
    if errors:
        count = f"{len(errors)} validation error{'s' if len(errors) > 1 else ''} detected: "
        raise ServiceFault("ValidationException", count + "; ".join(errors))
    return cast("dict[str, Any]", _without_nulls(known))


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        members = cast("Mapping[str, Any]", value).items()
        return {key: _without_nulls(item) for key, item in members if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in cast("Sequence[Any]", value)]
    return value


def _errors(shape: Shape, value: Any, path: str) -> Iterator[str]:
    kind: str = shape["type"]
    _check_type(kind, value, path)
    for constraint in _broken_constraints(shape, value):
        yield _line(value, path, constraint, sensitive=shape.get("sensitive", False))
    if kind == "structure":
        yield from _structure_errors(shape, value, path + ".")
    elif kind == "list":
        yield from _list_errors(shape, value, path)
    elif kind == "map":
        yield from _map_errors(shape, value, path)


def _structure_errors(shape: Shape, value: Mapping[str, Any], path: str) -> Iterator[str]:
    for name in reversed(list(shape["members"])):
        member_path = path + name[0].lower() + name[1:]
        member = value.get(name)
        if member is not None:
            yield from _errors(_shape(shape["members"][name]), member, member_path)
        elif name in shape.get("required", ()):
            yield (
                f"Value null at '{member_path}' failed to satisfy constraint: "
                "Member must not be null"
            )


def _list_errors(shape: Shape, value: list[Any], path: str) -> Iterator[str]:
    item_shape = _shape(shape["member"])
    if item_shape["type"] == "structure":
        for number, item in enumerate(value, start=1):
            yield from _errors(item_shape, item, f"{path}.{number}.member")
    elif any(_item_breaks(item_shape, item, path) for item in value):
        yield _line(value, path, f"Member must satisfy constraint: {_all_of(item_shape)}")


def _map_errors(shape: Shape, value: dict[str, Any], path: str) -> Iterator[str]:
    keys, items = _shape(shape["key"]), _shape(shape["value"])
    sensitive = items.get("sensitive", False)
    if any(_item_breaks(keys, key, path) for key in value):
        constraint = f"Map keys must satisfy constraint: {_all_of(keys)}"
        yield _line(value, path, constraint, sensitive=sensitive)
    if items["type"] == "structure":
        for key, item in value.items():
            yield from _errors(items, item, f"{path}.{key}.member")
    elif any(_item_breaks(items, item, path) for item in value.values()):
        constraint = f"Map value must satisfy constraint: {_all_of(items)}"
        yield _line(value, path, constraint, sensitive=sensitive)


def _item_breaks(shape: Shape, item: Any, path: str) -> bool:
    _check_type(shape["type"], item, path)
    return any(_broken_constraints(shape, item))


def _broken_constraints(shape: Shape, value: Any) -> Iterator[str]:
    for constraint, holds in _constraints(shape, value):
        if not holds:
            yield constraint


def _all_of(shape: Shape) -> str:
    """Name every constraint of a map's keys or values, broken or not, as the service does."""
    sample: Any = "" if shape["type"] == "string" else 0
    return "[" + ", ".join(constraint for constraint, _ in _constraints(shape, sample)) + "]"


def _constraints(shape: Shape, value: Any) -> Iterator[tuple[str, bool]]:
    numeric = shape["type"] in ("integer", "long")
    measure = "value" if numeric else "length"
    size: int = value if numeric else _length(value)
    if "max" in shape:
        limit = shape["max"]
        yield f"Member must have {measure} less than or equal to {limit}", size <= limit
    if "min" in shape:
        limit = shape["min"]
        yield f"Member must have {measure} greater than or equal to {limit}", size >= limit
    if "pattern" in shape:
        pattern = shape["pattern"]
        yield (
            f"Member must satisfy regular expression pattern: {pattern}",
            _matches(pattern, value),
        )
    if "enum" in shape:
        allowed = ", ".join(reversed(shape["enum"]))
        yield f"Member must satisfy enum value set: [{allowed}]", value in shape["enum"]


def _length(value: Any) -> int:
    return len(value) if isinstance(value, Sized) else 0


def _matches(pattern: str, value: str) -> bool:
    categories = re.findall(r"\\p\{(\w)\}", pattern)
    if categories:  # one class of Unicode categories: Java's syntax, which Python's re lacks
        return value != "" and all(unicodedata.category(char)[0] in categories for char in value)
    return re.fullmatch(pattern, value, re.ASCII) is not None


def _check_type(kind: str, value: Any, path: str) -> None:
    accepted = _PYTHON_TYPES[kind]
    if not isinstance(value, accepted) or (isinstance(value, bool) and bool not in accepted):
        found = type(value).__name__
        message = Invented.WRONG_TYPE.format(found=found, wanted=kind, path=path)
        raise ServiceFault("SerializationException", message)


def _line(value: Any, path: str, constraint: str, *, sensitive: bool = False) -> str:
    text = _java(value, sensitive=sensitive)
    return f"Value '{text}' at '{path}' failed to satisfy constraint: {constraint}"


def _java(value: Any, *, sensitive: bool) -> str:
    """Print a value as Java's ``toString`` does; what the model calls sensitive stays out."""
    if isinstance(value, dict):
        members = cast("Mapping[str, Any]", value).items()
        texts = (f"{key}={_java(item, sensitive=sensitive)}" for key, item in members)
        return "{" + ", ".join(texts) + "}"
    if isinstance(value, list):
        texts = (_java(item, sensitive=sensitive) for item in cast("Sequence[Any]", value))
        return "[" + ", ".join(texts) + "]"
    return str(Invented.REDACTED) if sensitive and value else str(value)


def _shape(reference: Mapping[str, str]) -> Shape:
    return cast("Shape", _model()["shapes"][reference["shape"]])


@functools.cache
def _model() -> Mapping[str, Any]:
    return cast(
        "Mapping[str, Any]",
        Loader().load_service_model("cognito-identity", "service-2", api_version="2014-06-30"),
    )
