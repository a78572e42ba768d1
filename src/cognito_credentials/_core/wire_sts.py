"""AWS STS on the wire: the query protocol with XML answers, unsigned operations only."""

from __future__ import annotations

from cognito_credentials._core.http import HttpRequest
from cognito_credentials.errors import MalformedResponseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any
    from xml.etree.ElementTree import Element

    from cognito_credentials._core.http import HttpResponse

__all__ = ["parse_error", "parse_result", "request"]

CONTENT_TYPE = "application/x-www-form-urlencoded; charset=utf-8"


def request(url: str, operation: str, members: dict[str, Any], user_agent: str) -> HttpRequest:
    # Only the basic flow needs this module, which takes 3 ms to import.
    from urllib.parse import urlencode

    headers = {"Content-Type": CONTENT_TYPE, "User-Agent": user_agent}
    form = {"Action": operation, "Version": "2011-06-15", **members}
    return HttpRequest("POST", url, headers, urlencode(form).encode())


def parse_result(operation: str, response: HttpResponse) -> dict[str, Any]:
    """Return the leaves of the answer's `Credentials` element by name, where it has one."""
    root = _element(response.body)
    if root is None:
        from cognito_credentials._core.error_catalog.next_steps import CHECK_PROXY_TO_STS

        raise MalformedResponseError(
            f"Response of {operation} from AWS STS is not XML ({len(response.body)} bytes)",
            hint=CHECK_PROXY_TO_STS,
        )
    credentials = root.find(".//{*}Credentials")
    if credentials is None:
        return {}
    return {"Credentials": {_name(leaf): leaf.text or "" for leaf in credentials}}


def parse_error(response: HttpResponse) -> tuple[str, str]:
    """Return the code and the text of an answer that is an error; "" for what it does not say."""
    root = _element(response.body)
    if root is None:
        return "", ""
    return root.findtext(".//{*}Code") or "", root.findtext(".//{*}Message") or ""


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _element(body: bytes) -> Element | None:
    # Only the basic flow reads XML: its parser is not imported before.
    from xml.etree import ElementTree

    try:
        return ElementTree.fromstring(body)
    except (ElementTree.ParseError, LookupError, ValueError):  # the latter for odd encodings
        return None
