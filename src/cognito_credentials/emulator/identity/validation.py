"""Validation of requests against AWS's service model, with the messages of the service.

The shapes and their constraints come from the copy of the model in botocore. A request that
violates a constraint is rejected before any resource is looked up. The error is a
`ValidationException`, which the model does not define, and lists every violated constraint. As in
captured responses, members and enum values are listed in the reverse order of their declaration.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence, Sized
from typing import Any, cast

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity.errors import UnconfirmedText
from cognito_credentials.emulator.identity.model import Shape, find_input_shape, find_shape
from cognito_credentials.emulator.identity.value_types import check_type


def validate(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Validate parameters; return them without null values and members that the model does not have.

    Raises:
        AwsError: If a value has the wrong JSON type (`SerializationException`), or violates a
            constraint (`ValidationException`, with all violations).
    """
    shape = find_input_shape(operation)
    known = {name: value for name, value in parameters.items() if name in shape["members"]}
    violations = list(_find_member_violations(shape, known, path=""))
    if violations:
        plural = "s" if len(violations) > 1 else ""
        count = f"{len(violations)} validation error{plural} detected: "
        raise AwsError("ValidationException", count + "; ".join(violations))
    return cast("dict[str, Any]", _reduce(shape, known))


def _reduce(shape: Shape, value: Any) -> Any:
    """Return a valid value without null values, and without members that the model does not have."""
    kind: str = shape["type"]
    if kind == "structure":
        members = shape["members"]
        return {
            name: _reduce(find_shape(members[name]), item)
            for name, item in value.items()
            if name in members and item is not None
        }
    if kind == "map":
        items = find_shape(shape["value"])
        return {key: _reduce(items, item) for key, item in value.items() if item is not None}
    if kind == "list":
        items = find_shape(shape["member"])
        return [_reduce(items, item) for item in value]
    return value


def _find_violations(shape: Shape, value: Any, path: str) -> Iterator[str]:
    kind: str = shape["type"]
    check_type(kind, value)
    for constraint in _violated_constraints(shape, value):
        yield _describe_violation(value, path, constraint, sensitive=_is_sensitive(shape))
    if kind == "structure":
        yield from _find_member_violations(shape, value, path + ".")
    elif kind == "list":
        yield from _find_list_violations(shape, value, path)
    elif kind == "map":
        yield from _find_map_violations(shape, value, path)


def _find_member_violations(shape: Shape, value: Mapping[str, Any], path: str) -> Iterator[str]:
    for name in reversed(list(shape["members"])):
        member_path = path + name[0].lower() + name[1:]
        member = value.get(name)
        if member is not None:
            yield from _find_violations(find_shape(shape["members"][name]), member, member_path)
        elif name in shape.get("required", ()):
            constraint = UnconfirmedText.NULL_MEMBER
            yield f"Value null at '{member_path}' failed to satisfy constraint: {constraint}"


def _find_list_violations(shape: Shape, value: list[Any], path: str) -> Iterator[str]:
    item_shape = find_shape(shape["member"])
    if item_shape["type"] == "structure":
        for number, item in enumerate(value, start=1):
            yield from _find_violations(item_shape, item, f"{path}.{number}.member")
    elif any(_violates(item_shape, item) for item in value):
        constraints = _describe_constraints(item_shape)
        constraint = UnconfirmedText.INVALID_ITEM.format(constraints=constraints)
        yield _describe_violation(value, path, constraint)


def _find_map_violations(shape: Shape, value: dict[str, Any], path: str) -> Iterator[str]:
    keys, items = find_shape(shape["key"]), find_shape(shape["value"])
    sensitive = _is_sensitive(shape)
    if any(_violates(keys, key) for key in value):
        constraint = f"Map keys must satisfy constraint: {_describe_constraints(keys)}"
        yield _describe_violation(value, path, constraint, sensitive=sensitive)
    if items["type"] == "structure":
        for key, item in value.items():
            yield from _find_violations(items, item, f"{path}.{key}.member")
    elif any(_violates(items, item) for item in value.values()):
        constraint = f"Map value must satisfy constraint: {_describe_constraints(items)}"
        yield _describe_violation(value, path, constraint, sensitive=sensitive)


def _is_sensitive(shape: Shape) -> bool:
    """Return True if a value is secret, or is a map whose values are secret."""
    if shape["type"] == "map":
        return _is_sensitive(find_shape(shape["value"]))
    return bool(shape.get("sensitive"))


def _violates(shape: Shape, item: Any) -> bool:
    check_type(shape["type"], item)
    return any(_violated_constraints(shape, item))


def _violated_constraints(shape: Shape, value: Any) -> Iterator[str]:
    for template, limit, holds in _constraints(shape, value):
        if not holds:
            yield template.format(limit=limit)


def _describe_constraints(shape: Shape) -> str:
    """Describe all constraints on the items of a list or map, like AWS after a violation."""
    sample: Any = "" if shape["type"] == "string" else 0
    constraints = (
        template.format(limit=limit) for template, limit, _ in _constraints(shape, sample)
    )
    return f"[{', '.join(constraints)}]"


def _constraints(shape: Shape, value: Any) -> Iterator[tuple[str, Any, bool]]:
    """Yield a description with the placeholder `limit`, the limit, and whether the value is valid."""
    if shape["type"] in ("integer", "long"):
        too_large = str(UnconfirmedText.VALUE_TOO_LARGE)
        too_small = str(UnconfirmedText.VALUE_TOO_SMALL)
        size: int = value
    else:
        too_large = "Member must have length less than or equal to {limit}"
        too_small = "Member must have length greater than or equal to {limit}"
        size = _length(value)
    if "max" in shape:
        yield too_large, shape["max"], size <= shape["max"]
    if "min" in shape:
        yield too_small, shape["min"], size >= shape["min"]
    if "pattern" in shape:
        pattern = shape["pattern"]
        yield (
            "Member must satisfy regular expression pattern: {limit}",
            pattern,
            _matches(pattern, value),
        )
    if "enum" in shape:
        allowed = ", ".join(reversed(shape["enum"]))
        template = "Member must satisfy enum value set: [{limit}]"
        yield template, allowed, value in shape["enum"]


def _length(value: Any) -> int:
    return len(value) if isinstance(value, Sized) else 0


def _matches(pattern: str, value: str) -> bool:
    categories, expression = _parse_pattern(pattern)
    if expression is None:
        return value != "" and all(unicodedata.category(char)[0] in categories for char in value)
    return expression.fullmatch(value) is not None


@functools.cache
def _parse_pattern(pattern: str) -> tuple[Sequence[str], re.Pattern[str] | None]:
    r"""Return the Unicode categories in a pattern of the service model, or a regular expression.

    The model's patterns have the syntax of Java, in which `\p{L}` stands for a Unicode category.
    Python does not support this syntax.
    """
    categories = re.findall(r"\\p\{(\w)\}", pattern)
    return categories, None if categories else re.compile(pattern, re.ASCII)


def _describe_violation(value: Any, path: str, constraint: str, *, sensitive: bool = False) -> str:
    text = _to_java_text(value, sensitive=sensitive)
    return f"Value '{text}' at '{path}' failed to satisfy constraint: {constraint}"


def _to_java_text(value: Any, *, sensitive: bool) -> str:
    """Format a value like Java's `toString`, but redact it if the model marks it as sensitive."""
    if isinstance(value, dict):
        members = cast("Mapping[str, Any]", value).items()
        texts = (f"{key}={_to_java_text(item, sensitive=sensitive)}" for key, item in members)
        return "{" + ", ".join(texts) + "}"
    if isinstance(value, list):
        texts = (_to_java_text(item, sensitive=sensitive) for item in cast("Sequence[Any]", value))
        return "[" + ", ".join(texts) + "]"
    return str(UnconfirmedText.REDACTED) if sensitive and value else str(value)
