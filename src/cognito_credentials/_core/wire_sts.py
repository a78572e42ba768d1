"""Wire format of AWS STS: the query protocol with XML responses, unsigned operations only."""

from __future__ import annotations

from cognito_credentials._core.http import HttpRequest
from cognito_credentials._core.service_clock import get_request_id
from cognito_credentials._external_text import HiddenBytes, hide
from cognito_credentials.errors import MalformedResponseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any
    from xml.etree.ElementTree import Element

    from cognito_credentials._core.http import HttpResponse

__all__ = ["build_request", "parse_error", "parse_result"]

API_VERSION = "2011-06-15"
CONTENT_TYPE = "application/x-www-form-urlencoded; charset=utf-8"


def build_request(
    url: str, operation: str, members: dict[str, Any], user_agent: str
) -> HttpRequest:
    """Return the request that calls an operation."""
    # Imported here, because only the basic flow needs the module, which takes 3 ms to import.
    from urllib.parse import urlencode

    headers = {"Content-Type": CONTENT_TYPE, "User-Agent": user_agent}
    form = {"Action": operation, "Version": API_VERSION, **members}
    return HttpRequest("POST", url, headers, HiddenBytes(urlencode(form).encode()))


def parse_result(operation: str, response: HttpResponse) -> dict[str, Any]:
    """Return the children of the `Credentials` element of a response, as the member `Credentials`.

    The result is empty if the response has no such element.

    Raises:
        MalformedResponseError: If the body is not XML.
    """
    root = _parse_xml(response.body)
    if root is None:
        from cognito_credentials._core.error_catalog.next_steps import CHECK_PROXY_TO_STS

        raise MalformedResponseError(
            f"Response from AWS STS to {operation} is not XML ({len(response.body)} bytes)",
            hint=CHECK_PROXY_TO_STS,
        )
    credentials = root.find(".//{*}Credentials")
    if credentials is None:
        return {}
    return {"Credentials": {_local_name(child): hide(child.text or "") for child in credentials}}


def parse_error(response: HttpResponse) -> tuple[str, str, str]:
    """Return the code, message and request ID of an error response; a missing value is ""."""
    identifier = get_request_id(response.headers)
    root = _parse_xml(response.body)
    if root is None:
        return "", "", identifier
    # The body may contain a request ID that the headers lack.
    code, message, other_identifier = (
        (root.findtext(f".//{{*}}{name}") or "").strip()
        for name in ("Code", "Message", "RequestId")
    )
    return code, message, identifier or other_identifier


def _local_name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _parse_xml(body: bytes) -> Element | None:
    # Imported here, because only the basic flow needs the parser, which takes 3 ms to import.
    from xml.etree import ElementTree

    try:
        return ElementTree.fromstring(body)
    # An unknown encoding raises LookupError or ValueError.
    except (ElementTree.ParseError, LookupError, ValueError):
        return None
