"""The description of an endpoint, for its dispatch and its documentation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cognito_credentials.emulator.server import Emulator

PREFIX = "/_emulator"

Schema = Mapping[str, Any]
"""A JSON Schema in the dialect of OpenAPI 3.1."""

Handler = Callable[["Emulator", Mapping[str, Any]], Mapping[str, Any] | None]
"""Function that takes the emulator and the fields of the request, and returns the response.

None stands for an empty response.
"""


class ControlError(Exception):
    """Error for an invalid request to the control interface.

    Attributes:
        message: Description of the problem.
        status: The HTTP status of the response.
    """

    def __init__(self, message: str, status: int = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One endpoint.

    Attributes:
        method: The HTTP method. GET requests read their fields from the query, all others from a
            JSON object in the body.
        path: The path below `PREFIX`.
        summary: One sentence for the documentation.
        handler: The function that returns the response.
        fields: The schema of each field of the request, by name. `"required": True` marks a field
            that a request must have, and `"nullable": True` a field that may be null.
        response: The schema of the response. None for an empty response.
        errors: The statuses of errors other than invalid requests, each with a description.
        reveals_secrets: Whether the response contains secrets. Requests that make changes always
            need the control token, other requests only if this is true.
    """

    method: str
    path: str
    summary: str
    handler: Handler
    fields: Mapping[str, Schema] = field(default_factory=dict[str, Schema])
    response: Schema | None = None
    errors: Mapping[int, str] = field(default_factory=dict[int, str])
    reveals_secrets: bool = False

    @property
    def needs_token(self) -> bool:
        """Whether a request needs the control token."""
        return self.method != "GET" or self.reveals_secrets
