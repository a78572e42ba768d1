"""Parameters of requests, from a query string or a form."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from cognito_credentials.emulator.issuer.errors import OAuthError
from cognito_credentials.emulator.messages import RawRequest

MAX_PARAMETERS = 50
MAX_FORM_BYTES = 64 * 1024
MAX_VALUE_LENGTH = 4096
_FORM_TYPE = "application/x-www-form-urlencoded"

Parameters = Mapping[str, str]


def parse_query(request: RawRequest) -> Parameters:
    """Return the parameters in the query string.

    Raises:
        OAuthError: If a parameter is repeated, or a limit is exceeded.
    """
    return _parse(request.query)


def parse_form(request: RawRequest) -> Parameters:
    """Return the parameters in the body.

    Raises:
        OAuthError: If the body is not a form, a parameter is repeated, or a limit is exceeded.
    """
    if request.header("Content-Type").partition(";")[0].strip().lower() != _FORM_TYPE:
        raise _invalid(f"the Content-Type must be {_FORM_TYPE}")
    if len(request.body) > MAX_FORM_BYTES:
        raise _invalid(f"the form must not be larger than {MAX_FORM_BYTES} bytes")
    return _parse(request.body.decode("latin-1"))


def _parse(text: str) -> Parameters:
    """Parse a form. As RFC 6749 requires, ignore empty parameters and reject repeated parameters."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
    except ValueError:
        raise _invalid(f"a request must not have more than {MAX_PARAMETERS} parameters") from None
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        raise _invalid("a parameter is repeated")
    if any(len(value) > MAX_VALUE_LENGTH for value in parameters.values()):
        raise _invalid(f"a parameter is longer than {MAX_VALUE_LENGTH} characters")
    return {name: value for name, value in parameters.items() if value}


def require(parameters: Parameters, name: str) -> str:
    """Return a parameter.

    Raises:
        OAuthError: If the parameter is missing.
    """
    try:
        return parameters[name]
    except KeyError:
        raise _invalid(f"the parameter {name} is missing") from None


def _invalid(description: str) -> OAuthError:
    return OAuthError("invalid_request", description)
