"""Dispatch of the requests below `/_emulator/`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from cognito_credentials.emulator.console.pages import contains_token, find_page
from cognito_credentials.emulator.control.access import check_token
from cognito_credentials.emulator.control.endpoints import ROUTES
from cognito_credentials.emulator.control.fields import parse_fields
from cognito_credentials.emulator.control.openapi import make_document
from cognito_credentials.emulator.control.routes import PREFIX, ControlError, Route
from cognito_credentials.emulator.front.browsers import is_read_by_page
from cognito_credentials.emulator.messages import RawRequest, RawResponse
from cognito_credentials.errors import ConfigurationError

if TYPE_CHECKING:
    from cognito_credentials.emulator.server import Emulator

_OPENAPI_PATH = f"{PREFIX}/openapi.json"


class ControlServer:
    """Responds to requests to the control interface. As thread-safe as the emulator.

    Args:
        emulator: The emulator to control.
        token: The token that requests must contain to make changes.
    """

    def __init__(self, emulator: Emulator, token: str) -> None:
        self._emulator = emulator
        self._token = token

    def respond(self, request: RawRequest) -> RawResponse:
        """Return the response to a request; the response may be an error."""
        try:
            return self._respond(request)
        except ControlError as error:
            response = _json_response({"error": error.message}, error.status)
            if error.status == HTTPStatus.UNAUTHORIZED:
                response.set_header("WWW-Authenticate", "Bearer")
            return response

    def _respond(self, request: RawRequest) -> RawResponse:
        if request.method == "GET":
            if request.path == _OPENAPI_PATH:
                return _json_response(make_document(ROUTES))
            page = find_page(request.path, self._token)
            if page is not None:
                if contains_token(request.path) and is_read_by_page(request):
                    text = "the console must be opened in its own tab"
                    raise ControlError(text, HTTPStatus.FORBIDDEN)
                return page
        route = _find_route(request)
        if route.needs_token:
            check_token(request, self._token)
        fields = parse_fields(request, route)
        try:
            output = route.handler(self._emulator, fields)
        except ConfigurationError as error:
            # The state file cannot be written.
            raise ControlError(str(error), HTTPStatus.INTERNAL_SERVER_ERROR) from None
        except ValueError as error:
            # The emulator raises this error for an invalid argument, which the message names.
            raise ControlError(str(error)) from None
        if output is None:
            return RawResponse(HTTPStatus.NO_CONTENT, [("Cache-Control", "no-store")])
        return _json_response(output)


def is_control_path(path: str) -> bool:
    """Return True if a path belongs to the control interface."""
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def _find_route(request: RawRequest) -> Route:
    routes = [route for route in ROUTES if PREFIX + route.path == request.path]
    if not routes:
        text = f"there is no such endpoint; {_OPENAPI_PATH} lists the endpoints"
        raise ControlError(text, HTTPStatus.NOT_FOUND)
    for route in routes:
        if route.method == request.method:
            return route
    methods = ", ".join(route.method for route in routes)
    text = f"the endpoint accepts only: {methods}"
    raise ControlError(text, HTTPStatus.METHOD_NOT_ALLOWED)


def _json_response(value: Mapping[str, Any], status: int = HTTPStatus.OK) -> RawResponse:
    headers = [
        ("Content-Type", "application/json"),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    return RawResponse(status, headers, json.dumps(value).encode())
