"""What a store keeps: credentials, or an identity id, with the key they belong to.

A record is JSON. It repeats its key, so that one that was copied, renamed or mixed up is not
taken for another user's, and carries the number of its form, so that an older or newer program's
is not misread. Whatever is wrong with it makes it unreadable, which is a miss.

The key of credentials is a digest of everything that decides whose they are and what they may do:
pool, user, issuers and subjects of the logins, role, session policies, endpoints. Tokens are not
verified here, and anybody can write a subject into one: so a record also has digests of the tokens
that the service accepted, and answers only to who brings one of those.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from cognito_credentials._core import endpoints
from cognito_credentials._core.digests import sha256_hex
from cognito_credentials._core.jwt_claims import get_expiry
from cognito_credentials.credentials import Credentials
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cognito_credentials._core.login_resolution import ResolvedLogins

FORMAT = 1
MOST_ACCEPTED = 8  # a user's devices, each with a token of its own, must not outdo each other
TEXTS = ("access_key_id", "secret_access_key", "session_token", "identity_id")


class UnreadableRecordError(Exception):
    """A value is no record under this key; the text says why, and nothing of the value."""


class OtherVersionError(UnreadableRecordError):
    """A value is a record, of a newer program or an older one."""


class Record:
    """Credentials, when they were fetched, and by whom; times are the service's epoch seconds.

    `skew` is that of the response which the credentials came in. `accepted` are the digests of the token
    sets that the service gave these credentials for, the latest first; empty for guests.
    """

    __slots__ = ("accepted", "credentials", "expires_at", "fetched_at", "skew")

    def __init__(
        self,
        credentials: Credentials,
        *,
        fetched_at: float,
        skew: float | None,
        accepted: tuple[str, ...],
    ) -> None:
        self.credentials = credentials
        self.fetched_at = fetched_at
        self.skew = skew
        self.accepted = accepted
        self.expires_at = credentials.expiration.timestamp()

    def set_clock(self, now: Callable[[], float]) -> None:
        """Let `now` decide when the credentials have expired."""
        members = {name: getattr(self.credentials, name) for name in (*TEXTS, "account_id")}
        expiration = self.credentials.expiration
        self.credentials = Credentials(**members, expiration=expiration, _now=now)

    def answers(self, tokens: str, until: float) -> bool:
        """Tell whether the service accepted these tokens, given as their digest, for this record.

        For a record before it will do, too, unless they had expired, at `until`, when this one was
        fetched: the service would have refused them then.
        """
        if not tokens or tokens in self.accepted[:1]:
            return True
        return tokens in self.accepted and self.fetched_at < until


def credentials_key(scope: dict[str, Any]) -> str:
    """Return the key of the credentials that have this scope: JSON of texts and numbers."""
    return f"credentials:{sha256_hex(json.dumps(scope, sort_keys=True))}"


def identity_id_key(cache_key: str) -> str:
    return f"identity-id:{cache_key}"


def digest_of_tokens(logins: ResolvedLogins) -> str:
    """Return a digest of the logins' tokens, in any order; empty for a guest."""
    if not logins.tokens:
        return ""
    return sha256_hex(json.dumps(sorted(logins.tokens.items())))[:32]


def expiry_of_tokens(logins: ResolvedLogins) -> float:
    """Return when the first of the logins' tokens expires, as far as they say so."""
    claims = (logins.get_claims(key) or {} for key in logins.tokens)
    expiries = (get_expiry(one) for one in claims)
    return min((expiry for expiry in expiries if expiry is not None), default=float("inf"))


def merged(tokens: str, before: tuple[str, ...]) -> tuple[str, ...]:
    """Return the accepted digests with this one in front."""
    if not tokens:
        return ()
    return (tokens, *(other for other in before if other != tokens))[:MOST_ACCEPTED]


def subjects_of(logins: ResolvedLogins, *, is_named: bool) -> list[list[str]]:
    """Return who the logins say the user is; `is_named` where the caller says so itself.

    A token that is no JWT says nothing. Unless the caller names the user, each such token is then
    a user of its own: a new one costs a call, another user's credentials would cost far more.
    """
    subjects: list[list[str]] = []
    for key, token in sorted(logins.tokens.items()):
        claims = logins.get_claims(key)
        if claims is not None and claims.get("sub"):
            subjects.append([key, str(claims.get("iss")), str(claims["sub"])])
        else:
            subjects.append([key] if is_named else [key, sha256_hex(token)])
    return subjects


def encode(key: str, record: Record) -> bytes:
    credentials = record.credentials
    members: dict[str, Any] = {name: getattr(credentials, name) for name in TEXTS}
    members["account_id"] = credentials.account_id
    members["expiration"] = int(record.expires_at)
    return _encode(
        key,
        credentials=members,
        fetched_at=record.fetched_at,
        skew=record.skew,
        accepted=record.accepted,
    )


def decode(key: str, value: bytes, *, now: Callable[[], float]) -> Record:
    """Return the record of this key; `now` is the clock that its credentials live by.

    Raises:
        UnreadableRecordError: It is none.
    """
    members = _decode(key, value)
    try:
        credentials = members["credentials"]
        account_id = credentials["account_id"]
        return Record(
            Credentials(
                **{name: _text(credentials[name]) for name in TEXTS},
                account_id=None if account_id is None else _text(account_id),
                expiration=datetime.fromtimestamp(_number(credentials["expiration"]), UTC),
                _now=now,
            ),
            fetched_at=_number(members["fetched_at"]),
            skew=None if members["skew"] is None else _number(members["skew"]),
            accepted=tuple(_text(digest) for digest in members["accepted"]),
        )
    except (LookupError, TypeError, ValueError, OverflowError, OSError):
        raise UnreadableRecordError("it lacks what a record has") from None


def encode_identity_id(key: str, identity_id: str) -> bytes:
    return _encode(key, identity_id=identity_id)


def decode_identity_id(key: str, value: bytes) -> str:
    """Return the identity id of this key.

    Raises:
        UnreadableRecordError: There is none in it.
    """
    identity_id = _decode(key, value).get("identity_id")
    try:
        endpoints.check_identity_id(identity_id)
    except ConfigurationError:
        raise UnreadableRecordError("it holds no identity id") from None
    return str(identity_id)


def _encode(key: str, **members: Any) -> bytes:
    return json.dumps({"format": FORMAT, "key": key, **members}, separators=(",", ":")).encode()


def _decode(key: str, value: bytes) -> dict[str, Any]:
    try:
        members = json.loads(value)
    except (ValueError, TypeError, RecursionError):
        raise UnreadableRecordError("it is not JSON") from None
    if not isinstance(members, dict):
        raise UnreadableRecordError("it is not a JSON object")
    record: dict[str, Any] = members  # pyright: ignore[reportUnknownVariableType]
    if record.get("format") != FORMAT:
        kind = OtherVersionError if type(record.get("format")) is int else UnreadableRecordError
        raise kind("it has the format of another version")
    if record.get("key") != key:
        raise UnreadableRecordError("it belongs to another pool, user or role")
    return record


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    number = float(value)
    if not abs(number) < float("inf"):
        raise ValueError
    return number
