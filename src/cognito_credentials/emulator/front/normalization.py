"""Normalization of requests, so that moto and access control interpret a request alike.

moto determines service, operation and parameters by its own rules: a path or region that looks like
that of another service, an `Action` anywhere, a body that can be parsed as a form. If moto and
access control interpreted a request differently, a principal with permission for one operation
could perform another operation. Every request is therefore normalized when it is parsed, and all
later steps read only the normalized request.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from email.message import Message
from urllib.parse import urlencode

from cognito_credentials.emulator.messages import RawRequest, WireProtocol

# Hosts of the endpoint itself. For these hosts, the bucket is the first part of the path.
_ENDPOINT_HOST = re.compile(
    r"[\d.]+|\[.*\]|[^.]+|localhost.*|s3[.-].*amazonaws\.com.*", re.IGNORECASE
)
_FORM = "application/x-www-form-urlencoded"
_MULTIPART_FORM = "multipart/form-data"


def is_form(raw: RawRequest, *, multipart: bool) -> bool:
    """Return True if the Content-Type is a form; `multipart` includes multipart forms."""
    content_type = raw.header("Content-Type").lower()
    return content_type.startswith((_FORM, _MULTIPART_FORM) if multipart else _FORM)


def normalize(
    raw: RawRequest,
    *,
    service: str,
    protocol: WireProtocol,
    operation: str,
    form: Mapping[str, str],
) -> RawRequest:
    """Return the normalized request, which the rest of the emulator reads."""
    headers = copy.copy(raw.headers)
    target = raw.header("X-Amz-Target")
    replace_header(headers, "X-Amz-Target", None)
    if protocol is WireProtocol.S3:
        return _to_path_style(raw, headers)
    if operation and protocol.has_form_parameters:
        replace_header(headers, "Content-Type", _FORM)
        # Messages are sent to the path of a queue. All other operations use the root path.
        path = raw.path if service == "sqs" else "/"
        return RawRequest("POST", path, headers, urlencode(form).encode())
    if is_form(raw, multipart=True):
        replace_header(headers, "Content-Type", "application/json")
    # Without a query string, moto reads every body as a form. The JavaScript SDK of AWS sends
    # `x-id`, too.
    if target:
        replace_header(headers, "X-Amz-Target", target)
        return RawRequest("POST", f"/?x-id={operation}", headers, raw.body)
    pairs = [pair for pair in raw.query.split("&") if pair.partition("=")[0] != "Action"]
    query = "&".join(filter(None, pairs)) or "x-id=-"
    return RawRequest(raw.method, f"{raw.path}?{query}", headers, raw.body)


def replace_header(headers: Message, name: str, value: str | None) -> None:
    """Replace all headers of that name by a single header; None removes the headers."""
    del headers[name]
    if value is not None:
        headers[name] = value


def _to_path_style(raw: RawRequest, headers: Message) -> RawRequest:
    host = re.sub(r":\d+$", "", raw.header("Host"))
    port = raw.header("Host").removeprefix(host)
    replace_header(headers, "Host", f"localhost{port}")
    bucket = "" if not host or _ENDPOINT_HOST.fullmatch(host) else f"/{host.partition('.')[0]}"
    return RawRequest(raw.method, bucket + raw.target, headers, raw.body)
