"""Users of a broker, and callers' requests for a user's credentials."""

from __future__ import annotations

import sys

from cognito_credentials._core import records
from cognito_credentials._core.freshness import CachedCredentials
from cognito_credentials._core.identity_id_keys import check_not_guest
from cognito_credentials._core.jwt_claims import is_expired
from cognito_credentials._core.login_resolution import (
    LoginSource,
    ResolvedLogins,
    normalize_logins,
)
from cognito_credentials._core.shared_fetch import FetchResult
from cognito_credentials._validation import format_value
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable
    from typing import Any

    from cognito_credentials.credentials import Credentials


class CachedUser(CachedCredentials):
    """A user's cached credentials, the accepted token sets, and the logins for the next refresh.

    A broker may contain a hundred thousand of these objects, so each object refers to as few other
    objects as possible: `logins` is a flat tuple, `packed_key` is 32 bytes long, and `accepted`
    omits the token set that `logins` already contains.
    """

    __slots__ = (
        "accepted",
        "logins",
        "monotonic_offset",
        "packed_key",
        "seen_at",
        "store_epoch",
        "user_identifier",
        "was_seen",
    )

    def __init__(self, request: UserRequest, result: FetchResult, **windows: Any) -> None:
        record = result.record
        super().__init__(record.credentials, now=record.fetched_at, **windows)
        self.user_identifier = request.user_identifier
        self.logins = request.logins
        self.accepted = tuple(digest for digest in record.accepted if digest != request.tokens)
        self.packed_key = _pack_key(result.key)
        self.monotonic_offset = 0.0
        self.seen_at = 0.0
        self.store_epoch = 0
        self.was_seen = True

    @property
    def store_key(self) -> str:
        return _unpack_key(self.packed_key)

    def original_logins(self) -> Any:
        return _unflatten(self.logins)

    def as_fetch_result(self, skew: float | None = None) -> FetchResult:
        """Return the cached credentials as a `FetchResult`, with this skew for other processes."""
        digest = tokens_digest(self.logins) or ""
        accepted = records.merge_accepted(digest, self.accepted) or self.accepted
        record = records.Record(
            self.credentials,
            fetched_at=self.fetched_at,
            skew=skew,
            accepted=accepted,
            is_rejected=self.is_rejected,
        )
        return FetchResult(self.store_key, record, is_new=False)


def evict_users(users: dict[str, CachedUser], max_users: int) -> list[CachedUser]:
    """Evict the oldest users who have not been seen since the previous scan, and return them."""
    evicted: list[CachedUser] = []
    while len(users) > max_users:
        user_identifier = next(iter(users))
        user = users.pop(user_identifier)
        if user.was_seen:
            user.was_seen = False
            users[user_identifier] = user
        else:
            evicted.append(user)
    return evicted


class UserRequest:
    """A caller's request for a user's credentials: user identifier, logins and flight key.

    `former` contains the credentials that were cached when the caller decided to fetch.
    `is_forgotten` is set if the user is forgotten after this decision.
    """

    __slots__ = (
        "__weakref__",
        "former",
        "is_forgotten",
        "key",
        "logins",
        "tokens",
        "user_identifier",
    )

    def __init__(self, user_identifier: Any, logins: Any) -> None:
        check_user_identifier(user_identifier)
        normalize_logins(logins)
        self.user_identifier: str = user_identifier
        self.logins = flatten_logins(logins)
        self.former: Credentials | None = None
        self.is_forgotten = False
        # Digest of the login tokens; None if a supplier must be called to get a token.
        self.tokens: str | None = None
        if not isinstance(self.logins, LoginSource):
            # Login provider names are interned, because all users share the same few names.
            # `str.__str__` converts members of a string enum to plain strings.
            self.logins = tuple(
                item if index % 2 else sys.intern(str.__str__(item))
                for index, item in enumerate(self.logins)
            )
            self.tokens = tokens_digest(self.logins)
        # Callers with different tokens do not share a flight, because some of the tokens may be
        # forged.
        self.key: tuple[str, Hashable] = (
            user_identifier,
            supplier_identity(self.logins) if self.tokens is None else self.tokens,
        )

    def original_logins(self) -> Any:
        return _unflatten(self.logins)

    def has_expired_token(self, now: float) -> bool:
        """Return True if a login token has expired; suppliers are not called."""
        if isinstance(self.logins, LoginSource):
            return False
        return any(isinstance(token, str) and is_expired(token, now) for token in self.logins[1::2])


def _pack_key(key: str) -> bytes | str:
    """Return the digest in a store key as bytes, to save memory; return other keys unchanged."""
    digest = key.partition(":")[2]
    return key if ":" in digest else bytes.fromhex(digest)


def _unpack_key(key: bytes | str) -> str:
    return key if isinstance(key, str) else f"credentials:{key.hex()}"


def check_user_identifier(user_identifier: Any) -> None:
    """Check that a user identifier is a non-empty string and is not reserved for guests.

    Raises:
        ConfigurationError: If the user identifier is invalid.
    """
    if not isinstance(user_identifier, str) or not user_identifier:
        raise ConfigurationError(
            f"user_identifier must be a non-empty string, not {format_value(user_identifier)}",
            hint="Pass the ID of the user whom your application has authenticated.",
        )
    check_not_guest(user_identifier)


def flatten_logins(logins: Any) -> Any:
    """Return logins as a flat tuple of names and tokens; return a `LoginSource` unchanged."""
    if logins is None:
        return ()
    if isinstance(logins, LoginSource):
        return logins
    flat: list[Any] = []
    for item in logins.items():
        flat += item
    return tuple(flat)


def _unflatten(logins: Any) -> Any:
    if isinstance(logins, LoginSource):
        return logins
    return dict(zip(logins[::2], logins[1::2], strict=True))


def supplier_identity(logins: Any) -> Hashable:
    """Return a hashable key that identifies the suppliers, even if they are not hashable."""
    try:
        hash(logins)
    except TypeError:
        return tuple(map(id, logins))
    identity: Hashable = logins
    return identity


def tokens_digest(logins: Any) -> str | None:
    """Return the digest of the tokens in flat logins, or None if a supplier must be called."""
    if isinstance(logins, LoginSource) or any(map(callable, logins[1::2])):
        return None
    return records.tokens_digest(_resolve(logins))


def tokens_expiration(logins: tuple[str, ...]) -> float:
    """Return the earliest expiration of the tokens in flat logins; infinity if no token expires."""
    return records.tokens_expiration(_resolve(logins))


def _resolve(logins: tuple[str, ...]) -> ResolvedLogins:
    return ResolvedLogins(
        {name: token.strip() for name, token in zip(logins[::2], logins[1::2], strict=True)}
    )
