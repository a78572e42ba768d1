"""Reduction of a request to the input shape of its operation.

moto reads parameters by name, in several spellings, even if the operation does not define them.
Access control also reads parameters by name. If only one of the two read a parameter, a request
could be authorized for one resource and access another. Therefore, every request is rewritten so
that it contains only the members of its input shape, before moto or access control reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from cognito_credentials.emulator.service_models import ServiceModel, Shape


class WrongTypeError(Exception):
    """Error for a value in a JSON body whose type differs from the type in the input shape."""

    def __init__(self, *, found: str, expected: str, path: str) -> None:
        super().__init__(path)
        self.found = found
        self.expected = expected
        self.path = path


_PYTHON_TYPES: Mapping[str, type[Any]] = {
    "structure": dict,
    "map": dict,
    "list": list,
    "string": str,
}


def reduce_document(
    model: ServiceModel, operation: str, document: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the members of a JSON document that belong to the input shape of an operation.

    Members of structures and maps whose value is null are omitted.

    Raises:
        WrongTypeError: If a value must be a structure, list, map or string, but has another type.
    """
    reduced = _reduce(model, model.input_shape(operation), document, "")
    return cast("dict[str, Any]", reduced)


def _reduce(model: ServiceModel, shape: Shape, value: Any, path: str) -> Any:
    kind: str = shape["type"]
    if kind not in _PYTHON_TYPES or shape.get("document"):
        return value
    if not isinstance(value, _PYTHON_TYPES[kind]):
        raise WrongTypeError(found=type(value).__name__, expected=kind, path=path)
    if kind == "structure":
        return {
            wire_name: _reduce(model, model.shape(member), value[wire_name], f"{path}/{wire_name}")
            for wire_name, member in _members(shape)
            if value.get(wire_name) is not None
        }
    if kind == "map":
        items = model.shape(shape["value"])
        return {
            key: _reduce(model, items, item, f"{path}/{key}")
            for key, item in value.items()
            if item is not None
        }
    if kind == "list":
        items = model.shape(shape["member"])
        return [
            _reduce(model, items, item, f"{path}/{number}") for number, item in enumerate(value)
        ]
    return value


def _members(shape: Shape) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, member in shape["members"].items():
        yield member.get("locationName", name), member


def reduce_form(model: ServiceModel, operation: str, form: Mapping[str, str]) -> dict[str, str]:
    """Return the form parameters that belong to the input shape of an operation.

    If the model describes another protocol, for example for Amazon SQS, the names of nested
    parameters are unknown. The result then contains all parameters, except parameters that
    only other operations of the service define.
    """
    shape = model.input_shape(operation)
    if model.has_query_names:
        return {
            name: value
            for name, value in form.items()
            if name in ("Action", "Version") or _is_path(model, shape, name.split("."))
        }
    foreign = {
        member
        for other in model.operation_names
        for member in model.input_shape(other).get("members", ())
    }.difference(shape["members"])
    return {name: value for name, value in form.items() if name.partition(".")[0] not in foreign}


def _is_path(model: ServiceModel, shape: Shape, parts: Sequence[str]) -> bool:
    """Return True if the parts of a parameter name are a valid path to a value in the shape."""
    kind = shape["type"]
    if kind == "structure":
        return bool(parts) and any(
            _is_path(model, model.shape(member), parts[1:])
            for name, member in shape["members"].items()
            if parts[0] in _form_names(model, name, member)
        )
    if not parts:
        return True  # The value is a scalar or an empty list.
    if kind not in ("list", "map"):
        return False
    # The name is "Name.1" if the list is flattened, and "Name.member.1" or "Name.Item.1" otherwise.
    rest = parts if parts[0].isdecimal() else parts[1:]
    if not rest or not rest[0].isdecimal():
        return False
    if kind == "list":
        return _is_path(model, model.shape(shape["member"]), rest[1:])
    return len(rest) > 1 and any(
        rest[1] == shape[part].get("locationName", part)
        and _is_path(model, model.shape(shape[part]), rest[2:])
        for part in ("key", "value")
    )


def _form_names(model: ServiceModel, name: str, member: Mapping[str, Any]) -> Iterator[str]:
    location = member.get("locationName", name)
    yield location
    # Amazon EC2 uses this spelling.
    yield member.get("queryName", location[:1].upper() + location[1:])
    shape = model.shape(member)
    if shape.get("flattened") or member.get("flattened"):
        yield shape.get("member", {}).get("locationName", location)
