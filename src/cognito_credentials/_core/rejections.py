"""Decisions about credentials that a service has rejected before their expiration.

A cache marks rejected credentials. The next caller then waits for new credentials, as in the last
minute before the expiration, and gets the marked credentials only if the fetch fails: if
a service rejects valid credentials by mistake, they remain usable. Three rules limit the fetches that
rejections cause:

- Only the error codes in `REJECTION_CODES` count.
- Only the credentials that signed the rejected request are marked. They are recognized by their
  access key ID, so that a late response does not affect newer credentials.
- A cache marks no credentials for `MIN_REFETCH_INTERVAL_SECONDS` after it has marked or replaced
  rejected credentials, because new credentials may be rejected as well.
"""

from __future__ import annotations

from enum import Enum

from cognito_credentials._core import logs
from cognito_credentials._core.freshness import MIN_REFETCH_INTERVAL_SECONDS
from cognito_credentials._validation import format_value
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cognito_credentials._core.freshness import CachedCredentials

__all__ = ["REJECTION_CODES", "Decision", "decide", "is_rejection", "log"]

# The codes come from the refresh specification for AWS SDKs. docs/refresh.md lists the sources, and
# the codes that are excluded because they also have other causes.
REJECTION_CODES = frozenset(("ExpiredToken", "ExpiredTokenException", "InvalidToken"))


class Decision(Enum):
    REPLACED = "the rejected credentials are no longer cached"
    MARK = "mark the credentials, so that the next caller waits for new credentials"
    PENDING = "the credentials are already marked"
    IGNORE = "the last fetch failed or was too recent"


def is_rejection(access_key_id: Any, error_code: Any) -> bool:
    """Return True if an error code means that a session token is expired or invalid.

    The arguments are the same as in `mark_rejected`; if `error_code` is None, the result is True.

    Raises:
        ConfigurationError: If an argument is invalid.
    """
    if not isinstance(access_key_id, str) or not access_key_id:
        raise ConfigurationError(
            f"access_key_id must be a non-empty string, not {format_value(access_key_id)}",
            hint="Pass the access_key_id of the credentials that signed the rejected request.",
        )
    if error_code is not None and not isinstance(error_code, str):
        raise ConfigurationError(
            f"error_code must be a string or None, not {format_value(error_code)}",
            hint='Pass the error code from the response, for example error.response["Error"]["Code"].',
        )
    return error_code is None or error_code in REJECTION_CODES


def decide(
    cached: CachedCredentials | None,
    access_key_id: str,
    *,
    has_failed: bool,
    seconds_since_last: float,
) -> Decision:
    """Return the decision about a rejected request.

    Args:
        cached: The cached credentials, if any.
        access_key_id: Access key ID that signed the request.
        has_failed: True if the last fetch failed and the next attempt is not due yet.
        seconds_since_last: Seconds since credentials for this cache or user were marked or replaced;
            infinity if no credentials were marked.
    """
    if cached is None or cached.credentials.access_key_id != access_key_id:
        return Decision.REPLACED
    if cached.is_rejected:
        return Decision.IGNORE if has_failed else Decision.PENDING
    if seconds_since_last < MIN_REFETCH_INTERVAL_SECONDS:
        return Decision.IGNORE
    return Decision.MARK


def log(cached: CachedCredentials, now: float) -> None:
    """Log that credentials were marked; `now` is the service's time in seconds since 1970."""
    logs.debug(
        "A service rejected the credentials of %s, which expire in %d s. The "
        "next caller waits for new credentials.",
        cached.credentials.identity_id,
        cached.expires_at - now,
    )
