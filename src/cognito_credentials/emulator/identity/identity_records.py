"""The records of identities, and their index by login and by identity pool.

`IdentityStore` decides which changes to make, and this module stores them. A `PoolIdentity` is an
immutable snapshot; only `IdentityRecords.save` changes an identity. Each change is recorded in the
journal first.
"""

from __future__ import annotations

import itertools
import secrets
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from cognito_credentials.emulator.identity.errors import identity_pool_not_found
from cognito_credentials.emulator.identity.state import NoJournal, StateJournal

MAX_SERIAL = 2**53  # Each integer up to this number is exact in all JSON parsers.
_ID_PREFIX_BYTES = 5


class LinkedLogin(NamedTuple):
    """A user of a login provider, as stored in an identity.

    An identity has at most one user of each public provider, and any number of users of its
    developer provider.
    """

    provider: str
    subject: str
    is_public: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolIdentity:
    """Immutable snapshot of one identity. Every change creates a new object.

    Attributes:
        id: The identity ID.
        pool_id: The identity pool ID.
        serial: A number that increases with every new identity in the region.
        created_at: When the identity was created, in seconds since the epoch (UTC).
        modified_at: When the logins of the identity last changed, in seconds since the epoch (UTC).
        logins: The linked logins; empty for a guest.
        is_enabled: False if the identity has been merged into another identity, or has lost its
            last login.
    """

    id: str
    pool_id: str
    serial: int
    created_at: float
    modified_at: float
    logins: frozenset[LinkedLogin] = frozenset()
    is_enabled: bool = True

    @property
    def provider_names(self) -> list[str]:
        """The names of the login providers, without the users, in alphabetical order."""
        return sorted({login.provider for login in self.logins})


@dataclass(slots=True)
class _PoolIndex:
    """The identity IDs of one identity pool, in the order of their serial numbers."""

    id_prefix: str
    serials: array[int] = field(default_factory=lambda: array("Q"))
    ids: list[str] = field(default_factory=list[str])


class IdentityRecords:
    """The identities of one region. Not thread-safe.

    Args:
        region: The AWS region.
        journal: Records the changes.
        identities: The initial identities, which the journal already contains.
    """

    def __init__(
        self,
        *,
        region: str,
        journal: StateJournal | None = None,
        identities: Iterable[PoolIdentity] = (),
    ) -> None:
        self._region = region
        self._journal = journal or NoJournal()
        self._identities: dict[str, PoolIdentity] = {}
        self._owners: dict[tuple[str, LinkedLogin], str] = {}
        self._pools: dict[str, _PoolIndex] = {}
        self._deleted_pools: set[str] = set()
        first_serial = 0
        for identity in sorted(identities, key=lambda each: each.serial):
            self._add(identity)
            first_serial = identity.serial + 1
        self._serials = itertools.count(first_serial)

    def get(self, identity_id: str) -> PoolIdentity | None:
        """Return the identity with this ID."""
        return self._identities.get(identity_id)

    def find_owner(self, pool_id: str, login: LinkedLogin) -> PoolIdentity | None:
        """Return the identity to which a login is linked in an identity pool."""
        owner = self._owners.get((pool_id, login))
        return None if owner is None else self._identities[owner]

    def make(self, pool_id: str, now: float) -> PoolIdentity:
        """Return a new identity without logins, without saving it."""
        # As in AWS, these IDs look like UUIDs, but have no version, and all IDs of an identity pool
        # have the same prefix. Clients that require valid UUIDs therefore also fail with the
        # emulator.
        digits = self._find_index(pool_id).id_prefix + secrets.token_hex(16 - _ID_PREFIX_BYTES)
        groups = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
        return PoolIdentity(
            id=f"{self._region}:{'-'.join(groups)}",
            pool_id=pool_id,
            serial=next(self._serials),
            created_at=now,
            modified_at=now,
        )

    def list_all(self) -> list[PoolIdentity]:
        """Return the identities of all identity pools."""
        return list(self._identities.values())

    def save(self, identities: Collection[PoolIdentity]) -> None:
        """Add identities or replace their earlier snapshots, and update the owners of their logins.

        A login may move from one of these identities to a later identity in the list.

        Raises:
            AwsError: If the identity pool was deleted in the meantime.
        """
        for identity in identities:
            self._find_index(identity.pool_id)
        self._journal.save_identities(identities)
        for identity in identities:
            self._add(identity)

    def delete(self, identity_ids: Collection[str]) -> None:
        """Delete identities and their logins. Unknown IDs are ignored."""
        self._journal.delete_identities(identity_ids)
        for identity_id in identity_ids:
            identity = self._identities.pop(identity_id, None)
            if identity is not None:
                self._delete_owners(identity)
                index = self._pools[identity.pool_id]
                position = bisect_left(index.serials, identity.serial)
                del index.serials[position]
                del index.ids[position]

    def delete_pool(self, pool_id: str) -> None:
        """Delete every identity of an identity pool, and reject later identities for the pool.

        The journal deletes the identities together with the pool.
        """
        self._deleted_pools.add(pool_id)
        index = self._pools.pop(pool_id, None)
        for identity_id in () if index is None else index.ids:
            self._delete_owners(self._identities.pop(identity_id))

    def list_after(self, pool_id: str, serial: int) -> Iterator[PoolIdentity]:
        """Yield the identities of an identity pool with greater serial numbers, in their order."""
        index = self._pools.get(pool_id)
        if index is not None:
            for position in range(bisect_right(index.serials, serial), len(index.ids)):
                yield self._identities[index.ids[position]]

    def _add(self, identity: PoolIdentity) -> None:
        previous = self._identities.get(identity.id)
        if previous is None:
            index = self._pools.get(identity.pool_id)
            if index is None:
                index = self._pools[identity.pool_id] = _PoolIndex(_id_prefix(identity.id))
            index.serials.append(identity.serial)
            index.ids.append(identity.id)
        else:
            for login in previous.logins - identity.logins:
                del self._owners[identity.pool_id, login]
        for login in identity.logins:
            self._owners[identity.pool_id, login] = identity.id
        self._identities[identity.id] = identity

    def _find_index(self, pool_id: str) -> _PoolIndex:
        if pool_id in self._deleted_pools:
            raise identity_pool_not_found(pool_id)
        index = self._pools.get(pool_id)
        if index is None:
            index = self._pools[pool_id] = _PoolIndex(secrets.token_hex(_ID_PREFIX_BYTES))
        return index

    def _delete_owners(self, identity: PoolIdentity) -> None:
        for login in identity.logins:
            del self._owners[identity.pool_id, login]


def _id_prefix(identity_id: str) -> str:
    """Return the digits with which all identity IDs of an identity pool start."""
    return identity_id.partition(":")[2].replace("-", "")[: 2 * _ID_PREFIX_BYTES]
