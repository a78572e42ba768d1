"""The OpenAPI document of the control interface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cognito_credentials._version import __version__
from cognito_credentials.emulator.control.routes import PREFIX, Route, Schema

_ERROR: Schema = {
    "description": "The request is invalid.",
    "content": {
        "application/json": {
            "schema": {"type": "object", "properties": {"error": {"type": "string"}}}
        }
    },
}


def make_document(routes: Sequence[Route]) -> Mapping[str, Any]:
    """Return the OpenAPI 3.1 document of the routes."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = _describe(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "cognito-credentials emulator",
            "version": __version__,
            "description": "Controls the emulator: state, clock, faults, recorded calls, tokens.",
        },
        "paths": paths,
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def _describe(route: Route) -> dict[str, Any]:
    responses: dict[str, Any] = {"400": _ERROR}
    for status, description in route.errors.items():
        responses[str(status)] = {**_ERROR, "description": description}
    if route.response is None:
        responses["204"] = {"description": "Done."}
    else:
        content = {"application/json": {"schema": route.response}}
        responses["200"] = {"description": "Success.", "content": content}
    described: dict[str, Any] = {
        "operationId": route.handler.__name__,
        "summary": route.summary,
        "responses": responses,
    }
    schemas = {name: _to_json_schema(schema) for name, schema in route.fields.items()}
    required = [name for name, schema in route.fields.items() if schema.get("required")]
    if route.method == "GET":
        described["parameters"] = [
            {"name": name, "in": "query", "required": name in required, "schema": schema}
            for name, schema in schemas.items()
        ]
    elif schemas:
        schema = {"type": "object", "properties": schemas, "additionalProperties": False}
        described["requestBody"] = {
            "required": bool(required),
            "content": {"application/json": {"schema": {**schema, "required": required}}},
        }
    if route.needs_token:
        described["security"] = [{"token": []}]
        responses["401"] = {"description": "The token is missing or wrong."}
    return described


def _to_json_schema(schema: Schema) -> Schema:
    described = {key: value for key, value in schema.items() if key not in ("required", "nullable")}
    if schema.get("nullable"):
        described["type"] = [schema["type"], "null"]
    return described
