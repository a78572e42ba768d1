"""Users of a broker, and the requests of those who ask for one."""

from __future__ import annotations

import sys

from cognito_credentials._core import records
from cognito_credentials._core.freshness import Entry
from cognito_credentials._core.jwt_claims import is_expired
from cognito_credentials._core.login_resolution import (
    LoginSource,
    ResolvedLogins,
    normalize_logins,
)
from cognito_credentials._core.shared_fetch import FetchResult
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cognito_credentials.credentials import Credentials


class User(Entry):
    """One user's credentials, who may have them, and what is needed to renew them.

    Kept by the hundred thousand, each in as few objects as can be: `logins` is a flat tuple, `key`
    32 bytes, and `accepted` has what was accepted beside what is in `logins`.
    """

    __slots__ = ("accepted", "key", "logins", "name", "offset", "seen_at", "was_seen")

    def __init__(self, request: Request, fetched: FetchResult, **entry: Any) -> None:
        record = fetched.record
        super().__init__(record.credentials, now=record.fetched_at, **entry)
        self.name = request.name
        self.logins = request.logins
        self.accepted = tuple(digest for digest in record.accepted if digest != request.tokens)
        self.key = bytes.fromhex(fetched.key.partition(":")[2])
        self.offset = 0.0
        self.seen_at = 0.0
        self.was_seen = True

    @property
    def store_key(self) -> str:
        return f"credentials:{self.key.hex()}"


class Request:
    """What one caller brings: a user's name, logins as they compare, and the flight to share.

    `seen` are the credentials that it saw when it decided to fetch, `is_forgotten` whether the user
    has been forgotten since.
    """

    __slots__ = ("__weakref__", "flight", "is_forgotten", "logins", "name", "seen", "tokens")

    def __init__(self, name: Any, logins: Any) -> None:
        check_name(name)
        normalize_logins(logins)
        self.name = name
        self.logins = as_kept(logins)
        self.seen: Credentials | None = None
        self.is_forgotten = False
        self.tokens: str | None = None  # their digest, where no supplier has to be asked for it
        if not isinstance(self.logins, LoginSource):
            # There are few keys and many users: all share one text, and not that of an enum.
            self.logins = tuple(
                part if number % 2 else sys.intern(str.__str__(part))
                for number, part in enumerate(self.logins)
            )
            self.tokens = digest_of(self.logins)
        # Not shared with who brings other tokens: theirs may be forged, or ours.
        self.flight = name, who(self.logins) if self.tokens is None else self.tokens


def check_name(name: Any) -> None:
    if not isinstance(name, str) or not name:
        raise ConfigurationError("user_identifier must be a text that is not empty")


def as_kept(logins: Any) -> Any:
    """Return logins as they are kept and compared: key, token, key, token."""
    if logins is None:
        return ()
    if isinstance(logins, LoginSource):
        return logins
    kept: list[Any] = []
    for item in logins.items():
        kept += item
    return tuple(kept)


def who(kept: Any) -> Any:
    """Return what tells suppliers from each other: themselves, whatever their repr says."""
    try:
        hash(kept)
    except TypeError:
        return tuple(map(id, kept))
    return kept


def digest_of(kept: Any) -> str | None:
    """Return the digest of the tokens, unless a supplier would have to be asked for one."""
    if isinstance(kept, LoginSource) or any(map(callable, kept[1::2])):
        return None
    return records.digest_of_tokens(_resolved(kept))


def expiry_of_tokens(kept: tuple[str, ...]) -> float:
    """Return when the first of the tokens expires, as far as they say so."""
    return records.expiry_of_tokens(_resolved(kept))


def _resolved(kept: tuple[str, ...]) -> ResolvedLogins:
    tokens = {key: token.strip() for key, token in zip(kept[::2], kept[1::2], strict=True)}
    return ResolvedLogins(tokens)


def held(user: User) -> FetchResult:
    accepted = records.merged(digest_of(user.logins) or "", user.accepted) or user.accepted
    record = records.Record(
        user.credentials, fetched_at=user.fetched_at, skew=None, accepted=accepted
    )
    return FetchResult(user.store_key, record, is_new=False)


def user_logins(kept: User | Request) -> Any:
    """Return logins as an exchange takes them."""
    if isinstance(kept.logins, LoginSource):
        return kept.logins
    return dict(zip(kept.logins[::2], kept.logins[1::2], strict=True))


def has_expired_token(request: Request, now: float) -> bool:
    """Tell whether the service would refuse what the user brought last."""
    if isinstance(request.logins, LoginSource):
        return False
    return any(isinstance(token, str) and is_expired(token, now) for token in request.logins[1::2])
