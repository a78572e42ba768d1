"""Records: the entries of a store. An entry contains credentials or an identity ID.

A record is a JSON object. A record contains its key, so that a copied or renamed entry is not used
for another user. It also contains a format version, so that other versions of this package do not
misread the record. An unreadable record is treated as missing.

The key of credentials is a digest of everything that determines the user and the permissions: pool,
user, issuers and subjects of the login tokens, role, session policies, endpoints. If only a pool and
an endpoint determine the permissions, as is usual for guests, the key consists of these two values.
This key is not a digest, because importing hashlib would make `process` a tenth slower. The library does not verify login tokens, and
a forged token may contain any subject. A record therefore also contains digests of the tokens that
the service accepted, and is used only for a caller with one of these tokens.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from cognito_credentials._core import endpoints
from cognito_credentials._core.digests import sha256_hex
from cognito_credentials._core.service_clock import MAX_LIFETIME_SECONDS
from cognito_credentials._external_text import is_credential
from cognito_credentials.credentials import Credentials
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cognito_credentials._core.login_resolution import ResolvedLogins

FORMAT_VERSION = 1
# A user may have several devices with different tokens, whose digests must not replace each other.
MAX_ACCEPTED_TOKEN_SETS = 8
TEXT_MEMBERS = ("access_key_id", "secret_access_key", "session_token", "identity_id")


class UnreadableRecordError(Exception):
    """The value is not a valid record for the key; the message contains no part of the value."""


class OtherVersionError(UnreadableRecordError):
    """The value is a record from a newer or older version of this package."""


class Record:
    """Credentials, the time of their fetch, and the login tokens that the service accepted.

    Times are seconds since 1970 according to the service's clock. `skew` is the service's time
    minus the writer's time in seconds when the response was checked; None if it is unknown.
    `accepted` contains the digests of the accepted token sets, the latest first, and is empty for
    guests. `is_rejected` is True if a service has rejected the credentials, which are then used
    only if no new credentials can be fetched.
    """

    __slots__ = ("accepted", "credentials", "expires_at", "fetched_at", "is_rejected", "skew")

    def __init__(
        self,
        credentials: Credentials,
        *,
        fetched_at: float,
        skew: float | None,
        accepted: tuple[str, ...],
        is_rejected: bool = False,
    ) -> None:
        self.credentials: Credentials = credentials
        self.is_rejected: bool = is_rejected
        self.fetched_at: float = fetched_at
        self.skew: float | None = skew
        self.accepted: tuple[str, ...] = accepted
        self.expires_at: float = credentials.expiration.timestamp()

    def set_clock(self, now: Callable[[], float]) -> None:
        """Use this clock to decide whether the credentials have expired."""
        members = {name: getattr(self.credentials, name) for name in (*TEXT_MEMBERS, "account_id")}
        expiration = self.credentials.expiration
        self.credentials = Credentials(**members, expiration=expiration, _now=now)

    def is_valid_for(self, tokens: str, tokens_expire_at: float) -> bool:
        """Return True if the service has accepted the token set with this digest.

        Tokens that were accepted for a previous record must not have expired before this record was
        fetched, because the service would have rejected expired tokens.
        """
        if not tokens or tokens in self.accepted[:1]:
            return True
        return tokens in self.accepted and self.fetched_at < tokens_expire_at


def credentials_key(scope: dict[str, Any]) -> str:
    """Return the store key for credentials with this JSON-serializable scope."""
    if scope.keys() == {"pool", "url"}:
        return f"credentials:{scope['pool']}:{scope['url'].removeprefix('https://')}"
    return f"credentials:{sha256_hex(json.dumps(scope, sort_keys=True))}"


def tokens_digest(logins: ResolvedLogins) -> str:
    """Return an order-independent digest of the login tokens; an empty string for a guest."""
    if not logins.tokens:
        return ""
    return sha256_hex(json.dumps(sorted(logins.tokens.items())))[:32]


def tokens_expiration(logins: ResolvedLogins) -> float:
    """Return the earliest expiration of the login tokens; infinity if no token expires."""
    if not logins.tokens:
        return float("inf")
    from cognito_credentials._core.jwt_claims import get_expiry

    claim_sets = (logins.get_claims(provider_name) or {} for provider_name in logins.tokens)
    expirations = (get_expiry(claims) for claims in claim_sets)
    return min((time for time in expirations if time is not None), default=float("inf"))


def merge_accepted(tokens: str, former: tuple[str, ...]) -> tuple[str, ...]:
    """Return the digests of accepted token sets, with `tokens` first."""
    if not tokens:
        return ()
    return (tokens, *(other for other in former if other != tokens))[:MAX_ACCEPTED_TOKEN_SETS]


def login_subjects(logins: ResolvedLogins, *, is_named: bool) -> list[list[str]]:
    """Return the issuers and subjects of the login tokens; together, they identify the user.

    A token that is not a JWT has no subject. Unless the caller identifies the user (`is_named`),
    each such token is treated as the token of a different user. Each new token then requires an
    additional call, but a user never gets another user's credentials.
    """
    subjects: list[list[str]] = []
    for provider_name, token in sorted(logins.tokens.items()):
        claims = logins.get_claims(provider_name)
        if claims is not None and claims.get("sub"):
            subjects.append([provider_name, str(claims.get("iss")), str(claims["sub"])])
        else:
            subjects.append([provider_name] if is_named else [provider_name, sha256_hex(token)])
    return subjects


def encode(key: str, record: Record) -> bytes:
    credentials = record.credentials
    members: dict[str, Any] = {name: getattr(credentials, name) for name in TEXT_MEMBERS}
    members["account_id"] = credentials.account_id
    members["expiration"] = int(record.expires_at)
    return _encode(
        key,
        credentials=members,
        fetched_at=record.fetched_at,
        skew=record.skew,
        accepted=record.accepted,
        # Written only for rejected credentials. Versions of this package that do not know the
        # member ignore it.
        **({"rejected": True} if record.is_rejected else {}),
    )


def decode(key: str, value: bytes, *, now: Callable[[], float]) -> Record:
    """Return the record for this key; its credentials use `now` as their clock.

    Raises:
        UnreadableRecordError: If the value is not a record for this key.
    """
    members = _decode(key, value)
    try:
        credentials = members["credentials"]
        account_id = credentials["account_id"]
        record = Record(
            Credentials(
                **{name: _text(credentials[name]) for name in TEXT_MEMBERS},
                account_id=None if account_id is None else _text(account_id),
                expiration=datetime.fromtimestamp(_number(credentials["expiration"]), UTC),
                _now=now,
            ),
            fetched_at=_number(members["fetched_at"]),
            skew=None if members["skew"] is None else _number(members["skew"]),
            accepted=tuple(_text(digest) for digest in members["accepted"]),
            is_rejected=members.get("rejected") is True,
        )
    except (LookupError, TypeError, ValueError, OverflowError, OSError):
        raise UnreadableRecordError("a member is missing or invalid") from None
    # The writer limits the lifetime, so only a damaged or manipulated record exceeds the limit.
    if record.expires_at - record.fetched_at > MAX_LIFETIME_SECONDS:
        raise UnreadableRecordError("the credentials expire more than 12 hours after their fetch")
    return record


def encode_identity_id(key: str, identity_id: str) -> bytes:
    return _encode(key, identity_id=identity_id)


def decode_identity_id(key: str, value: bytes) -> str:
    """Return the identity ID in the record for this key.

    Raises:
        UnreadableRecordError: If the value is not a record for this key with an identity ID.
    """
    identity_id = _decode(key, value).get("identity_id")
    try:
        endpoints.check_identity_id(identity_id)
    except ConfigurationError:
        raise UnreadableRecordError("it does not contain an identity ID") from None
    return str(identity_id)


def _encode(key: str, **members: Any) -> bytes:
    return json.dumps(
        {"format": FORMAT_VERSION, "key": key, **members}, separators=(",", ":")
    ).encode()


def _decode(key: str, value: bytes) -> dict[str, Any]:
    try:
        members = json.loads(value)
    except (ValueError, TypeError, RecursionError):
        raise UnreadableRecordError("it is not JSON") from None
    if not isinstance(members, dict):
        raise UnreadableRecordError("it is not a JSON object")
    record: dict[str, Any] = members  # pyright: ignore[reportUnknownVariableType]
    if record.get("format") != FORMAT_VERSION:
        if type(record.get("format")) is int:
            raise OtherVersionError("it has the format of another version")
        raise UnreadableRecordError("it has no format version")
    if record.get("key") != key:
        raise UnreadableRecordError("it belongs to another pool, user or role")
    return record


def _text(value: Any) -> str:
    if not isinstance(value, str) or not is_credential(value):
        raise TypeError
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    number = float(value)
    if not abs(number) < float("inf"):
        raise ValueError
    return number
