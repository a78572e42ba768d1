"""Signature and access-control errors, formatted for each wire protocol.

The API reference of each service lists the error codes under "Common errors". Query services and S3
return XML. JSON services return a `__type` that ends in `Exception`. EC2 uses different codes.
"""

from __future__ import annotations

import json
import re
import uuid
from http import HTTPStatus
from xml.sax.saxutils import escape, unescape

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity import wire
from cognito_credentials.emulator.json_values import parse_object
from cognito_credentials.emulator.messages import RawResponse, ServiceRequest, WireProtocol

_INVALID_TOKEN_TEXT = "The security token included in the request is invalid."
_EXPIRED_TOKEN_TEXT = "The security token included in the request is expired"
_WRONG_SIGNATURE_TEXT = (
    "The request signature we calculated does not match the signature you provided. Check your"
    " AWS Secret Access Key and signing method. Consult the service documentation for details."
)
_XML_CODE = re.compile(r"<Code>([^<]*)</Code>")
_XML_MESSAGE = re.compile(r"<Message>([^<]*)</Message>")
_WRONG_S3_SIGNATURE_TEXT = (
    "The request signature we calculated does not match the signature you provided. Check your"
    " key and signing method."
)


def expired_token(protocol: WireProtocol) -> AwsError:
    """Return the error for expired session credentials."""
    if protocol is WireProtocol.S3:
        return AwsError("ExpiredToken", "The provided token has expired.", 400)
    if protocol is WireProtocol.EC2:
        return AwsError("RequestExpired", "Request has expired.", 400)
    if protocol is WireProtocol.QUERY:
        return AwsError("ExpiredToken", _EXPIRED_TOKEN_TEXT, 403)
    return AwsError("ExpiredTokenException", _EXPIRED_TOKEN_TEXT, _json_status(protocol))


def unknown_access_key(protocol: WireProtocol) -> AwsError:
    """Return the error for an access key ID that does not exist."""
    if protocol is WireProtocol.S3:
        text = "The AWS Access Key Id you provided does not exist in our records."
        return AwsError("InvalidAccessKeyId", text, 403)
    return _invalid_token(protocol)


def invalid_session_token(protocol: WireProtocol) -> AwsError:
    """Return the error for a session token that is missing or belongs to another key."""
    if protocol is WireProtocol.S3:
        text = "The provided token is malformed or otherwise invalid."
        return AwsError("InvalidToken", text, 400)
    return _invalid_token(protocol)


def _invalid_token(protocol: WireProtocol) -> AwsError:
    if protocol is WireProtocol.EC2:
        return _authentication_failure()
    if protocol is WireProtocol.QUERY:
        return AwsError("InvalidClientTokenId", _INVALID_TOKEN_TEXT, 403)
    return AwsError("UnrecognizedClientException", _INVALID_TOKEN_TEXT, _json_status(protocol))


def invalid_signature(protocol: WireProtocol) -> AwsError:
    """Return the error for a signature made with another secret or for another request."""
    if protocol is WireProtocol.EC2:
        return _authentication_failure()
    if protocol.has_json_errors:
        return AwsError("InvalidSignatureException", _WRONG_SIGNATURE_TEXT, _json_status(protocol))
    is_s3 = protocol is WireProtocol.S3
    text = _WRONG_S3_SIGNATURE_TEXT if is_s3 else _WRONG_SIGNATURE_TEXT
    return AwsError("SignatureDoesNotMatch", text, 403)


def _authentication_failure() -> AwsError:
    text = "AWS was not able to validate the provided access credentials"
    return AwsError("AuthFailure", text, 401)


def unreadable_signature(protocol: WireProtocol, s3_error: AwsError | None = None) -> AwsError:
    """Return the error for an authorization in an unknown format.

    `s3_error` is the S3 error for a presigned URL or an upload form.
    """
    if protocol is WireProtocol.S3:
        return s3_error or AwsError("InvalidArgument", "Unsupported Authorization Type", 400)
    if protocol.has_json_errors:
        return AwsError("IncompleteSignatureException", "Unsupported Authorization Type", 400)
    return AwsError("IncompleteSignature", "Unsupported Authorization Type", 400)


def missing_signature(protocol: WireProtocol) -> AwsError:
    """Return the error for an unsigned request to an operation that requires a signature."""
    if protocol is WireProtocol.S3:
        return AwsError("AccessDenied", "Access Denied", 403)
    if protocol.has_json_errors:
        text = "Missing Authentication Token"
        return AwsError("MissingAuthenticationTokenException", text, _json_status(protocol))
    return AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)


def unknown_operation(protocol: WireProtocol, operation: str) -> AwsError:
    """Return the error for an operation that the service does not define."""
    if protocol.has_json_errors:
        return AwsError("UnknownOperationException", f"Unknown operation: {operation}")
    text = f"The action {operation} is not valid for this web service."
    return AwsError("InvalidAction", text, 400)


def missing_operation(protocol: WireProtocol) -> AwsError:
    """Return the error for a request that does not name an operation."""
    if protocol.has_json_errors:
        return AwsError("UnknownOperationException", "The request names no operation")
    return AwsError("MissingAction", "The request must contain the parameter Action.", 400)


def malformed_xml() -> AwsError:
    """Return the S3 error for a document that does not conform to its schema."""
    text = (
        "The XML you provided was not well-formed or did not validate against our published schema"
    )
    return AwsError("MalformedXML", text, 400)


def access_denied(protocol: WireProtocol, message: str) -> AwsError:
    """Return the error for a request that the policies do not allow."""
    if protocol is WireProtocol.EC2:
        text = f"You are not authorized to perform this operation. {message}"
        return AwsError("UnauthorizedOperation", text, 403)
    if protocol.has_json_errors:
        return AwsError("AccessDeniedException", message, _json_status(protocol))
    return AwsError("AccessDenied", message, 403)


def _json_status(protocol: WireProtocol) -> int:
    return 403 if protocol is WireProtocol.REST_JSON else 400


def error_response(request: ServiceRequest, error: AwsError, *, now: float) -> RawResponse:
    """Return an error in the format of the requested service.

    `now` is the time for the `Date` header, in seconds since the epoch (UTC).
    """
    if request.service == "cognito-identity":
        return wire.error_response(error, now=now)
    if request.protocol.has_json_errors:
        return _write_json(error)
    return _write_xml(request.protocol, error)


def read_error(response: RawResponse) -> tuple[str | None, str | None]:
    """Return the error code and the message of an error response in any format."""
    document = parse_object(response.body)
    if document is not None:
        code = document.get("__type") or document.get("code") or document.get("Code")
        message = document.get("message") or document.get("Message")
        return _to_text(code and str(code).rpartition("#")[2]), _to_text(message)
    text = response.body.decode("utf-8", "replace")
    matches = (_XML_CODE.search(text), _XML_MESSAGE.search(text))
    code, message = (None if match is None else unescape(match[1]) for match in matches)
    return code, message


def _to_text(value: object) -> str | None:
    return str(value) if value else None


def _write_json(error: AwsError) -> RawResponse:
    headers = [
        ("Content-Type", "application/x-amz-json-1.1"),
        ("x-amzn-RequestId", str(uuid.uuid4())),
        ("x-amzn-ErrorType", error.code),
    ]
    members = {"__type": error.code, "message": error.message}
    return RawResponse(
        error.http_status, headers, json.dumps(members, separators=(",", ":")).encode()
    )


def _write_xml(protocol: WireProtocol, error: AwsError) -> RawResponse:
    request_id = str(uuid.uuid4())
    element = f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    identifier = f"<RequestId>{request_id}</RequestId>"
    if protocol is WireProtocol.S3:
        document = f"<Error>{element}{identifier}</Error>"
    elif protocol is WireProtocol.EC2:
        document = f"<Response><Errors><Error>{element}</Error></Errors>{identifier}</Response>"
    else:
        is_client_error = error.http_status < HTTPStatus.INTERNAL_SERVER_ERROR
        element = f"<Type>{'Sender' if is_client_error else 'Receiver'}</Type>{element}"
        document = f"<ErrorResponse><Error>{element}</Error>{identifier}</ErrorResponse>"
    headers = [
        ("Content-Type", "application/xml" if protocol is WireProtocol.S3 else "text/xml"),
        ("x-amz-request-id" if protocol is WireProtocol.S3 else "x-amzn-RequestId", request_id),
    ]
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{document}'
    return RawResponse(error.http_status, headers, body.encode())
