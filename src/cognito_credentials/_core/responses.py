"""Parsers for responses that contain credentials or an identity ID.

If a member is missing, or has a format that AWS services do not use, the whole response is
rejected. The checks are strict, because other programs write the members to config files, headers
and shells.
"""

from __future__ import annotations

from datetime import UTC, datetime

from cognito_credentials._core import endpoints
from cognito_credentials._external_text import is_credential
from cognito_credentials.errors import ConfigurationError, MalformedResponseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

COGNITO, STS = "Amazon Cognito", "AWS STS"
MAX_NUMBER_LENGTH = 32
# The AWS STS API reference has these limits for `accessKeyIdType`.
MIN_KEY_ID_LENGTH, MAX_KEY_ID_LENGTH = 16, 128


class IssuedCredentials:
    """Credentials as a service issued them, and their identity ID; the repr contains no secrets."""

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


def parse_cognito_credentials(result: dict[str, Any], identity_id: str) -> IssuedCredentials:
    """Return the credentials in the result of GetCredentialsForIdentity.

    Raises:
        MalformedResponseError: If a member is missing or invalid.
    """
    return _parse(result, identity_id, COGNITO, "SecretKey", _parse_epoch_seconds)


def parse_sts_credentials(result: dict[str, Any], identity_id: str) -> IssuedCredentials:
    """Return the credentials in the result of AssumeRoleWithWebIdentity.

    Raises:
        MalformedResponseError: If a member is missing or invalid.
    """
    return _parse(result, identity_id, STS, "SecretAccessKey", _parse_iso_time)


def malformed_response(problem: str, service: str = COGNITO) -> MalformedResponseError:
    """Return the error for a response in which a member is missing or invalid."""
    from cognito_credentials._core.error_catalog import next_steps

    return MalformedResponseError(
        f"Response from {service} contained {problem}",
        hint=next_steps.CHECK_PROXY_TO_STS if service == STS else next_steps.CHECK_PROXY,
    )


def _unknown_expiration(service: str) -> MalformedResponseError:
    from cognito_credentials._core.hints import Hint

    if service == STS:
        hint = Hint(
            "AWS STS sends a time such as 2027-01-15T10:00:00Z, so an emulator or another server may have "
            "responded. Check {sts_endpoint_url} and any proxy."
        )
    else:
        hint = Hint(
            "Amazon Cognito sends a number of seconds since 1970, so an emulator or another server may have "
            "responded. Check {endpoint_url} and any proxy."
        )
    return MalformedResponseError(
        f"Response from {service} contained an expiration in an unknown format", hint=hint
    )


def _has_key_id_length(value: str) -> bool:
    return MIN_KEY_ID_LENGTH <= len(value) <= MAX_KEY_ID_LENGTH


def _parse(
    result: dict[str, Any],
    identity_id: str,
    service: str,
    secret_name: str,
    parse_time: Callable[[object], datetime | None],
) -> IssuedCredentials:
    element = result.get("Credentials")
    if not isinstance(element, dict) or not element:
        raise malformed_response("no credentials", service)
    members: dict[str, Any] = element  # pyright: ignore[reportUnknownVariableType]

    def read_text(name: str, description: str) -> str:
        value = members.get(name)
        if not isinstance(value, str) or not value:
            raise malformed_response(f"no {description}", service)
        return value

    expiration = parse_time(members.get("Expiration"))
    # The members are checked in the same order as in the JavaScript SDK, so that both libraries
    # report the same missing member.
    access_key_id = read_text("AccessKeyId", "access key ID")
    secret_access_key = read_text(secret_name, "secret key")
    session_token = read_text("SessionToken", "session token")
    if expiration is None and members.get("Expiration") in (None, ""):
        raise malformed_response("no expiration", service)
    if expiration is None:
        raise _unknown_expiration(service)
    # Validate values last: a missing member is a better explanation than another member's invalid
    # value.
    for value, description in (
        (access_key_id, "access key ID"),
        (secret_access_key, "secret key"),
        (session_token, "session token"),
    ):
        if not is_credential(value) or (value is access_key_id and not _has_key_id_length(value)):
            raise malformed_response(f"an invalid {description}", service)
    return IssuedCredentials(
        access_key_id=access_key_id,
        secret_access_key=secret_access_key,
        session_token=session_token,
        expiration=expiration,
        identity_id=identity_id,
    )


def _parse_epoch_seconds(value: object) -> datetime | None:
    if isinstance(value, str):  # The JavaScript SDK accepts a number in quotation marks.
        value = _parse_number(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _parse_number(text: str) -> float | None:
    has_number_characters = text.strip("-+.0123456789eE") == ""
    try:
        return float(text) if has_number_characters and len(text) <= MAX_NUMBER_LENGTH else None
    except ValueError:
        return None


def _parse_iso_time(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
        return None if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def read_identity_id(result: dict[str, Any], *, default: str | None = None) -> str:
    """Return the `IdentityId` of a response; `default` if the response has no such member.

    Raises:
        MalformedResponseError: If the response contains no valid identity ID.
    """
    identity_id = result.get("IdentityId", default)
    try:
        endpoints.check_identity_id(identity_id)
    except ConfigurationError:
        raise malformed_response("no identity ID") from None
    return str(identity_id)
