"""The rules for linking logins to identities, and for merging two identities.

An identity is a guest until a login is linked to it. Within an identity pool, a login belongs to
at most one identity. Logins that are sent in the same request are linked to the same identity. If
the logins belong to two identities, the older identity is retained and the other identity is
disabled, so the identity ID in the response may differ from the identity ID in the request. Source:
developer guide, "Identity pools authentication flow" and "Switching identities". Two rules are not
documented, so they were chosen for the emulator: of two signed-in identities, the older identity is
retained, and an identity is disabled when it loses its last login.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from cognito_credentials.emulator.clock import EmulatorClock
from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity.errors import (
    UnconfirmedText,
    identity_forbidden,
    identity_not_found,
    invalid_parameter,
    login_conflict,
    logins_do_not_match,
    resource_conflict,
)
from cognito_credentials.emulator.identity.identity_records import (
    IdentityRecords,
    LinkedLogin,
    PoolIdentity,
)
from cognito_credentials.emulator.identity.state import StateJournal

_MAX_LINKED_LOGINS = 20


class IdentityStore:
    """The identities of the identity pools of one region. Thread-safe.

    Each method is a transaction: it makes all its changes, or raises `AwsError` and changes
    nothing.
    """

    def __init__(
        self,
        *,
        region: str,
        clock: EmulatorClock,
        journal: StateJournal | None = None,
        identities: Iterable[PoolIdentity] = (),
    ) -> None:
        self._records = IdentityRecords(region=region, journal=journal, identities=identities)
        self._clock = clock
        self._lock = threading.RLock()

    def get(self, identity_id: str, *, pool_id: str | None = None) -> PoolIdentity:
        """Return the identity with this ID.

        Raises:
            AwsError: If there is no such identity in the identity pool `pool_id`.
        """
        with self._lock:
            identity = self._records.get(identity_id)
        if identity is None or pool_id not in (None, identity.pool_id):
            raise identity_not_found(identity_id)
        return identity

    def find(self, pool_id: str, login: LinkedLogin) -> PoolIdentity | None:
        """Return the identity of a login, or None if the login is new."""
        with self._lock:
            return self._records.find_owner(pool_id, login)

    def list_page(
        self, pool_id: str, *, after: int, limit: int, hides_disabled: bool
    ) -> list[PoolIdentity]:
        """Return up to `limit` identities whose serial number is greater than `after`."""
        with self._lock:
            listed = self._records.list_after(pool_id, after)
            shown = (each for each in listed if each.is_enabled or not hides_disabled)
            return list(itertools.islice(shown, limit))

    def create_guest(self, pool_id: str) -> PoolIdentity:
        """Create an identity without logins."""
        with self._lock:
            identity = self._make_identity(pool_id)
            self._records.save((identity,))
            return identity

    def find_or_create(self, pool_id: str, logins: Collection[LinkedLogin]) -> PoolIdentity:
        """Return the identity of these logins, and link the new logins to it.

        Raises:
            AwsError: If two of the logins belong to different users of the same login provider, or
                the identity would have too many logins.
        """
        with self._lock:
            owners = self._find_owners(pool_id, logins)
            return self._merge(owners or [self._make_identity(pool_id)], logins)

    def sign_in(self, identity_id: str, logins: Collection[LinkedLogin]) -> PoolIdentity:
        """Link `logins` to an identity, and return the resulting identity.

        Any login can be linked to a guest; if the login already belongs to another identity, that
        identity is returned. To link a new login to an identity with logins, the request must also
        contain one of the existing logins.

        Raises:
            AwsError: If there is no such identity, or the logins do not belong to it.
        """
        with self._lock:
            identity = self.get(identity_id)
            owners = self._find_owners(identity.pool_id, logins)
            if not identity.is_enabled and not logins:
                raise identity_forbidden(identity_id)
            is_guest = identity.is_enabled and not identity.logins
            is_replaced = bool(owners) and not identity.is_enabled
            if not (is_guest or is_replaced or identity in owners):
                raise logins_do_not_match()
            return self._merge(owners or [identity], logins, absorbed=identity)

    def sign_in_developer(
        self, identity_id: str, developer: LinkedLogin, logins: Collection[LinkedLogin]
    ) -> PoolIdentity:
        """Link a developer user and further `logins` to an identity, like `sign_in`.

        Raises:
            AwsError: If `sign_in` would raise this error, or if the developer user belongs to
                another identity.
        """
        with self._lock:
            identity = self.get(identity_id)
            owner = self._records.find_owner(identity.pool_id, developer)
            if owner not in (None, identity):
                raise AwsError(
                    "DeveloperUserAlreadyRegisteredException", UnconfirmedText.DEVELOPER_USER_TAKEN
                )
            return self.sign_in(identity_id, (developer, *logins))

    def merge_developers(
        self, pool_id: str, source: LinkedLogin, destination: LinkedLogin
    ) -> PoolIdentity:
        """Move all logins of the source's identity to the destination's identity.

        Raises:
            AwsError: If one of the developer users is unknown, or the identities are linked to
                different users of the same login provider.
        """
        with self._lock:
            absorbed = self._get_developer(pool_id, source)
            survivor = self._get_developer(pool_id, destination)
            return self._merge([survivor, absorbed], ())

    def unlink(
        self, identity_id: str, presented: Collection[LinkedLogin], providers: Collection[str]
    ) -> PoolIdentity:
        """Remove the logins of public providers from an identity.

        Args:
            identity_id: The identity ID.
            presented: The logins of the caller, at least one of which must be linked already.
            providers: The login provider names. A provider that is not linked to the identity is
                ignored.

        Raises:
            AwsError: If there is no such identity, or the logins do not belong to it.
        """
        with self._lock:
            identity = self.get(identity_id)
            if identity.logins.isdisjoint(presented):
                raise logins_do_not_match()
            removed = (
                login
                for login in identity.logins
                if login.is_public and login.provider in providers
            )
            return self._remove_logins(identity, removed)

    def unlink_developer(
        self, identity_id: str, developer: LinkedLogin, *, pool_id: str
    ) -> PoolIdentity:
        """Remove a developer user from an identity.

        Raises:
            AwsError: If there is no such identity, or the developer user does not belong to it.
        """
        with self._lock:
            identity = self.get(identity_id, pool_id=pool_id)
            if developer not in identity.logins:
                raise developer_not_linked(identity_id, developer)
            return self._remove_logins(identity, (developer,))

    def list_all(self) -> list[PoolIdentity]:
        """Return the identities of all identity pools."""
        with self._lock:
            return self._records.list_all()

    def delete(self, identity_ids: Collection[str]) -> None:
        """Delete identities, so that their logins can be linked to other identities."""
        with self._lock:
            self._records.delete(identity_ids)

    def delete_pool(self, pool_id: str) -> None:
        """Delete every identity of an identity pool."""
        with self._lock:
            self._records.delete_pool(pool_id)

    def _get_developer(self, pool_id: str, developer: LinkedLogin) -> PoolIdentity:
        identity = self._records.find_owner(pool_id, developer)
        if identity is None:
            message = UnconfirmedText.DEVELOPER_USER_NOT_FOUND.format(user=developer.subject)
            raise AwsError("ResourceNotFoundException", message)
        return identity

    def _find_owners(self, pool_id: str, logins: Collection[LinkedLogin]) -> list[PoolIdentity]:
        """Return the identities that already have one of the logins, oldest first."""
        found = (self._records.find_owner(pool_id, login) for login in logins)
        owners = {owner.serial: owner for owner in found if owner is not None}
        return [owners[serial] for serial in sorted(owners)]

    def _merge(
        self,
        owners: Sequence[PoolIdentity],
        logins: Collection[LinkedLogin],
        absorbed: PoolIdentity | None = None,
    ) -> PoolIdentity:
        """Link `logins` and the logins of all owners to the first owner; disable all others."""
        survivor = owners[0]
        others = {owner.id: owner for owner in (*owners[1:], *((absorbed,) if absorbed else ()))}
        others.pop(survivor.id, None)
        merged_logins = frozenset(logins).union(*(owner.logins for owner in owners))
        _check_logins(survivor.id, merged_logins)
        changed = [self._change(other, frozenset(), is_enabled=False) for other in others.values()]
        merged = self._change(survivor, merged_logins, is_enabled=True)
        if others or merged is not survivor or self._records.get(survivor.id) is None:
            self._records.save((*changed, merged))
        return merged

    def _remove_logins(
        self, identity: PoolIdentity, removed: Iterable[LinkedLogin]
    ) -> PoolIdentity:
        remaining = identity.logins.difference(removed)
        changed = self._change(identity, remaining, is_enabled=bool(remaining))
        self._records.save((changed,))
        return changed

    def _change(
        self, identity: PoolIdentity, logins: frozenset[LinkedLogin], *, is_enabled: bool
    ) -> PoolIdentity:
        """Return an updated identity, or the same object if neither value changes."""
        if (identity.logins, identity.is_enabled) == (logins, is_enabled):
            return identity
        return replace(
            identity, logins=logins, is_enabled=is_enabled, modified_at=self._clock.now()
        )

    def _make_identity(self, pool_id: str) -> PoolIdentity:
        return self._records.make(pool_id, self._clock.now())


def developer_not_linked(identity_id: str, developer: LinkedLogin) -> AwsError:
    """Return the error for a developer user that does not belong to an identity."""
    message = UnconfirmedText.DEVELOPER_USER_NOT_LINKED.format(
        user=developer.subject, identity_id=identity_id
    )
    return resource_conflict(message)


def _check_logins(identity_id: str, logins: Collection[LinkedLogin]) -> None:
    seen: set[str] = set()
    for login in sorted(logins):
        if login.is_public and login.provider in seen:
            raise login_conflict(identity_id, login.provider)
        seen.add(login.provider)
    if len(logins) > _MAX_LINKED_LOGINS:
        message = UnconfirmedText.TOO_MANY_LOGINS.format(limit=_MAX_LINKED_LOGINS)
        raise invalid_parameter(message)
