"""Identities: who they are, the logins linked to them, and how two become one.

An identity is a guest until a login is linked to it; a login belongs to one identity of a pool
at most. Logins that are presented together end up on one identity: where they were on two,
the older one survives and the other is disabled, so the answered identity id may differ from
the one that was asked for. Source: developer guide, "Identity pools authentication flow" and
"Switching identities"; which of two signed-in identities survives is our choice.
"""

from __future__ import annotations

import itertools
import secrets
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from cognito_credentials.emulator.identity.errors import (
    Invented,
    ServiceFault,
    identity_forbidden,
    identity_not_found,
    login_conflict,
    logins_do_not_match,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


class Link(NamedTuple):
    """Name one user of one login provider.

    An identity has at most one user of a public provider, and any number of its developer
    provider's.
    """

    provider: str
    subject: str
    public: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Hold one identity as it was when it was asked for; a change makes a new value."""

    id: str
    pool_id: str
    serial: int
    links: frozenset[Link] = frozenset()
    enabled: bool = True


class Identities:
    """Keep the identities of all pools and the rules that link them. Thread-safe.

    Each method that links is one transaction: it changes everything or raises ``ServiceFault``
    and changes nothing.
    """

    def __init__(self, *, region: str) -> None:
        self._region = region
        self._identities: dict[str, Identity] = {}
        self._owners: dict[tuple[str, Link], str] = {}
        self._id_prefixes: dict[str, str] = {}
        self._serials = itertools.count()
        self._lock = threading.RLock()

    def get(self, identity_id: str) -> Identity:
        """Return an identity; raise ``ServiceFault`` where there is none of that id."""
        with self._lock:
            return self._get(identity_id)

    def create_guest(self, pool_id: str) -> Identity:
        """Make a new identity without logins: every guest's GetId does."""
        with self._lock:
            return self._create(pool_id)

    def find_or_create(self, pool_id: str, links: Collection[Link]) -> Identity:
        """Return the identity of these logins, linking those that are new."""
        with self._lock:
            owners = self._owners_of(pool_id, links)
            return self._unite(owners or [self._new(pool_id)], links)

    def sign_in(self, identity_id: str, links: Collection[Link]) -> Identity:
        """Link ``links`` to an identity and return the one that results.

        A guest takes any login; one that is known already brings its own identity instead.
        An identity with logins takes more only together with one that it has.
        """
        with self._lock:
            identity = self._get(identity_id)
            owners = self._owners_of(identity.pool_id, links)
            if not identity.enabled and not owners:
                raise identity_forbidden(identity_id)
            if identity.links and identity not in owners:
                raise logins_do_not_match()
            return self._unite(owners or [identity], links, absorbed=identity)

    def sign_in_developer(
        self, identity_id: str, developer: Link, links: Collection[Link]
    ) -> Identity:
        """Sign in with a developer's user, and with ``links`` where the caller has any.

        Like ``sign_in``, but a developer user of another identity is a conflict, not a merge.
        """
        with self._lock:
            identity = self._get(identity_id)
            if self._owners.get((identity.pool_id, developer), identity_id) != identity_id:
                raise ServiceFault(
                    "DeveloperUserAlreadyRegisteredException", Invented.DEVELOPER_USER_TAKEN
                )
            return self.sign_in(identity_id, (developer, *links))

    def forget_pool(self, pool_id: str) -> None:
        """Drop every identity of a deleted pool."""
        with self._lock:
            self._identities = {
                key: identity
                for key, identity in self._identities.items()
                if identity.pool_id != pool_id
            }
            self._owners = {key: owner for key, owner in self._owners.items() if key[0] != pool_id}

    def _get(self, identity_id: str) -> Identity:
        try:
            return self._identities[identity_id]
        except KeyError:
            raise identity_not_found(identity_id) from None

    def _owners_of(self, pool_id: str, links: Collection[Link]) -> list[Identity]:
        """Return the identities that already have one of ``links``, oldest first."""
        ids = {self._owners[pool_id, link] for link in links if (pool_id, link) in self._owners}
        return sorted((self._identities[each] for each in ids), key=lambda owner: owner.serial)

    def _unite(
        self, owners: Sequence[Identity], links: Collection[Link], absorbed: Identity | None = None
    ) -> Identity:
        """Put ``links`` and all that ``owners`` have on the first owner; disable the others."""
        survivor = owners[0]
        others = {owner.id: owner for owner in (*owners[1:], *((absorbed,) if absorbed else ()))}
        others.pop(survivor.id, None)
        merged = frozenset(links).union(*(owner.links for owner in owners))
        _refuse_two_users(survivor.id, merged)
        for other in others.values():
            self._identities[other.id] = replace(other, links=frozenset(), enabled=False)
        united = replace(survivor, links=merged)
        self._identities[united.id] = united
        for link in merged:
            self._owners[united.pool_id, link] = united.id
        return united

    def _create(self, pool_id: str) -> Identity:
        identity = self._new(pool_id)
        self._identities[identity.id] = identity
        return identity

    def _new(self, pool_id: str) -> Identity:
        # Looks like a UUID and is none: ids of a pool begin alike and carry no version, which
        # catches clients that parse them.
        prefix = self._id_prefixes.setdefault(pool_id, secrets.token_hex(5))
        digits = prefix + secrets.token_hex(11)
        groups = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
        identity_id = f"{self._region}:{'-'.join(groups)}"
        return Identity(id=identity_id, pool_id=pool_id, serial=next(self._serials))


def _refuse_two_users(identity_id: str, links: Collection[Link]) -> None:
    seen: set[str] = set()
    for link in sorted(links):
        if link.public and link.provider in seen:
            raise login_conflict(identity_id, link.provider)
        seen.add(link.provider)
