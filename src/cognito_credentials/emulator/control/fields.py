"""Parsing and validation of the fields of a request."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import parse_qsl

from cognito_credentials.emulator.control.routes import ControlError, Route, Schema
from cognito_credentials.emulator.json_values import JsonError, parse_strictly
from cognito_credentials.emulator.messages import RawRequest

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "object": (dict,),
    "array": (list,),
    "boolean": (bool,),
}

_MAX_DIGITS = 18
_MAX_SHOWN_LENGTH = 100


def parse_fields(request: RawRequest, route: Route) -> Mapping[str, Any]:
    """Return the fields of a request.

    Raises:
        ControlError: If the request is malformed, a required field is missing, or a field is
            unknown or invalid.
    """
    if route.method == "GET":
        values = _parse_query(request, route)
    elif request.query:
        raise ControlError("the fields must be in the body of the request, not in the query")
    else:
        values = _parse_body(request)
    for name, value in values.items():
        if name not in route.fields:
            known = ", ".join(route.fields) or "none"
            raise ControlError(f"unknown field {shorten(name)}; the known fields are: {known}")
        _check(name, value, route.fields[name])
    for name, schema in route.fields.items():
        if schema.get("required") and name not in values:
            raise ControlError(f"the field {name} is missing")
    return values


def _parse_body(request: RawRequest) -> Mapping[str, Any]:
    if not request.body:
        return {}
    if request.header("Content-Type").partition(";")[0].strip().lower() != "application/json":
        text = "the Content-Type of the request must be application/json"
        raise ControlError(text, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    try:
        value: Any = parse_strictly(request.body)
    except JsonError as error:
        raise ControlError(f"the body {error}") from None
    if not isinstance(value, dict):
        raise ControlError("the body must be a JSON object")
    return cast("dict[str, Any]", value)


def _parse_query(request: RawRequest, route: Route) -> Mapping[str, Any]:
    values: dict[str, Any] = {}
    for name, text in parse_qsl(request.query, keep_blank_values=True):
        if name in values:
            raise ControlError(f"the query must not contain {shorten(name)} twice")
        is_integer = route.fields.get(name, {}).get("type") == "integer"
        values[name] = (
            int(text) if is_integer and text.isdecimal() and len(text) <= _MAX_DIGITS else text
        )
    return values


def _check(name: str, value: Any, schema: Schema) -> None:
    if value is None and schema.get("nullable"):
        return
    expected: str = schema["type"]
    is_valid = isinstance(value, _TYPES[expected])
    if isinstance(value, bool) and expected != "boolean":
        is_valid = False
    if is_valid and isinstance(value, float) and not math.isfinite(value):
        is_valid = False
    if is_valid and "minimum" in schema and value < schema["minimum"]:
        is_valid = False
    if not is_valid:
        least = f" of at least {schema['minimum']}" if "minimum" in schema else ""
        article = "an" if expected[0] in "aeiou" else "a"
        raise ControlError(
            f"{name} must be {article} {expected}{least}, not {shorten(json.dumps(value))}"
        )


def shorten(text: str) -> str:
    """Return the beginning of a string, for an error message."""
    return text if len(text) <= _MAX_SHOWN_LENGTH else text[: _MAX_SHOWN_LENGTH - 3] + "..."
