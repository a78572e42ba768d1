"""The values that the packages of the emulator pass to each other.

`front` parses each `RawRequest` once, into a `ServiceRequest`. Access control, STS, the identity
service and moto read the same `ServiceRequest`, and return a `RawResponse` or raise `AwsError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.headers import Headers


@dataclass(frozen=True, slots=True)
class RawRequest:
    """An HTTP request, read completely.

    The repr shows only the method, because every other part can contain a secret.

    Attributes:
        method: The HTTP method.
        target: The path and the query string, as sent.
        headers: The headers, with their names spelled as sent.
        body: The body, without any transfer encoding.
    """

    method: str
    target: str = field(repr=False)
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def path(self) -> str:
        """The path as sent, still percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The query string as sent, without the question mark."""
        return self.target.partition("?")[2]

    def header(self, name: str, default: str = "") -> str:
        """Return the first header of that name, ignoring case."""
        value = self.headers.get(name)
        return default if value is None else value


class Delivery(Enum):
    """The extent to which the HTTP server sends a response."""

    COMPLETE = "complete"
    """The whole response. The connection stays open."""
    TRUNCATED = "truncated"
    """The header and half of the body, or nothing if the body is empty."""
    DROPPED = "dropped"
    """Nothing."""


@dataclass(slots=True)
class RawResponse:
    """An HTTP response. The HTTP server adds `Content-Length`, `Date` and `Connection`."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    body: bytes = b""
    delivery: Delivery = Delivery.COMPLETE

    def set_header(self, name: str, value: str) -> None:
        """Replace every header of that name, ignoring case."""
        others = [header for header in self.headers if header[0].lower() != name.lower()]
        self.headers = [*others, (name, value)]


class WireProtocol(Enum):
    """Wire protocols of AWS services, distinguished by the format of their errors."""

    JSON = "json"
    REST_JSON = "rest-json"
    QUERY = "query"
    EC2 = "ec2"
    S3 = "s3"

    @property
    def has_json_errors(self) -> bool:
        """Whether services with this protocol return their errors as JSON."""
        return self in (WireProtocol.JSON, WireProtocol.REST_JSON)

    @property
    def has_form_parameters(self) -> bool:
        """Whether services with this protocol accept their parameters as a form."""
        return self in (WireProtocol.QUERY, WireProtocol.EC2)


class UploadResponder(Protocol):
    """Converts the response to a form upload; the fields of the form determine its format."""

    def make_response(self, put: RawResponse) -> RawResponse:
        """Convert the response to the PutObject request."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """The signature of a request and its credential scope, as read by `front.signatures`.

    Attributes:
        access_key_id: The access key ID of the signer.
        session_token: The session token, or None for a long-term access key.
        service: The service in the credential scope.
        region: The region in the credential scope.
        expires_at: When a presigned URL or the policy of an upload form expires, in seconds since
            the epoch (UTC). None for a request that is signed in its headers.
        value: The signature itself.
        signed_headers: The names of the signed headers, in lower case.
        scope: The credential scope without the access key ID. Empty for a version 2 signature.
        date: The date in the string to sign.
        signed_request: The request as received, over which the signature was made.
        policy: The policy of an upload form, which is signed instead of the request.
    """

    access_key_id: str
    session_token: str | None = field(repr=False)
    service: str
    region: str
    expires_at: float | None
    value: str = field(repr=False)
    signed_headers: tuple[str, ...]
    scope: str
    date: str
    signed_request: RawRequest
    policy: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRequest:
    """A parsed request to one operation of one service.

    All parts of the emulator use this interpretation of the HTTP request.

    Attributes:
        service: The service's signing name, for example "sts" or "s3".
        protocol: The wire protocol.
        operation: The name of the operation. Empty if only the path determines it (REST).
        region: The region in the signature, or else the region of the emulator.
        is_public: Whether AWS accepts the operation unsigned. Always False for S3, whose
            bucket policies decide instead.
        http: The normalized request, which differs from the request that was signed.
        parameters: The parameters from the form or the JSON body, without parameters that the
            operation does not define. Empty if the body is not a JSON object, and for S3 and other
            REST services.
        has_json_body: Whether the body is empty or a JSON object. Always False for a form.
        signature: The signature, or None if the request is unsigned.
        signature_error: The error if the authorization of the request cannot be parsed.
        request_error: The error if the operation is unknown or its parameters cannot be parsed.
        upload_form: The form from which `http` was converted, or None.
    """

    service: str
    protocol: WireProtocol
    operation: str
    region: str
    is_public: bool
    http: RawRequest
    parameters: Mapping[str, Any] = field(repr=False)
    has_json_body: bool
    signature: Signature | None
    signature_error: AwsError | None = None
    request_error: AwsError | None = None
    upload_form: UploadResponder | None = None

    @property
    def operation_or_method(self) -> str:
        """The name of the operation, or the HTTP method if only the path determines it."""
        return self.operation or self.http.method
