"""Signature Version 4 for HTTP clients; the integrations with these clients use this module."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from cognito_credentials._core.endpoints import check_region
from cognito_credentials._core.rejections import REJECTION_CODES
from cognito_credentials._core.signing import (
    DEFAULT_PORTS,
    SigningKey,
    compute_headers,
    encode_url,
)
from cognito_credentials._validation import format_value
from cognito_credentials.credentials import Credentials, read_clock
from cognito_credentials.errors import ConfigurationError

__all__ = [
    "AUTHORIZATION",
    "REJECTION_STATUSES",
    "SECURITY_TOKEN",
    "RequestSigner",
    "get_origin",
    "is_token_rejected",
]

AUTHORIZATION = "Authorization"
SECURITY_TOKEN = "X-Amz-Security-Token"  # noqa: S105 - this is the name of a header
CONTENT_DIGEST = "X-Amz-Content-SHA256"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
# These headers and `X-Amz-` headers are signed. Clients and proxies may change other headers.
SIGNED_HEADERS = frozenset(("host", "content-type", "content-md5"))
# Signing sets these headers. The values from an earlier signature of the request are ignored.
OWN_HEADERS = frozenset(("x-amz-date", "x-amz-security-token", "x-amz-content-sha256"))
SERVICE = re.compile(r"[a-z0-9-]{1,64}")

REJECTION_STATUSES = frozenset((400, 401, 403))
# Services report the code in a header, or in a JSON or XML body. Amazon API Gateway and Amazon
# OpenSearch Service may report only the error message.
_REJECTED_TOKEN = re.compile(
    rf"\b({'|'.join(sorted(REJECTION_CODES))})\b"
    "|security token included in the request is expired"
)
MAX_ERROR_LENGTH = 4096


class RequestSigner:
    """Signer of requests to one service in one region. Immutable.

    Args:
        service: Name of the service in the signature.
        region: Region of the endpoint.

    Raises:
        ConfigurationError: If an argument is invalid.
    """

    def __init__(self, service: object, region: str) -> None:
        if not isinstance(service, str) or not SERVICE.fullmatch(service):
            raise ConfigurationError(
                f"service must be the name of a service in signatures, not {format_value(service)}",
                hint="Use a name such as es (OpenSearch Service), aoss (OpenSearch Serverless), appsync, "
                "execute-api (API Gateway), bedrock-agentcore, lambda or s3.",
            )
        self.service = service
        self.region = check_region(region, "region")

    def encode_url(self, url: str) -> str:
        """Return an equivalent URL in the encoding that the signature requires."""
        return encode_url(url, self.service)

    def allows_unsigned_payload(self, url: str) -> bool:
        """Return True if the signature need not cover the body, so that the body can be streamed."""
        return self.service == "s3" and urlsplit(url).scheme == "https"

    def sign(
        self,
        credentials: Credentials,
        method: str,
        url: str,
        headers: Iterable[tuple[str, str]],
        body: bytes | str | None,
    ) -> dict[str, str]:
        """Return the headers that sign a request.

        Args:
            credentials: The credentials to sign with. Their clock determines the time of the
                signature, so that a wrong clock on this machine causes no error.
            method: The HTTP method.
            url: The URL, which `encode_url` has encoded.
            headers: The headers of the request.
            body: The body, or its SHA-256 hash in hexadecimal digits; None to leave the body
                unsigned.
        """
        digest = UNSIGNED_PAYLOAD if body is None else body
        if isinstance(digest, bytes):
            digest = hashlib.sha256(digest).hexdigest()
        signed = {"host": _get_host(url)}
        repeated: dict[str, str] = {}
        for name, value in headers:
            key = name.lower()
            if key in SIGNED_HEADERS or (key.startswith("x-amz-") and key not in OWN_HEADERS):
                repeated[key] = f"{repeated[key]},{value}" if key in repeated else value
        signed |= repeated
        signed[CONTENT_DIGEST.lower()] = digest
        added = compute_headers(
            method.upper(),
            url,
            signed,
            digest,
            key=SigningKey(
                credentials.access_key_id, credentials.secret_access_key, credentials.session_token
            ),
            region=self.region,
            service=self.service,
            now=read_clock(credentials),
        )
        return {CONTENT_DIGEST: digest, **added}

    def __repr__(self) -> str:
        return f"{self.service!r}, region={self.region!r}"


def is_token_rejected(error_type: str | None, body: bytes) -> bool:
    """Return True if a response says that the session token has expired or is invalid.

    Args:
        error_type: The header `x-amzn-ErrorType`, or None.
        body: The body of the response.
    """
    text = f"{error_type or ''}\n{body[:MAX_ERROR_LENGTH].decode('utf-8', 'replace')}"
    return _REJECTED_TOKEN.search(text) is not None


def get_origin(url: str) -> tuple[str, str]:
    """Return the scheme and the host of a URL, with the port unless it is the default port."""
    return urlsplit(url).scheme, _get_host(url)


def _get_host(url: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2].lower()
    return host.removesuffix(DEFAULT_PORTS.get(parts.scheme, ""))
