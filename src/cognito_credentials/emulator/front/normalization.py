"""Normalization of requests, so that moto and access control interpret a request alike.

moto determines the service, the operation and the parameters by its own rules. For example, these
rules consider a path or a region that looks like the path or region of another service, an `Action`
anywhere in the request, and any body that can be parsed as a form. If moto and access control
interpreted a request differently, a principal with permission for one operation could perform
another operation. Every request is therefore normalized when it is parsed, and all later steps read
only the normalized request.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode
from xml.etree import ElementTree as ET

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.front.error_responses import malformed_xml
from cognito_credentials.emulator.headers import Headers
from cognito_credentials.emulator.messages import RawRequest, WireProtocol
from cognito_credentials.emulator.policy.s3_actions import split_bucket_and_key

# Hosts of the endpoint itself. With these hosts, the first segment of the path is the bucket name.
_ENDPOINT_HOST = re.compile(
    r"[\d.]+|\[.*\]|[^.]+|localhost.*|s3[.-].*amazonaws\.com.*", re.IGNORECASE
)
_S3_LABEL = re.compile(r"\.s3[.-]", re.IGNORECASE)
_FORM = "application/x-www-form-urlencoded"
_MULTIPART_FORM = "multipart/form-data"
_HEADER_TEXT = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
_S3_NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"


def is_form(raw: RawRequest, *, multipart: bool) -> bool:
    """Return True if the Content-Type denotes a form; `multipart` includes multipart forms."""
    content_type = raw.header("Content-Type").lower()
    return content_type.startswith((_FORM, _MULTIPART_FORM) if multipart else _FORM)


def normalize(
    raw: RawRequest,
    *,
    protocol: WireProtocol,
    operation: str,
    parameters: Mapping[str, Any] | None,
) -> RawRequest:
    """Return the normalized request, which the rest of the emulator reads.

    Args:
        raw: The request as received.
        protocol: The wire protocol.
        operation: The operation. Empty if only the path determines it.
        parameters: The parameters of the operation, which replace the body. None leaves the body
            unchanged.

    Raises:
        AwsError: If the body of an S3 request has an invalid format.
    """
    headers = raw.headers.copy()
    target = raw.header("X-Amz-Target")
    headers.remove("X-Amz-Target")
    if protocol is WireProtocol.S3:
        return _to_path_style(raw, headers)
    if operation and protocol.has_form_parameters:
        headers.replace("Content-Type", _FORM)
        return RawRequest("POST", "/", headers, urlencode(parameters or {}).encode())
    if is_form(raw, multipart=True):
        headers.replace("Content-Type", "application/json")
    # Without a query string, moto parses every body as a form, so add a harmless parameter; the AWS
    # SDK for JavaScript also sends `x-id`.
    if target:
        headers.add("X-Amz-Target", target)
        body = raw.body if parameters is None else json.dumps(parameters).encode()
        return RawRequest("POST", f"/?x-id={operation}", headers, body)
    pairs = [pair for pair in raw.query.split("&") if pair.partition("=")[0] != "Action"]
    query = "&".join(filter(None, pairs)) or "x-id=-"
    return RawRequest(raw.method, f"{raw.path}?{query}", headers, raw.body)


def _to_path_style(raw: RawRequest, headers: Headers) -> RawRequest:
    host = re.sub(r":\d+$", "", raw.header("Host"))
    port = raw.header("Host").removeprefix(host)
    headers.replace("Host", f"localhost{port}")
    for name in {name.lower() for name in headers if name.lower().startswith("x-amz-")}:
        headers.replace(name, ",".join(headers.get_all(name)))
    request = RawRequest(raw.method, _bucket_in_host(host) + raw.target, headers, raw.body)
    names = parse_qs(request.query, keep_blank_values=True)
    for name in names:
        # moto copies these values to response headers, which must not contain control characters.
        if name.startswith("response-") and not _HEADER_TEXT.fullmatch("".join(names[name])):
            raise AwsError("InvalidArgument", f"{name} contains a control character.", 400)
    if raw.method == "POST" and "delete" in names and not split_bucket_and_key(request)[1]:
        return _rewrite_delete_document(request)
    return request


def _bucket_in_host(host: str) -> str:
    if not host or _ENDPOINT_HOST.fullmatch(host):
        return ""
    lower = host.lower()
    match = _S3_LABEL.search(host, 1, max(lower.rfind("amazonaws.com"), 0))
    if match is not None:
        return f"/{host[: match.start()]}"
    if lower.endswith(".localhost"):
        return f"/{host[: -len('.localhost')]}"
    return f"/{host.partition('.')[0]}"


def _rewrite_delete_document(request: RawRequest) -> RawRequest:
    """Remove the elements that S3 ignores from the document of a DeleteObjects request."""
    try:
        root = ET.fromstring(request.body)  # noqa: S314 - expat rejects entity expansion attacks
    except ET.ParseError:
        raise malformed_xml() from None
    if root.tag not in (f"{_S3_NAMESPACE}Delete", "Delete"):
        raise malformed_xml()
    document = ET.Element("Delete", xmlns=_S3_NAMESPACE.strip("{}"))
    for entry in _children(root, "Object"):
        element = ET.SubElement(document, "Object")
        for name in ("Key", "VersionId", "ETag"):
            texts = [child.text or "" for child in _children(entry, name)]
            if len(texts) > 1 or (name == "Key" and texts in ([], [""])):
                raise malformed_xml()
            for text in texts:
                ET.SubElement(element, name).text = text
    if any((child.text or "").strip() == "true" for child in _children(root, "Quiet")):
        ET.SubElement(document, "Quiet").text = "true"
    for name in list(request.headers):
        if name.lower() == "content-md5" or name.lower().startswith("x-amz-checksum-"):
            request.headers.remove(name)
    return replace(request, body=ET.tostring(document, encoding="utf-8"))


def _children(element: ET.Element, name: str) -> Sequence[ET.Element]:
    return [child for child in element if child.tag in (f"{_S3_NAMESPACE}{name}", name)]
