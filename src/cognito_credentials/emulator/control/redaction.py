"""Parameters of recorded calls, without the values that AWS's service models mark as sensitive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from cognito_credentials.emulator.service_models import ServiceModel, Shape, find_model

REDACTED = "[redacted]"


def redact(service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a call with tokens, passwords and other secrets replaced.

    If botocore does not know the operation, all values are replaced.
    """
    model = find_model(service, operation)
    if model is None:
        return dict.fromkeys(parameters, REDACTED)
    shape = model.input_shape(operation)
    return cast("dict[str, Any]", _redact(model, shape, dict(parameters)))


def _redact(model: ServiceModel, shape: Shape, value: Any) -> Any:
    if shape.get("sensitive"):
        return REDACTED
    if isinstance(value, dict):
        items = cast("Mapping[str, Any]", value).items()
        if shape["type"] == "map":
            content = model.shape(shape["value"])
            return {key: _redact(model, content, item) for key, item in items}
        members = shape.get("members", {})
        return {
            key: _redact(model, model.shape(members[key]), item) if key in members else REDACTED
            for key, item in items
        }
    if shape["type"] == "list" and isinstance(value, list):
        content = model.shape(shape["member"])
        return [_redact(model, content, item) for item in cast("Sequence[Any]", value)]
    return value  # pyright: ignore[reportUnknownVariableType]
