"""Credentials out of an answer of Cognito or STS: everything is there, or the answer is refused."""

from __future__ import annotations

from datetime import UTC, datetime

from cognito_credentials.errors import MalformedResponseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Grant:
    """What a flow was given, and for which identity; has no repr that shows it."""

    __slots__ = (
        "access_key_id",
        "expiration",
        "identity_id",
        "secret_access_key",
        "session_token",
    )

    def __init__(
        self,
        *,
        access_key_id: str,
        secret_access_key: str,
        session_token: str,
        expiration: datetime,
        identity_id: str,
    ) -> None:
        self.access_key_id = access_key_id
        self.secret_access_key = secret_access_key
        self.session_token = session_token
        self.expiration = expiration
        self.identity_id = identity_id


def parse_cognito_credentials(answer: dict[str, Any], identity_id: str) -> Grant:
    """Read GetCredentialsForIdentity's: `SecretKey`, and epoch seconds."""
    return _grant(answer, identity_id, "Amazon Cognito", "SecretKey", _from_epoch)


def parse_sts_credentials(answer: dict[str, Any], identity_id: str) -> Grant:
    """Read AssumeRoleWithWebIdentity's: `SecretAccessKey`, and ISO 8601."""
    return _grant(answer, identity_id, "AWS STS", "SecretAccessKey", _from_iso)


def _grant(
    answer: dict[str, Any], identity_id: str, service: str, secret_name: str, read_time: Any
) -> Grant:
    found = answer.get("Credentials")
    if not isinstance(found, dict) or not found:
        raise MalformedResponseError(f"Response from {service} contained no credentials")
    members: dict[str, Any] = found  # pyright: ignore[reportUnknownVariableType]

    def text(name: str, what: str) -> str:
        value = members.get(name)
        if not isinstance(value, str) or not value:
            raise MalformedResponseError(f"Response from {service} contained no {what}")
        return value

    expiration = read_time(members.get("Expiration"))
    # The order of the JavaScript SDK's checks, so that one answer has one message in both.
    access_key_id = text("AccessKeyId", "access key ID")
    secret_access_key = text(secret_name, "secret key")
    session_token = text("SessionToken", "session token")
    if expiration is None:
        raise MalformedResponseError(f"Response from {service} contained no expiration")
    return Grant(
        access_key_id=access_key_id,
        secret_access_key=secret_access_key,
        session_token=session_token,
        expiration=expiration,
        identity_id=identity_id,
    )


def _from_epoch(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _from_iso(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
        return None if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
