"""How each protocol of AWS says no: code, status and body of a refused request.

The codes are those of "Common errors" in each service's API reference. Query services and S3
answer with XML, JSON services with a ``__type`` that ends in ``Exception``; EC2 has its own.
"""

from __future__ import annotations

import json
import uuid
from enum import Enum
from http import HTTPStatus
from xml.sax.saxutils import escape

from cognito_credentials.emulator.http_server import HttpResponse


class Protocol(Enum):
    """The wire protocols that differ in their errors."""

    JSON = "json"
    REST_JSON = "rest-json"
    QUERY = "query"
    EC2 = "ec2"
    S3 = "s3"


class Refused(Exception):  # noqa: N818 - the service refuses; nothing went wrong
    """Refuse a request, in the words of the protocol that it came by."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


_INVALID = "The security token included in the request is invalid."
_EXPIRED = "The security token included in the request is expired"
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your"
    " key and signing method."
)


def expired_token(protocol: Protocol) -> Refused:
    """Refuse session credentials past their time."""
    if protocol is Protocol.S3:
        return Refused("ExpiredToken", "The provided token has expired.", 400)
    if protocol is Protocol.EC2:
        return Refused("RequestExpired", "Request has expired.", 400)
    if protocol is Protocol.QUERY:
        return Refused("ExpiredToken", _EXPIRED, 403)
    return Refused("ExpiredTokenException", _EXPIRED, _json_status(protocol))


def unknown_key(protocol: Protocol) -> Refused:
    """Refuse an access key id that nobody has."""
    if protocol is Protocol.S3:
        text = "The AWS Access Key Id you provided does not exist in our records."
        return Refused("InvalidAccessKeyId", text, 403)
    return _invalid_token(protocol)


def wrong_session_token(protocol: Protocol) -> Refused:
    """Refuse a session token that is missing or belongs to another key."""
    if protocol is Protocol.S3:
        text = "The provided token is malformed or otherwise invalid."
        return Refused("InvalidToken", text, 400)
    return _invalid_token(protocol)


def _invalid_token(protocol: Protocol) -> Refused:
    if protocol is Protocol.EC2:
        text = "AWS was not able to validate the provided access credentials"
        return Refused("AuthFailure", text, 401)
    if protocol is Protocol.QUERY:
        return Refused("InvalidClientTokenId", _INVALID, 403)
    return Refused("UnrecognizedClientException", _INVALID, _json_status(protocol))


def wrong_signature(protocol: Protocol) -> Refused:
    """Refuse a signature made with another secret or of another request."""
    if protocol in (Protocol.JSON, Protocol.REST_JSON):
        return Refused("InvalidSignatureException", _MISMATCH, _json_status(protocol))
    return Refused("SignatureDoesNotMatch", _MISMATCH, 403)


def unreadable_signature(protocol: Protocol) -> Refused:
    """Refuse an authorization of no known form."""
    if protocol is Protocol.S3:
        return Refused("InvalidArgument", "Unsupported Authorization Type", 400)
    if protocol in (Protocol.JSON, Protocol.REST_JSON):
        return Refused("IncompleteSignatureException", "Unsupported Authorization Type", 400)
    return Refused("IncompleteSignature", "Unsupported Authorization Type", 400)


def unsigned(protocol: Protocol) -> Refused:
    """Refuse a request without a signature where one is needed."""
    if protocol is Protocol.S3:
        return Refused("AccessDenied", "Access Denied", 403)
    if protocol in (Protocol.JSON, Protocol.REST_JSON):
        text = "Missing Authentication Token"
        return Refused("MissingAuthenticationTokenException", text, _json_status(protocol))
    return Refused("MissingAuthenticationToken", "Request is missing Authentication Token", 403)


def access_denied(protocol: Protocol, message: str) -> Refused:
    """Refuse what policies do not allow."""
    if protocol is Protocol.EC2:
        return Refused("UnauthorizedOperation", message, 403)
    if protocol in (Protocol.JSON, Protocol.REST_JSON):
        return Refused("AccessDeniedException", message, _json_status(protocol))
    return Refused("AccessDenied", message, 403)


def _json_status(protocol: Protocol) -> int:
    return 403 if protocol is Protocol.REST_JSON else 400


def refusal_response(protocol: Protocol, refused: Refused) -> HttpResponse:
    """Write ``refused`` as ``protocol`` would send it."""
    request_id = str(uuid.uuid4())
    code, message = refused.code, refused.message
    if protocol in (Protocol.JSON, Protocol.REST_JSON):
        headers = [
            ("Content-Type", "application/x-amz-json-1.1"),
            ("x-amzn-RequestId", request_id),
            ("x-amzn-ErrorType", code),
        ]
        body = json.dumps({"__type": code, "message": message}, separators=(",", ":"))
        return HttpResponse(refused.status, headers, body.encode())
    error = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    identifier = f"<RequestId>{request_id}</RequestId>"
    fault = "Sender" if refused.status < HTTPStatus.INTERNAL_SERVER_ERROR else "Receiver"
    body = '<?xml version="1.0" encoding="UTF-8"?>\n' + {
        Protocol.S3: f"<Error>{error}{identifier}</Error>",
        Protocol.EC2: f"<Response><Errors><Error>{error}</Error></Errors>{identifier}</Response>",
    }.get(
        protocol,
        f"<ErrorResponse><Error><Type>{fault}</Type>{error}</Error>{identifier}</ErrorResponse>",
    )
    headers = [
        ("Content-Type", "application/xml" if protocol is Protocol.S3 else "text/xml"),
        ("x-amz-request-id" if protocol is Protocol.S3 else "x-amzn-RequestId", request_id),
    ]
    return HttpResponse(refused.status, headers, body.encode())
