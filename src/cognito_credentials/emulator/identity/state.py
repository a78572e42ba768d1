"""The state of the service as plain data, and the port that stores it outside the process."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from cognito_credentials.emulator.identity.identity_records import PoolIdentity
    from cognito_credentials.emulator.identity.pools import IdentityPool


class RegisteredToken(NamedTuple):
    """An opaque token that identity pools accept, and the application and user that it identifies.

    The repr does not show the token.

    Attributes:
        provider: The login provider name.
        token: The access token.
        app_id: The application to which the provider issued the token.
        user_id: The user for whom the provider issued the token.
    """

    provider: str
    token: str
    app_id: str
    user_id: str

    def __repr__(self) -> str:
        return f"RegisteredToken(provider={self.provider!r}, user_id={self.user_id!r})"


@dataclass(frozen=True, slots=True)
class ServiceState:
    """All data of the service.

    Attributes:
        pools: The identity pools of all regions.
        identities: The identities of these pools.
        opaque_tokens: The registered opaque tokens.
    """

    pools: Sequence[IdentityPool] = ()
    identities: Sequence[PoolIdentity] = ()
    opaque_tokens: Sequence[RegisteredToken] = ()


class StateJournal(Protocol):
    """Records the changes to the state. Thread-safe.

    Before the service makes a change in memory, and therefore before it responds to the request, it
    calls the corresponding method of the journal. Each call is one transaction: if it raises an
    exception, the request fails and nothing has changed.
    """

    def save_pool(self, pool: IdentityPool) -> None:
        """Add an identity pool, or replace the pool with the same ID."""
        ...

    def delete_pool(self, pool_id: str) -> None:
        """Delete an identity pool and all its identities."""
        ...

    def save_identities(self, identities: Collection[PoolIdentity]) -> None:
        """Add identities, or replace the identities with the same IDs."""
        ...

    def delete_identities(self, identity_ids: Collection[str]) -> None:
        """Delete identities. Unknown IDs are ignored."""
        ...

    def save_opaque_token(self, token: RegisteredToken) -> None:
        """Add an opaque token, or replace its application and user."""
        ...


class NoJournal:
    """The journal of a service whose state need not survive the process."""

    def save_pool(self, pool: IdentityPool) -> None:
        """Do nothing."""

    def delete_pool(self, pool_id: str) -> None:
        """Do nothing."""

    def save_identities(self, identities: Collection[PoolIdentity]) -> None:
        """Do nothing."""

    def delete_identities(self, identity_ids: Collection[str]) -> None:
        """Do nothing."""

    def save_opaque_token(self, token: RegisteredToken) -> None:
        """Do nothing."""
