"""The identities of identity pools, their logins, and how two identities become one.

An identity is a guest until a login is linked to it. Within an identity pool, a login belongs to
at most one identity. Logins that are sent in the same request are linked to the same identity. If
the logins belong to two identities, the older identity is retained and the other identity is
disabled, so the identity ID in the response may differ from the identity ID in the request. Source:
developer guide, "Identity pools authentication flow" and "Switching identities". Which of two
signed-in identities is retained is a choice of the emulator.
"""

from __future__ import annotations

import itertools
import secrets
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity.errors import (
    UnconfirmedText,
    identity_forbidden,
    identity_not_found,
    login_conflict,
    logins_do_not_match,
)


class LinkedLogin(NamedTuple):
    """One user of one login provider, as an identity stores it.

    An identity has at most one user of each public provider, and any number of users of its
    developer provider.
    """

    provider: str
    subject: str
    is_public: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolIdentity:
    """Immutable snapshot of one identity. Every change creates a new object."""

    id: str
    pool_id: str
    serial: int
    logins: frozenset[LinkedLogin] = frozenset()
    is_enabled: bool = True


class IdentityStore:
    """The identities of all identity pools, and the rules that link logins to them. Thread-safe.

    Each method that links logins is a transaction: it makes all its changes, or raises `AwsError`
    and changes nothing.
    """

    def __init__(self, *, region: str) -> None:
        self._region = region
        self._identities: dict[str, PoolIdentity] = {}
        self._owners: dict[tuple[str, LinkedLogin], str] = {}
        self._id_prefixes: dict[str, str] = {}
        self._serials = itertools.count()
        self._lock = threading.RLock()

    def get(self, identity_id: str) -> PoolIdentity:
        """Return the identity with this ID.

        Raises:
            AwsError: If there is no such identity.
        """
        with self._lock:
            return self._get(identity_id)

    def create_guest(self, pool_id: str) -> PoolIdentity:
        """Create an identity without logins."""
        with self._lock:
            identity = self._make_identity(pool_id)
            self._identities[identity.id] = identity
            return identity

    def find_or_create(self, pool_id: str, logins: Collection[LinkedLogin]) -> PoolIdentity:
        """Return the identity of these logins, and link the new logins to it.

        Raises:
            AwsError: If two of the logins belong to different users of one login provider.
        """
        with self._lock:
            owners = self._find_owners(pool_id, logins)
            return self._merge(owners or [self._make_identity(pool_id)], logins)

    def sign_in(self, identity_id: str, logins: Collection[LinkedLogin]) -> PoolIdentity:
        """Link `logins` to an identity, and return the resulting identity.

        Any login can be linked to a guest. If a login already belongs to another identity, that
        identity is returned. To link a new login to an identity with logins, the request must also
        contain one of the existing logins.

        Raises:
            AwsError: If there is no such identity, or the logins do not belong to it.
        """
        with self._lock:
            identity = self._get(identity_id)
            owners = self._find_owners(identity.pool_id, logins)
            if not identity.is_enabled and not owners:
                raise identity_forbidden(identity_id)
            if identity.logins and identity not in owners:
                raise logins_do_not_match()
            return self._merge(owners or [identity], logins, absorbed=identity)

    def sign_in_developer(
        self, identity_id: str, developer: LinkedLogin, logins: Collection[LinkedLogin]
    ) -> PoolIdentity:
        """Link a developer user and further `logins` to an identity, like `sign_in`.

        Raises:
            AwsError: If `sign_in` would raise it, or if the developer user belongs to another identity.
        """
        with self._lock:
            identity = self._get(identity_id)
            if self._owners.get((identity.pool_id, developer), identity_id) != identity_id:
                raise AwsError(
                    "DeveloperUserAlreadyRegisteredException", UnconfirmedText.DEVELOPER_USER_TAKEN
                )
            return self.sign_in(identity_id, (developer, *logins))

    def delete_pool(self, pool_id: str) -> None:
        """Delete every identity of an identity pool."""
        with self._lock:
            self._identities = {
                key: identity
                for key, identity in self._identities.items()
                if identity.pool_id != pool_id
            }
            self._owners = {key: owner for key, owner in self._owners.items() if key[0] != pool_id}

    def _get(self, identity_id: str) -> PoolIdentity:
        try:
            return self._identities[identity_id]
        except KeyError:
            raise identity_not_found(identity_id) from None

    def _find_owners(self, pool_id: str, logins: Collection[LinkedLogin]) -> list[PoolIdentity]:
        """Return the identities that already have one of the logins, oldest first."""
        ids = {self._owners[pool_id, login] for login in logins if (pool_id, login) in self._owners}
        return sorted((self._identities[each] for each in ids), key=lambda owner: owner.serial)

    def _merge(
        self,
        owners: Sequence[PoolIdentity],
        logins: Collection[LinkedLogin],
        absorbed: PoolIdentity | None = None,
    ) -> PoolIdentity:
        """Link `logins` and the logins of all owners to the first owner; disable the others."""
        survivor = owners[0]
        others = {owner.id: owner for owner in (*owners[1:], *((absorbed,) if absorbed else ()))}
        others.pop(survivor.id, None)
        merged_logins = frozenset(logins).union(*(owner.logins for owner in owners))
        _check_one_user_per_provider(survivor.id, merged_logins)
        for other in others.values():
            self._identities[other.id] = replace(other, logins=frozenset(), is_enabled=False)
        merged = replace(survivor, logins=merged_logins)
        self._identities[merged.id] = merged
        for login in merged_logins:
            self._owners[merged.pool_id, login] = merged.id
        return merged

    def _make_identity(self, pool_id: str) -> PoolIdentity:
        # As in AWS, these IDs look like UUIDs, but have no version, and all IDs of an identity pool
        # have the same prefix. Clients that parse the IDs as UUIDs fail here, too.
        prefix = self._id_prefixes.setdefault(pool_id, secrets.token_hex(5))
        digits = prefix + secrets.token_hex(11)
        groups = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
        identity_id = f"{self._region}:{'-'.join(groups)}"
        return PoolIdentity(id=identity_id, pool_id=pool_id, serial=next(self._serials))


def _check_one_user_per_provider(identity_id: str, logins: Collection[LinkedLogin]) -> None:
    seen: set[str] = set()
    for login in sorted(logins):
        if login.is_public and login.provider in seen:
            raise login_conflict(identity_id, login.provider)
        seen.add(login.provider)
