"""The value that everything else here is about: temporary AWS credentials."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cognito_credentials import _typing as t

__all__ = ["Credentials"]


class Credentials:
    """Hold one generation of temporary AWS credentials; immutable and hashable.

    `expiration` is an aware UTC datetime of whole seconds (a fraction is cut off, never rounded
    up); any other time zone is converted, and a naive datetime is refused. `account_id` is only
    known when the caller said it: Cognito does not return one.

    The names, with `is_expired`, are those of an AWS identity in the AWS SDK for Python, which
    takes this object as it is. A repr shows the access key id shortened and no secret. Pickling is
    allowed, so that credentials can be given to a child process: the pickle holds the secrets.
    """

    __slots__ = (
        "_now",
        "access_key_id",
        "account_id",
        "expiration",
        "identity_id",
        "secret_access_key",
        "session_token",
    )

    access_key_id: str
    secret_access_key: str
    session_token: str
    expiration: datetime
    identity_id: str
    account_id: str | None
    _now: Callable[[], float]

    def __init__(
        self,
        *,
        access_key_id: str,
        secret_access_key: str,
        session_token: str,
        expiration: datetime,
        identity_id: str,
        account_id: str | None = None,
        _now: Callable[[], float] = time.time,
    ) -> None:
        if expiration.tzinfo is None:
            raise ValueError("expiration is a naive datetime: give it a time zone (UTC)")
        put = object.__setattr__
        put(self, "access_key_id", access_key_id)
        put(self, "secret_access_key", secret_access_key)
        put(self, "session_token", session_token)
        put(self, "expiration", expiration.astimezone(UTC).replace(microsecond=0))
        put(self, "identity_id", identity_id)
        put(self, "account_id", account_id)
        put(self, "_now", _now)

    @property
    def remaining(self) -> timedelta:
        """The time left, by the service's clock where it is known; negative once expired."""
        return timedelta(seconds=self.expiration.timestamp() - self._now())

    @property
    def is_expired(self) -> bool:
        """Whether the time is over, by the service's clock where it is known."""
        return self.expiration.timestamp() <= self._now()

    def _values(self) -> tuple[t.Any, ...]:
        return (
            self.access_key_id,
            self.secret_access_key,
            self.session_token,
            self.expiration,
            self.identity_id,
            self.account_id,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Credentials):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def __repr__(self) -> str:
        return (
            f"Credentials(access_key_id='{self.access_key_id[:4]}…{self.access_key_id[-4:]}', "
            f"expiration={self.expiration.isoformat()}, identity_id={self.identity_id!r})"
        )

    def __setattr__(self, name: str, value: object) -> t.NoReturn:
        raise AttributeError(f"Credentials are immutable: {name} cannot be set")

    def __delattr__(self, name: str) -> t.NoReturn:
        raise AttributeError(f"Credentials are immutable: {name} cannot be deleted")

    def __copy__(self) -> Credentials:
        return self

    def __deepcopy__(self, memo: object) -> Credentials:
        return self

    def __reduce__(self) -> tuple[t.Any, ...]:
        # Without `_now`: a clock belongs to the process that made it.
        return _restore, self._values()


def time_of(credentials: Credentials) -> float:
    """Return the time that the credentials are judged by, in seconds since 1970."""
    return credentials._now()  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001 - this module


def _restore(
    access_key_id: str,
    secret_access_key: str,
    session_token: str,
    expiration: datetime,
    identity_id: str,
    account_id: str | None,
) -> Credentials:
    return Credentials(
        access_key_id=access_key_id,
        secret_access_key=secret_access_key,
        session_token=session_token,
        expiration=expiration,
        identity_id=identity_id,
        account_id=account_id,
    )
