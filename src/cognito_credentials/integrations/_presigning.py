"""Presigned URLs whose expiration is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cognito_credentials._sync.cache import CredentialsCache
from cognito_credentials._validation import check_seconds
from cognito_credentials.credentials import Credentials
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.integrations._botocore import CognitoCredentials
from cognito_credentials.policy import MAX_CREDENTIAL_SECONDS

__all__ = ["create_presigned_url"]


def create_presigned_url(
    client: Any,
    operation_name: str,
    params: dict[str, Any],
    expires_in: int,
    min_remaining: float,
    http_method: str | None,
) -> tuple[str, datetime]:
    """Return a presigned URL and its expiration; see `integrations.boto3.presign`."""
    check_seconds("min_remaining", min_remaining, at_most=MAX_CREDENTIAL_SECONDS)
    if min_remaining > expires_in:
        raise ConfigurationError(
            f"min_remaining must be at most expires_in ({expires_in}), not {min_remaining}",
            hint="Increase expires_in.",
        )
    credentials = _get_credentials(client)
    options = {"HttpMethod": http_method} if http_method else {}
    while True:
        used = _get_lasting(credentials.cache, min_remaining)
        url: str = client.generate_presigned_url(
            operation_name, Params=params, ExpiresIn=expires_in, **options
        )
        # If the URL contains another access key ID, the credentials were refreshed in the meantime.
        if used.access_key_id in url:
            return url, min(_get_end(url), used.expiration)


def _get_credentials(client: Any) -> CognitoCredentials:
    # Only this private attribute of a client contains its credentials.
    signer = getattr(client, "_request_signer", None)
    credentials = getattr(signer, "_credentials", None)
    if not isinstance(credentials, CognitoCredentials):
        raise ConfigurationError(
            f"client must be a client with this library's credentials, not {type(client).__name__}",
            hint="Create the client with session(provider).client(...) of integrations.boto3.",
        )
    return credentials


def _get_lasting(cache: Any, min_remaining: float) -> Credentials:
    if isinstance(cache, CredentialsCache):
        return cache.get(min_remaining)
    credentials: Credentials = cache.get()
    remaining = credentials.remaining.total_seconds()
    if remaining < min_remaining:
        raise ConfigurationError(
            f"min_remaining is {min_remaining:.0f} s, but the broker's credentials are valid for only "
            f"{remaining:.0f} s",
            hint="Pass a smaller min_remaining, or create the broker with "
            "policy=RefreshPolicy(mandatory_refresh_window=...) of at least min_remaining seconds.",
        )
    return credentials


def _get_end(url: str) -> datetime:
    """Return the time in a presigned URL after which the service rejects the URL."""
    query = dict(parse_qsl(urlsplit(url).query))
    if "Expires" in query:  # Signature Version 2
        return datetime.fromtimestamp(int(query["Expires"]), UTC)
    date = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%S%z")
    return date + timedelta(seconds=int(query["X-Amz-Expires"]))
