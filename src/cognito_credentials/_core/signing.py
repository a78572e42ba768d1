"""Signature Version 4, for operations that require signed requests.

The implementation follows "Create a signed AWS API request" in the IAM user guide. The query string
is always empty, because all parameters of Amazon Cognito Identity are in the body.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from cognito_credentials._core.http import HttpRequest
from cognito_credentials._external_text import HiddenText

__all__ = ["SigningKey", "sign"]

ALGORITHM = "AWS4-HMAC-SHA256"
DEFAULT_PORTS = {"http": ":80", "https": ":443"}
# Not signed, because proxies may change this header.
UNSIGNED_HEADER = "user-agent"


class SigningKey:
    """Access key of an AWS principal at one point in time; its repr is redacted."""

    __slots__ = ("access_key_id", "secret_access_key", "session_token")

    def __init__(
        self, access_key_id: str, secret_access_key: str, session_token: str | None
    ) -> None:
        self.access_key_id: str = HiddenText(access_key_id)
        self.secret_access_key: str = HiddenText(secret_access_key)
        self.session_token: str | None = HiddenText(session_token) if session_token else None

    def secrets(self) -> tuple[str, ...]:
        """Return the secrets, which an error response may repeat."""
        return (self.secret_access_key, *filter(None, (self.session_token,)))


def sign(
    request: HttpRequest, key: SigningKey, *, region: str, service: str, now: float
) -> HttpRequest:
    """Return a signed copy of a request.

    Args:
        request: A request whose URL has no query.
        key: The key to sign with.
        region: Region of the endpoint.
        service: Name of the service in the signature, such as `cognito-identity`.
        now: Time on the service's clock, in seconds since 1970. The service rejects a signature
            whose time is off by more than five minutes.
    """
    url = urlsplit(request.url)
    date = f"{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}"
    headers = {
        # Set the header here, so that the transport sends the host name exactly as it is signed.
        "Host": url.netloc.lower().removesuffix(DEFAULT_PORTS.get(url.scheme, "")),
        **request.headers,
        "X-Amz-Date": date,
    }
    if key.session_token is not None:
        headers["X-Amz-Security-Token"] = key.session_token
    signed = {
        name.lower(): " ".join(value.split())
        for name, value in headers.items()
        if name.lower() != UNSIGNED_HEADER
    }
    names = ";".join(sorted(signed))
    canonical_request = "\n".join(
        (
            request.method,
            # All services except S3 require a second encoding of the path.
            quote(url.path, safe="/~") or "/",
            "",  # The query is empty.
            *(f"{name}:{signed[name]}" for name in sorted(signed)),
            "",
            names,
            hashlib.sha256(request.body).hexdigest(),
        )
    )
    digest = hashlib.sha256(canonical_request.encode()).hexdigest()
    scope = f"{date[:8]}/{region}/{service}/aws4_request"
    signature = _compute_signature(key, scope, f"{ALGORITHM}\n{date}\n{scope}\n{digest}")
    headers["Authorization"] = HiddenText(
        f"{ALGORITHM} Credential={key.access_key_id}/{scope}, SignedHeaders={names}, "
        f"Signature={signature}"
    )
    return HttpRequest(request.method, request.url, headers, request.body)


def _compute_signature(key: SigningKey, scope: str, text: str) -> str:
    derived = f"AWS4{key.secret_access_key}".encode()
    for part in (*scope.split("/"), text):
        derived = hmac.digest(derived, part.encode(), "sha256")
    return derived.hex()
