"""Temporary AWS credentials."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cognito_credentials import _typing as t
from cognito_credentials._immutable import Immutable
from cognito_credentials._validation import check_argument_names, format_value
from cognito_credentials.errors import ConfigurationError

__all__ = ["Credentials"]

TYPE_CHECKING = False

# Names of the attributes in SDKs, in lower case and without underscores.
_ALIASES = {
    "accesskey": "access_key_id",
    "awsaccesskeyid": "access_key_id",
    "secretkey": "secret_access_key",
    "awssecretaccesskey": "secret_access_key",
    "token": "session_token",
    "awssessiontoken": "session_token",
    "expires": "expiration",
    "expiry": "expiration",
    "expirytime": "expiration",
}


class Credentials(Immutable):
    """Temporary AWS credentials; immutable and hashable.

    The attributes and `is_expired` have the same names as in the credentials of smithy-aws-core, on
    which the `aws-sdk-*` packages are based, so that these packages accept this object without
    conversion.

    The repr contains a shortened access key ID, but no secrets. Pickled credentials contain the
    secrets, so that credentials can be passed to a child process.

    Attributes:
        access_key_id: Access key ID, which is not secret.
        secret_access_key: Secret access key.
        session_token: Session token.
        expiration: Expiration time, as an aware UTC datetime without fractions of a second.
        identity_id: Identity ID in Amazon Cognito.
        account_id: AWS account ID if the caller configured it, otherwise None; Cognito does not
            return the account ID.

    Args:
        access_key_id: See the attribute.
        secret_access_key: See the attribute.
        session_token: See the attribute.
        expiration: An aware datetime, in any time zone. Fractions of a second are discarded.
        identity_id: See the attribute.
        account_id: See the attribute.

    Raises:
        ValueError: If `expiration` has no time zone.
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

    @check_argument_names
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
            raise ValueError("expiration must be a datetime with a time zone, not a naive datetime")
        self._set_attributes(
            access_key_id=access_key_id,
            secret_access_key=secret_access_key,
            session_token=session_token,
            expiration=expiration.astimezone(UTC).replace(microsecond=0),
            identity_id=identity_id,
            account_id=account_id,
            _now=_now,
        )

    @property
    def remaining(self) -> timedelta:
        """Time until the expiration, on the service's clock if known; negative if expired."""
        return timedelta(seconds=self.expiration.timestamp() - self._now())

    @property
    def is_expired(self) -> bool:
        """Whether the credentials have expired, according to the service's clock if known."""
        return self.expiration.timestamp() <= self._now()

    def as_dict(self, form: str = "credential_process") -> dict[str, t.Any]:
        """Return the credentials as a dict, which contains the secrets.

        Args:
            form: `"credential_process"` for the JSON output of a credential process (`Version`,
                `AccessKeyId`, `SecretAccessKey`, `SessionToken`, `Expiration`), or `"botocore"` for
                the metadata of botocore's `RefreshableCredentials` (`access_key`, `secret_key`,
                `token`, `expiry_time`). Both formats contain the account ID if the account ID is
                known.

        Raises:
            ConfigurationError: If `form` is unknown.
        """
        account_id, expiration = self.account_id, f"{self.expiration:%Y-%m-%dT%H:%M:%SZ}"
        if form == "credential_process":
            document: dict[str, t.Any] = {
                "Version": 1,
                "AccessKeyId": self.access_key_id,
                "SecretAccessKey": self.secret_access_key,
                "SessionToken": self.session_token,
                "Expiration": expiration,
            }
            return document | ({"AccountId": account_id} if account_id else {})
        if form == "botocore":
            metadata: dict[str, t.Any] = {
                "access_key": self.access_key_id,
                "secret_key": self.secret_access_key,
                "token": self.session_token,
                "expiry_time": expiration,
            }
            return metadata | ({"account_id": account_id} if account_id else {})
        raise ConfigurationError(
            f"form must be 'credential_process' or 'botocore', not {format_value(form)}",
            hint="Omit form to get the JSON output of a credential process.",
        )

    if not TYPE_CHECKING:  # Type checkers report unknown attributes themselves.

        def __getattr__(self, name: str) -> object:
            if name.startswith("_"):
                raise AttributeError(name)
            from cognito_credentials._spelling import unknown_attribute

            raise unknown_attribute("Credentials", name, self.__slots__, _ALIASES)

        def __getitem__(self, key: object) -> object:
            from cognito_credentials._spelling import unknown_item

            raise unknown_item("Credentials", key, self.__slots__, _ALIASES)

    def _values(self) -> tuple[t.Any, ...]:
        return (
            self.access_key_id,
            self.secret_access_key,
            self.session_token,
            self.expiration,
            self.identity_id,
            self.account_id,
        )

    def __repr__(self) -> str:
        return (
            f"Credentials(access_key_id='{self.access_key_id[:4]}…{self.access_key_id[-4:]}', "
            f"expiration={self.expiration.isoformat()}, identity_id={self.identity_id!r})"
        )

    def __reduce__(self) -> tuple[t.Any, ...]:
        # `_now` is omitted, because a clock cannot be passed to another process.
        return _restore, self._values()


def read_clock(credentials: Credentials) -> float:
    """Return the current time of the credentials' clock, in seconds since 1970 (UTC)."""
    return credentials._now()  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001 - defined in this module


def has_expired_locally(credentials: Credentials) -> bool:
    """Return True if credentials have expired according to the clock of this machine."""
    return credentials.expiration.timestamp() <= time.time()


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
