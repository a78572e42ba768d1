"""AWS signatures: Signature Version 4, and Version 2 for presigned URLs and upload forms of S3.

This module performs no I/O. The implementation follows "Create a signed AWS API request" in the IAM
user guide, and "Signing and authenticating REST requests" in the S3 user guide. The expiry of a
presigned URL is checked against the emulator's clock. The signing time is not checked, because
tests advance the emulator's clock by hours.
"""

from __future__ import annotations

import base64
import calendar
import hashlib
import hmac
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, quote, unquote

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.messages import RawRequest, Signature

_DIGEST = re.compile(r"[0-9a-f]{64}")
# If a service name has any other form, moto might perform the request with a different service than
# the service that access control has checked.
_SERVICE = re.compile(r"[a-z0-9-]+")
_REGION = re.compile(r"[a-z]{2,5}(-[a-z]+)+-[0-9]+|aws-global|local(host)?")
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_ALGORITHM = "AWS4-HMAC-SHA256"


_QUERY_PARAMETERS = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-Date",
    "X-Amz-SignedHeaders",
    "X-Amz-Expires",
)
_QUERY_PARAMETERS_VERSION_2 = ("Signature", "Expires", "AWSAccessKeyId")
_MAX_LIFETIME_SECONDS = 604_800
# An x-amz- header that need not be signed, because the signature covers its value in any case.
_CONTENT_DIGEST = "x-amz-content-sha256"


class MalformedSignatureError(Exception):
    """Error for a request whose authorization has an unknown format.

    Attributes:
        query_error: The error that S3 returns for a presigned URL or an upload form. None if the
            signature is in a header, or S3 has no special error.
    """

    def __init__(self, query_error: AwsError | None = None) -> None:
        super().__init__()
        self.query_error = query_error


def read_signature(request: RawRequest) -> Signature | None:
    """Return the signature of a request, or None if it is unsigned.

    Raises:
        MalformedSignatureError: If the authorization has an unknown format.
    """
    authorization = request.header("Authorization")
    if not authorization and not request.query:
        return None
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    try:
        if authorization.startswith(f"{_ALGORITHM} "):
            fields = _parse_authorization(authorization)
            return _make_version_4(
                request,
                credential=fields["Credential"],
                session_token=request.headers.get("X-Amz-Security-Token"),
                signed_headers=fields["SignedHeaders"],
                value=fields["Signature"],
                date=request.header("X-Amz-Date"),
                lifetime=None,
            )
    except (KeyError, ValueError) as error:
        raise MalformedSignatureError from error
    if authorization.startswith("AWS"):
        raise MalformedSignatureError
    if not query.keys().isdisjoint(_QUERY_PARAMETERS[:3]):
        return _read_query(request, query)
    if "AWSAccessKeyId" in query or "Signature" in query:
        return _read_query_version_2(request, query)
    return None


def _read_query(request: RawRequest, query: Mapping[str, str]) -> Signature:
    """Return the signature of a presigned URL. The error messages are the same as in S3."""
    if not query.keys() >= set(_QUERY_PARAMETERS):
        names = ", ".join(_QUERY_PARAMETERS[:-1])
        raise _query_error(
            f"Query-string authentication version 4 requires the {names}, and X-Amz-Expires"
            " parameters."
        )
    if query["X-Amz-Algorithm"] != _ALGORITHM:
        raise _query_error(
            'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"'
        )
    expires = query["X-Amz-Expires"]
    if not _INTEGER.fullmatch(expires):
        raise _query_error("X-Amz-Expires should be a number")
    if int(expires) < 0:
        raise _query_error("X-Amz-Expires must be non-negative")
    if int(expires) > _MAX_LIFETIME_SECONDS:
        raise _query_error(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires"
            f" must be less than {_MAX_LIFETIME_SECONDS} seconds"
        )
    date = query["X-Amz-Date"]
    try:
        _parse_date(date)
    except ValueError:
        raise _query_error(
            "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
        ) from None
    try:
        return _make_version_4(
            request,
            credential=query["X-Amz-Credential"],
            session_token=query.get("X-Amz-Security-Token"),
            signed_headers=query["X-Amz-SignedHeaders"],
            value=query["X-Amz-Signature"],
            date=date,
            lifetime=int(expires),
        )
    except ValueError:
        raise _query_error(
            "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting"
            ' "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
        ) from None


def _read_query_version_2(request: RawRequest, query: Mapping[str, str]) -> Signature:
    if not query.keys() >= set(_QUERY_PARAMETERS_VERSION_2):
        text = "Query-string authentication requires the Signature, Expires and AWSAccessKeyId"
        raise MalformedSignatureError(AwsError("AccessDenied", f"{text} parameters", 403))
    expires = query["Expires"]
    if not _INTEGER.fullmatch(expires):
        text = f"Invalid date (should be seconds since epoch): {expires}"
        raise MalformedSignatureError(AwsError("AccessDenied", text, 403))
    return Signature(
        access_key_id=query["AWSAccessKeyId"],
        session_token=query.get("x-amz-security-token"),
        service="s3",
        region="us-east-1",
        expires_at=float(expires),
        value=query["Signature"],
        signed_headers=(),
        scope="",
        date=expires,
        signed_request=request,
    )


def read_form_signature(
    request: RawRequest, fields: Mapping[str, str], expires_at: float
) -> Signature:
    """Return the signature of an upload form with a policy.

    Args:
        request: The request as received.
        fields: The fields of the form, by their names in lower case.
        expires_at: When the policy expires, in seconds since the epoch (UTC).

    Raises:
        MalformedSignatureError: If a field is missing or malformed.
    """
    version_2 = {"awsaccesskeyid", "signature"}
    names = {name.lower() for name in _QUERY_PARAMETERS[:4]}
    try:
        if version_2 <= fields.keys():
            return Signature(
                access_key_id=fields["awsaccesskeyid"],
                session_token=fields.get("x-amz-security-token"),
                service="s3",
                region="us-east-1",
                expires_at=expires_at,
                value=fields["signature"],
                signed_headers=(),
                scope="",
                date="",
                signed_request=request,
                policy=fields["policy"],
            )
        missing = sorted(names - fields.keys())
        if missing or fields["x-amz-algorithm"] != _ALGORITHM:
            name = missing[0] if missing else "x-amz-algorithm"
            text = f"Bucket POST must contain a field named '{name}'."
            raise MalformedSignatureError(AwsError("InvalidArgument", text, 400))
        signature = _make_version_4(
            request,
            credential=fields["x-amz-credential"],
            session_token=fields.get("x-amz-security-token"),
            signed_headers="",
            value=fields["x-amz-signature"],
            date=fields["x-amz-date"],
            lifetime=0,
        )
    except ValueError as error:
        raise MalformedSignatureError from error
    return replace(signature, expires_at=expires_at, policy=fields["policy"])


def _query_error(text: str) -> MalformedSignatureError:
    return MalformedSignatureError(AwsError("AuthorizationQueryParametersError", text, 400))


def _parse_date(date: str) -> int:
    return calendar.timegm(time.strptime(date, "%Y%m%dT%H%M%SZ"))


def is_signed_with(signature: Signature, secret_access_key: str) -> bool:
    """Return True if the signature was made with `secret_access_key`."""
    if signature.policy is not None:
        expected = _sign_policy(signature, secret_access_key, signature.policy)
        return hmac.compare_digest(expected.encode(), signature.value.encode())
    compute = _compute_version_4 if signature.scope else _compute_version_2
    expected = compute(signature, secret_access_key, signature.signed_request)
    return hmac.compare_digest(expected.encode(), signature.value.encode())


def covers_amz_headers(signature: Signature) -> bool:
    """Return True if every `x-amz-` header is signed, as S3 requires.

    Otherwise the holder of a presigned URL could add an `x-amz-copy-source`. Version 2 always
    signs these headers, and the policy of an upload form covers all fields.
    """
    return (
        not signature.scope
        or signature.policy is not None
        or all(
            name.lower() in signature.signed_headers
            for name in signature.signed_request.headers
            if name.lower().startswith("x-amz-") and name.lower() != _CONTENT_DIGEST
        )
    )


def _parse_authorization(authorization: str) -> dict[str, str]:
    pairs = authorization.removeprefix(f"{_ALGORITHM} ").split(",")
    parts = (pair.strip().partition("=") for pair in pairs)
    return {name: value for name, _, value in parts}


def _make_version_4(
    request: RawRequest,
    *,
    credential: str,
    session_token: str | None,
    signed_headers: str,
    value: str,
    date: str,
    lifetime: int | None,
) -> Signature:
    access_key_id, _, scope = credential.partition("/")
    _, region, service, _ = scope.split("/")
    service = service.lower()
    if not _SERVICE.fullmatch(service) or not _REGION.fullmatch(region):
        raise ValueError
    signed_at = _parse_date(date)
    return Signature(
        access_key_id=access_key_id,
        session_token=session_token,
        service=service,
        region=region,
        expires_at=None if lifetime is None else float(signed_at + lifetime),
        value=value,
        signed_headers=tuple(signed_headers.split(";")),
        scope=scope,
        date=date,
        signed_request=request,
    )


def _compute_version_4(signature: Signature, secret: str, request: RawRequest) -> str:
    is_presigned = signature.expires_at is not None
    canonical_request = "\n".join(
        (
            request.method,
            _canonicalize_path(request.path, signature.service),
            _canonicalize_query(request.query),
            *(f"{name}:{_canonicalize_header(request, name)}" for name in signature.signed_headers),
            "",
            ";".join(signature.signed_headers),
            _hash_payload(request, signature, is_presigned=is_presigned),
        )
    )
    digest = hashlib.sha256(canonical_request.encode()).hexdigest()
    text = f"{_ALGORITHM}\n{signature.date}\n{signature.scope}\n{digest}"
    return _sign_version_4(signature, secret, text)


def _sign_version_4(signature: Signature, secret: str, text: str) -> str:
    key = f"AWS4{secret}".encode()
    for part in signature.scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def _sign_policy(signature: Signature, secret: str, policy: str) -> str:
    if signature.scope:
        return _sign_version_4(signature, secret, policy)
    return base64.b64encode(hmac.digest(secret.encode(), policy.encode(), "sha1")).decode()


def _canonicalize_path(path: str, service: str) -> str:
    # S3 signs the path as sent. All other services sign the path after encoding it once more.
    return path if service in ("s3", "s3express") else quote(path, safe="/~") or "/"


def _canonicalize_query(query: str) -> str:
    parts = (part.partition("=") for part in query.split("&") if part)
    # Sort the pairs, not the joined strings: the "=" after "a" sorts after the "-" in "a-b", so
    # that "a-b=" would precede "a=".
    pairs = sorted((_reencode(name), _reencode(value)) for name, _, value in parts)
    return "&".join(f"{name}={value}" for name, value in pairs if name != "X-Amz-Signature")


def _reencode(text: str) -> str:
    return quote(unquote(text.replace("+", "%20")), safe="~")


def _canonicalize_header(request: RawRequest, name: str) -> str:
    values = request.headers.get_all(name)
    return ",".join(" ".join(value.split()) for value in values)


def _hash_payload(request: RawRequest, signature: Signature, *, is_presigned: bool) -> str:
    declared = request.header(_CONTENT_DIGEST)
    if is_presigned and signature.service == "s3":
        if _CONTENT_DIGEST not in signature.signed_headers:
            declared = ""
        if not declared:
            return "UNSIGNED-PAYLOAD"
    if declared and not _DIGEST.fullmatch(declared):
        return declared  # The value is UNSIGNED-PAYLOAD, or STREAMING-... for a chunked upload.
    return hashlib.sha256(request.body).hexdigest()


# The query parameters that are part of a SigV2 signature (S3 user guide, "Constructing the
# CanonicalizedResource element").
_SUBRESOURCES = frozenset(
    """
    accelerate acl cors delete lifecycle location logging notification partNumber policy
    requestPayment response-cache-control response-content-disposition
    response-content-encoding response-content-language response-content-type response-expires
    restore tagging torrent uploadId uploads versionId versioning versions website
    """.split()  # noqa: SIM905 - a list would take thirty lines
)


def _compute_version_2(signature: Signature, secret: str, request: RawRequest) -> str:
    pairs = parse_qsl(request.query, keep_blank_values=True)
    amz_headers = {
        name.lower(): value for name, value in pairs if name.lower().startswith("x-amz-")
    }
    amz_headers |= {
        name.lower(): _canonicalize_header(request, name)
        for name in request.headers
        if name.lower().startswith("x-amz-")
    }
    subresources = sorted(pair for pair in pairs if pair[0] in _SUBRESOURCES)
    resource = request.path + "?" * bool(subresources)
    resource += "&".join(name + f"={value}" * bool(value) for name, value in subresources)
    text = "\n".join(
        (
            request.method,
            request.header("Content-MD5"),
            request.header("Content-Type"),
            signature.date,
            *(f"{name}:{value}" for name, value in sorted(amz_headers.items())),
            resource,
        )
    )
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), "sha1")).decode()
