"""HTTP responses of the issuer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from cognito_credentials.emulator.issuer.errors import OAuthError
from cognito_credentials.emulator.messages import RawResponse

_NO_STORE = ("Cache-Control", "no-store")


def json_response(document: Mapping[str, Any]) -> RawResponse:
    """Return a response with a JSON document."""
    headers = [("Content-Type", "application/json"), _NO_STORE]
    return RawResponse(HTTPStatus.OK, headers, json.dumps(document).encode())


def error_response(error: OAuthError) -> RawResponse:
    """Return a response with an error for an application (RFC 6749, section 5.2; RFC 6750, section 3)."""
    response = json_response({"error": error.code, "error_description": error.description})
    response.status = error.status
    if error.code == "invalid_client":
        response.set_header("WWW-Authenticate", 'Basic realm="emulator"')
    elif error.code == "invalid_token":
        response.set_header("WWW-Authenticate", 'Bearer error="invalid_token"')
    return response


def text_response(status: HTTPStatus, text: str) -> RawResponse:
    """Return a response with plain text."""
    headers = [("Content-Type", "text/plain; charset=utf-8"), _NO_STORE]
    return RawResponse(status, headers, text.encode())


def redirect_response(uri: str, parameters: Mapping[str, str]) -> RawResponse:
    """Return a redirect to an application at the end of a sign-in."""
    # With 303, the browser does not send the form to the application (RFC 9700, section 4.12).
    location = f"{uri}{'&' if '?' in uri else '?'}{urlencode(parameters)}"
    headers = [("Location", location), _NO_STORE, ("Referrer-Policy", "no-referrer")]
    return RawResponse(HTTPStatus.SEE_OTHER, headers)
