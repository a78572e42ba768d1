"""Signature Version 4, for requests that must be signed.

The implementation follows "Create a signed AWS API request" in the IAM user guide.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, unquote_to_bytes, urlsplit

from cognito_credentials._core.http import HttpRequest
from cognito_credentials._external_text import HiddenText

__all__ = ["EMPTY_PAYLOAD_HASH", "SigningKey", "compute_headers", "encode_url", "sign"]

ALGORITHM = "AWS4-HMAC-SHA256"
DEFAULT_PORTS = {"http": ":80", "https": ":443"}
# This header is not signed, because proxies may change it.
UNSIGNED_HEADER = "user-agent"
EMPTY_PAYLOAD_HASH = hashlib.sha256().hexdigest()


class SigningKey:
    """Access key of an AWS principal at one point in time; the repr of each value is redacted."""

    __slots__ = ("access_key_id", "secret_access_key", "session_token")

    def __init__(
        self, access_key_id: str, secret_access_key: str, session_token: str | None
    ) -> None:
        self.access_key_id: str = HiddenText(access_key_id)
        self.secret_access_key: str = HiddenText(secret_access_key)
        self.session_token: str | None = HiddenText(session_token) if session_token else None

    def secrets(self) -> tuple[str, ...]:
        """Return the secrets that an error response might echo, so that they can be redacted."""
        return (self.secret_access_key, *filter(None, (self.session_token,)))


def sign(
    request: HttpRequest, key: SigningKey, *, region: str, service: str, now: float
) -> HttpRequest:
    """Return a signed copy of a request. The signature covers all headers except User-Agent.

    Args:
        request: The request. Its URL must have the encoding that `encode_url` produces.
        key: The key to sign with.
        region: Region of the endpoint.
        service: Name of the service in the signature, such as `cognito-identity`.
        now: Time on the service's clock, in seconds since 1970. The service rejects a signature
            whose time is off by more than five minutes.
    """
    url = urlsplit(request.url)
    headers = {
        # Set the header here, so that the transport sends the host name exactly as it is signed.
        "Host": url.netloc.lower().removesuffix(DEFAULT_PORTS.get(url.scheme, "")),
        **request.headers,
    }
    headers |= compute_headers(
        request.method,
        request.url,
        {name: value for name, value in headers.items() if name.lower() != UNSIGNED_HEADER},
        hashlib.sha256(request.body).hexdigest(),
        key=key,
        region=region,
        service=service,
        now=now,
    )
    return HttpRequest(request.method, request.url, headers, request.body)


def compute_headers(
    method: str,
    url: str,
    headers: Mapping[str, str],
    payload_hash: str,
    *,
    key: SigningKey,
    region: str,
    service: str,
    now: float,
) -> dict[str, str]:
    """Return the headers that sign a request: the date, the session token and the authorization.

    Args:
        method: The HTTP method, in upper case.
        url: URL as the client sends it, in the encoding that `encode_url` produces.
        headers: The headers to sign, including `Host`, as the client sends them.
        payload_hash: SHA-256 hash of the body in hexadecimal digits, or `UNSIGNED-PAYLOAD`.
        key: See `sign`.
        region: See `sign`.
        service: See `sign`.
        now: See `sign`.
    """
    date = f"{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}"
    added = {"X-Amz-Date": date}
    if key.session_token is not None:
        added["X-Amz-Security-Token"] = key.session_token
    signed = {name.lower(): " ".join(value.split()) for name, value in {**headers, **added}.items()}
    names = ";".join(sorted(signed))
    parts = urlsplit(url)
    canonical_request = "\n".join(
        (
            method,
            _canonicalize_path(parts.path, service),
            "&".join(f"{name}={value}" for name, _, value in sorted(_split_query(parts.query))),
            *(f"{name}:{signed[name]}" for name in sorted(signed)),
            "",
            names,
            payload_hash,
        )
    )
    digest = hashlib.sha256(canonical_request.encode()).hexdigest()
    scope = f"{date[:8]}/{region}/{service}/aws4_request"
    signature = _compute_signature(key, scope, f"{ALGORITHM}\n{date}\n{scope}\n{digest}")
    added["Authorization"] = HiddenText(
        f"{ALGORITHM} Credential={key.access_key_id}/{scope}, SignedHeaders={names}, "
        f"Signature={signature}"
    )
    return added


def encode_url(url: str, service: str) -> str:
    """Return an equivalent URL with the percent-encoding that signatures require.

    HTTP clients leave different characters unencoded, and encode a space as `+` or `%20`. A service
    decodes the query and encodes it again before it verifies the signature; S3 does the same with
    the path. If the URL already has this encoding, client and service cannot disagree.
    """
    parts = urlsplit(url)
    path = _reencode(parts.path, "/") if service == "s3" else parts.path
    query = "&".join(
        f"{_reencode(name.replace('+', ' '))}{equals}{_reencode(value.replace('+', ' '))}"
        for name, equals, value in _split_query(parts.query)
    )
    return parts._replace(path=path, query=query).geturl()


def _reencode(text: str, separators: str = "") -> str:
    # A service decodes bytes, which may not be valid UTF-8.
    return quote(unquote_to_bytes(text), safe=f"~{separators}")


def _split_query(query: str) -> list[tuple[str, str, str]]:
    return [pair.partition("=") for pair in query.split("&") if pair]


def _canonicalize_path(path: str, service: str) -> str:
    if service == "s3":
        return path or "/"
    # All services except S3 remove dot segments and empty segments, and encode the path again.
    segments: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del segments[-1:]
        elif segment not in ("", "."):
            segments.append(segment)
    end = "/" if segments and path.endswith("/") else ""
    return quote(f"/{'/'.join(segments)}{end}", safe="/~")


def _compute_signature(key: SigningKey, scope: str, text: str) -> str:
    derived = f"AWS4{key.secret_access_key}".encode()
    for part in (*scope.split("/"), text):
        derived = hmac.digest(derived, part.encode(), "sha256")
    return derived.hex()
