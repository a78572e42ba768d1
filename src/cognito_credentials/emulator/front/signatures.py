"""Who signed a request, and whether with the right secret: SigV4, and S3's presigned SigV2.

Pure. Follows "Create a signed AWS API request" in the IAM user guide and "Signing and
authenticating REST requests" in the S3 user guide. The time of signing is not compared with the
emulator's clock, which tests move by hours; the end of a presigned URL is.
"""

from __future__ import annotations

import base64
import calendar
import hashlib
import hmac
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote

if TYPE_CHECKING:
    from cognito_credentials.emulator.http_server import HttpRequest


@dataclass(frozen=True, slots=True)
class Signature:
    """Hold what a request says of its signer.

    ``service`` and ``region`` are those of the credential scope. ``expires`` is when a presigned
    URL ends (seconds since the epoch), None for a request signed in its headers.
    """

    access_key_id: str
    session_token: str | None
    service: str
    region: str
    expires: float | None
    value: str
    signed_headers: tuple[str, ...]
    scope: str
    date: str

    def made_with(self, secret_access_key: str, request: HttpRequest) -> bool:
        """Say whether the holder of ``secret_access_key`` signed ``request``."""
        if not self.scope:
            expected = _version_2(self, secret_access_key, request)
        else:
            expected = _version_4(self, secret_access_key, request)
        return hmac.compare_digest(expected.encode(), self.value.encode())

    def covers_headers(self, request: HttpRequest) -> bool:
        """Say whether all is signed that S3 wants signed: every ``x-amz-`` header.

        Else the holder of a presigned URL could send an ``x-amz-copy-source`` along. The older
        version 2 signs them all.
        """
        return not self.scope or all(
            name.lower() in self.signed_headers
            for name in request.headers
            if name.lower().startswith("x-amz-")
        )


_DIGEST = re.compile(r"[0-9a-f]{64}")
# A scope with anything else could name, to moto, a service that the gate did not judge.
_SERVICE = re.compile(r"[a-z0-9-]+")
_REGION = re.compile(r"[a-z]{2,5}(-[a-z]+)+-[0-9]+|aws-global|local(host)?")


class MalformedSignatureError(Exception):
    """Tell that a request carries an authorization that cannot be read."""


def read_signature(request: HttpRequest) -> Signature | None:
    """Find the signature of ``request``; None where it is unsigned.

    Raises ``MalformedSignatureError`` where there is an authorization of a form not known here.
    """
    authorization = request.header("Authorization")
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    try:
        if authorization.startswith("AWS4-HMAC-SHA256 "):
            pairs = (part.strip().partition("=") for part in authorization[17:].split(","))
            fields = {name: value for name, _, value in pairs}
            return _scoped(
                credential=fields["Credential"],
                session_token=request.headers.get("X-Amz-Security-Token"),
                signed_headers=fields["SignedHeaders"],
                value=fields["Signature"],
                date=request.header("X-Amz-Date"),
                lifetime=None,
            )
        if query.get("X-Amz-Algorithm") == "AWS4-HMAC-SHA256":
            return _scoped(
                credential=query["X-Amz-Credential"],
                session_token=query.get("X-Amz-Security-Token"),
                signed_headers=query["X-Amz-SignedHeaders"],
                value=query["X-Amz-Signature"],
                date=query["X-Amz-Date"],
                lifetime=int(query["X-Amz-Expires"]),
            )
        if "AWSAccessKeyId" in query and "Signature" in query:
            return Signature(
                access_key_id=query["AWSAccessKeyId"],
                session_token=query.get("x-amz-security-token"),
                service="s3",
                region="us-east-1",
                expires=float(query["Expires"]),
                value=query["Signature"],
                signed_headers=(),
                scope="",
                date=query["Expires"],
            )
    except (KeyError, ValueError) as error:
        raise MalformedSignatureError from error
    if authorization.startswith("AWS"):
        raise MalformedSignatureError
    return None


def _scoped(
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
    signed_at = calendar.timegm(time.strptime(date, "%Y%m%dT%H%M%SZ"))
    return Signature(
        access_key_id=access_key_id,
        session_token=session_token,
        service=service,
        region=region,
        expires=None if lifetime is None else float(signed_at + lifetime),
        value=value,
        signed_headers=tuple(signed_headers.split(";")),
        scope=scope,
        date=date,
    )


def _version_4(signature: Signature, secret: str, request: HttpRequest) -> str:
    canonical = "\n".join(
        (
            request.method,
            _canonical_path(request.path, signature.service),
            _canonical_query(request.query),
            *(f"{name}:{_canonical_header(request, name)}" for name in signature.signed_headers),
            "",
            ";".join(signature.signed_headers),
            _payload_hash(request, signature.service, presigned=signature.expires is not None),
        )
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{signature.date}\n{signature.scope}\n{digest}"
    key = f"AWS4{secret}".encode()
    for part in signature.scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def _canonical_path(path: str, service: str) -> str:
    # S3 signs the path as sent; everyone else encodes it once more.
    return path if service in ("s3", "s3express") else quote(path, safe="/~") or "/"


def _canonical_query(query: str) -> str:
    pairs = (part.partition("=") for part in query.split("&") if part)
    return "&".join(
        sorted(
            f"{_recoded(name)}={_recoded(value)}"
            for name, _, value in pairs
            if name != "X-Amz-Signature"
        )
    )


def _recoded(text: str) -> str:
    return quote(unquote(text.replace("+", "%20")), safe="~")


def _canonical_header(request: HttpRequest, name: str) -> str:
    values = request.headers.get_all(name, [])
    return ",".join(" ".join(str(value).split()) for value in values)


def _payload_hash(request: HttpRequest, service: str, *, presigned: bool) -> str:
    declared = request.header("X-Amz-Content-SHA256")
    if declared and not _DIGEST.fullmatch(declared):
        return declared  # UNSIGNED-PAYLOAD, or one of the streaming forms
    if presigned and service == "s3" and not declared:
        return "UNSIGNED-PAYLOAD"
    return hashlib.sha256(request.body).hexdigest()


# The parts of a query string that SigV2 signs (S3 user guide, "Constructing the
# CanonicalizedResource element").
_SUBRESOURCES = frozenset(
    """
    accelerate acl cors delete lifecycle location logging notification partNumber policy
    requestPayment response-cache-control response-content-disposition
    response-content-encoding response-content-language response-content-type response-expires
    restore tagging torrent uploadId uploads versionId versioning versions website
    """.split()  # noqa: SIM905 - a list of thirty lines tells no more
)


def _version_2(signature: Signature, secret: str, request: HttpRequest) -> str:
    pairs = parse_qsl(request.query, keep_blank_values=True)
    amz = {name.lower(): value for name, value in pairs if name.lower().startswith("x-amz-")}
    amz |= {
        name.lower(): _canonical_header(request, name)
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
            *(f"{name}:{value}" for name, value in sorted(amz.items())),
            resource,
        )
    )
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), "sha1")).decode()
