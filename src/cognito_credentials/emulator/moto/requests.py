"""A request as the gate understood it, so that moto cannot understand it otherwise.

moto tells service, operation and parameters by rules of its own (a path or region that looks
like another service's, an Action anywhere, a body that reads as a form). Where its reading
differs from the gate's, a caller who may do the one thing gets the other. So after a request is
authenticated it is written anew, and both the gate and moto read only that.
"""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from cognito_credentials.emulator.front.errors import Protocol
from cognito_credentials.emulator.front.requests import query_parameters
from cognito_credentials.emulator.http_server import HttpRequest

if TYPE_CHECKING:
    from email.message import Message

    from cognito_credentials.emulator.front.requests import ServiceCall
    from cognito_credentials.emulator.front.signatures import Signature

# A host that is the endpoint itself, so that the bucket is the path's first part.
_PLAIN_HOST = re.compile(r"[\d.]+|\[.*\]|[^.]+|localhost.*|s3[.-].*amazonaws\.com.*", re.IGNORECASE)
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def request_for_moto(
    request: HttpRequest, call: ServiceCall, signature: Signature | None, *, region: str
) -> HttpRequest:
    """Return ``request`` with one reading: that of ``call``, in ``region`` if it names none."""
    headers = copy.copy(request.headers)
    target = request.header("X-Amz-Target")
    _set(headers, "X-Amz-Target", None)
    scope = f"20260101/{call.region or region}/{call.service}/aws4_request"
    key_id = "UNSIGNED" if signature is None else signature.access_key_id
    _set(
        headers,
        "Authorization",
        f"AWS4-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders=host, Signature=-",
    )
    if call.protocol is Protocol.S3:
        return _to_a_path(request, headers)
    is_form = request.header("Content-Type").lower().startswith(_FORMS)
    if call.operation and call.protocol in (Protocol.QUERY, Protocol.EC2):
        _set(headers, "Content-Type", _FORMS[0])
        # A queue's messages go to its path; all else is at the root.
        path = request.path if call.service == "sqs" else "/"
        body = urlencode(query_parameters(request)).encode()
        return HttpRequest("POST", path, headers, body)
    if is_form:
        _set(headers, "Content-Type", "application/json")
    # Without a query moto reads any body as a form; x-id is what AWS's JavaScript SDK sends.
    if target:
        _set(headers, "X-Amz-Target", target)
        return HttpRequest("POST", f"/?x-id={call.operation}", headers, request.body)
    kept = [part for part in request.query.split("&") if part.partition("=")[0] != "Action"]
    query = "&".join(filter(None, kept)) or "x-id=-"
    return HttpRequest(request.method, f"{request.path}?{query}", headers, request.body)


def _to_a_path(request: HttpRequest, headers: Message) -> HttpRequest:
    host = re.sub(r":\d+$", "", request.header("Host"))
    _set(headers, "Host", "localhost" + request.header("Host").removeprefix(host))
    bucket = "" if not host or _PLAIN_HOST.fullmatch(host) else f"/{host.partition('.')[0]}"
    return HttpRequest(request.method, bucket + request.target, headers, request.body)


def _set(headers: Message, name: str, value: str | None) -> None:
    del headers[name]
    if value is not None:
        headers[name] = value
