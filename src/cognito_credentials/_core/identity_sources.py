"""Sources of identity IDs: memory, caches, GetId, or the caller.

GetId returns a new identity ID to a guest on every call, and the guest loses the data stored under
the old ID. An ID is therefore evicted only if a response proves that it is invalid (see
`exchange.py`), and only if no newer ID has replaced it in the meantime.
"""

from __future__ import annotations

from cognito_credentials._core import logs, ops
from cognito_credentials._core.identity_id_keys import (
    GUEST,
    ResolvedIdentity,
    UserKey,
    check_not_guest,
    derive_user_key,
    format_cache_key,
)
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from cognito_credentials._core.identity_id_cache import CacheAdapter
    from cognito_credentials._core.login_resolution import ResolvedLogins
    from cognito_credentials._core.ops import Flow
    from cognito_credentials._core.service_client import ServiceClient
    from cognito_credentials._core.shared_store import SharedStore

    class IdentitySource(Protocol):
        """Interface of `PoolIdentitySource` and `FixedIdentitySource`."""

        @property
        def identity_pool_id(self) -> str | None: ...

        def identify(
            self, client: ServiceClient, logins: ResolvedLogins, /
        ) -> Flow[ResolvedIdentity]: ...

        def evict(self, identity: ResolvedIdentity, /) -> Flow[None]: ...

        def adopt(self, identity: ResolvedIdentity, identity_id: str, /) -> Flow[None]: ...

        def scope(self, logins: ResolvedLogins, /) -> Flow[dict[str, Any]]: ...

        def remember(self, identity_id: str, logins: ResolvedLogins, /) -> Flow[None]: ...

        def restore(self, identity_id: str, /) -> Flow[bool]: ...

        def add_store(self, store: SharedStore, /) -> None: ...


class FixedIdentitySource:
    """Source of an identity ID that the caller passed, or that a developer provider returned."""

    def __init__(self, identity_id: str | None, identity_pool_id: str | None = None) -> None:
        self.initial = self.current = identity_id
        self.identity_pool_id = identity_pool_id

    def identify(self, _client: ServiceClient, logins: ResolvedLogins) -> Flow[ResolvedIdentity]:
        # The ID that a developer provider returned belongs to this fetch's token, so it takes
        # precedence over `current`, which a concurrent fetch may have set for another token.
        identity_id = logins.identity_id or self.current
        if identity_id is None:
            raise ConfigurationError(
                "logins does not contain an identity ID",
                hint="Pass logins=DeveloperIdentity(...) with a supplier that returns an identity "
                "ID and a token.",
            )
        yield from ()
        return ResolvedIdentity(identity_id, None, is_cached=True)

    def evict(self, _identity: ResolvedIdentity) -> Flow[None]:
        yield from ()

    def adopt(self, _identity: ResolvedIdentity, identity_id: str) -> Flow[None]:
        self.current = identity_id
        yield from ()

    def scope(self, logins: ResolvedLogins) -> Flow[dict[str, Any]]:
        """Return a JSON-serializable dict with the initial ID, which a merge does not change."""
        from cognito_credentials._core import records

        yield from ()
        return {
            "pool": self.identity_pool_id,
            "identity": logins.identity_id or self.initial,
            "logins": records.login_subjects(logins, is_named=True),
        }

    def remember(self, identity_id: str, _logins: ResolvedLogins) -> Flow[None]:
        self.current = identity_id
        yield from ()

    def restore(self, _identity_id: str) -> Flow[bool]:
        yield from ()
        return False

    def add_store(self, _store: SharedStore) -> None:
        """Do nothing, because the caller has passed the ID."""


class PoolIdentitySource:
    """Source of a pool user's identity ID, which comes from memory, a cache or GetId.

    The source remembers one user at a time. The user is identified by `user_identifier` or, without
    it, by the tokens. The previous user's ID is therefore not used after a supplier has switched to
    another user. Caches are used for guests and for users with a `user_identifier`; the IDs of
    other users are stored only in memory.

    `known_id` is the ID with which the user's credentials were last fetched. If the cache has no ID
    or is unavailable, this ID is used, and is written to the cache. An ID in the cache takes
    precedence: another process may have found that `known_id` is invalid, and all processes have to
    use the same ID. The cached ID takes precedence over the ID in memory for the same reasons. If a
    cache has lost the ID, the next fetch writes it back.

    GetId returns a new ID to a guest on every call. Before the call, a failed read from a cache is
    therefore retried. After the call, an ID that another process has stored in the meantime takes
    precedence.
    """

    def __init__(
        self,
        *,
        url: str,
        identity_pool_id: str,
        account_id: str | None,
        cache: Any,
        user_identifier: str | Callable[..., Any] | None,
        known_id: str | None = None,
    ) -> None:
        self.url = url
        self.identity_pool_id = identity_pool_id
        self.account_id = account_id
        self.caches: list[CacheAdapter] = []
        # The stores of the provider; None if an identity ID cache is used instead.
        self._stores: list[SharedStore] | None = [] if cache is None else None
        self.user_identifier = user_identifier
        self.known_id = known_id
        # The user's key and the ID; a tuple, so that both are replaced atomically.
        self._remembered: tuple[str, str] | None = None
        # The user whose ID has been written to the caches.
        self._cached_user: UserKey | None = None
        self._evicted_id: str | None = None
        if cache is not None:
            self._add_cache(cache)

    def _add_cache(self, cache: Any) -> None:
        # Imported here, because a guest without a cache and without a store needs no adapter.
        from cognito_credentials._core.identity_id_cache import adapt_cache

        self.caches.append(adapt_cache(cache, self.identity_pool_id))

    def identify(self, client: ServiceClient, logins: ResolvedLogins) -> Flow[ResolvedIdentity]:
        """Return the user's identity ID; concurrent callers share one GetId call."""
        user = yield from self._identify_user(logins)
        identity = self._find_remembered(user)
        if identity is not None:
            return (yield from self._check_caches(user, identity))
        return (
            yield from ops.single_flight(
                # The source is part of the key, so that sources never share a flight: user keys
                # come from unverified claims, and a broker's driver runs the flights of many users.
                (self, user.key),
                lambda: self._find(client, logins, user),
            )
        )

    def evict(self, identity: ResolvedIdentity) -> Flow[None]:
        """Evict this ID from memory and the caches, unless a newer ID has replaced it."""
        user = identity.user
        if user is None:
            return
        logs.debug("Evicting identity ID %s, which is no longer valid", identity.id)
        self._evicted_id = identity.id
        if self._remembered == (user.key, identity.id):
            self._remembered = None
        for cache in self._caches_for(user):
            yield from cache.evict(user.key, identity.id)

    def adopt(self, identity: ResolvedIdentity, identity_id: str) -> Flow[None]:
        """Remember the identity ID in the service's response; a merge may have changed it."""
        user = identity.user
        # If the response contains the same ID as the request, do nothing: another caller may have
        # evicted and replaced this ID in the meantime.
        if user is None or identity_id == identity.id:
            return
        if self._remembered != (user.key, identity_id):
            yield from self._save(user, identity_id)

    def scope(self, logins: ResolvedLogins) -> Flow[dict[str, Any]]:
        """Return the pool and, except for a guest, the user as a JSON-serializable dict."""
        user_identifier = yield from self._resolve_user_identifier(logins)
        if not logins.tokens and user_identifier == GUEST:
            return {"pool": self.identity_pool_id}
        from cognito_credentials._core import records

        return {
            "pool": self.identity_pool_id,
            "user": user_identifier,
            "logins": records.login_subjects(logins, is_named=user_identifier is not None),
        }

    def remember(self, identity_id: str, logins: ResolvedLogins) -> Flow[None]:
        """Remember an ID that another process has found, so that GetId is not called."""
        user = yield from self._identify_user(logins)
        self._remember(user, identity_id)
        for cache in self._caches_for(user):
            # The cache usually contains the ID already, so read it first: a read is faster than a
            # write.
            cached_id, is_readable = yield from cache.find(user.key)
            if is_readable and cached_id != identity_id:
                yield from cache.save(user.key, identity_id)

    def restore(self, identity_id: str) -> Flow[bool]:
        """Write the user's ID to caches that have lost it; return True if any cache had lost it."""
        user = self._cached_user
        if user is None and isinstance(self.user_identifier, str):
            key = format_cache_key(self.identity_pool_id, self.user_identifier)
            user = UserKey(key, key)
        has_lost = False
        for cache in [] if user is None or identity_id == self._evicted_id else self.caches:
            assert user is not None
            cached_id, is_readable = yield from cache.find(user.key)
            if is_readable and cached_id is None:
                has_lost = True
                yield from self._write_back(cache, user, identity_id)
        return has_lost

    def add_store(self, store: SharedStore) -> None:
        """Also use a credential store for identity IDs, unless there is an identity ID cache.

        The ID is written to every store. Otherwise, a guest whose credentials are shared without
        the ID would get a new identity when the credentials expire.
        """
        if self._stores is None or store in self._stores:
            return
        self._stores.append(store)
        self._add_cache(store)

    def _find_remembered(self, user: UserKey) -> ResolvedIdentity | None:
        remembered = self._remembered
        if remembered is None or remembered[0] != user.key:
            return None
        return ResolvedIdentity(remembered[1], user, is_cached=True)

    def _find(
        self, client: ServiceClient, logins: ResolvedLogins, user: UserKey
    ) -> Flow[ResolvedIdentity]:
        identity = self._find_remembered(
            user
        )  # A flight that has just finished may have found the ID.
        if identity is not None:
            return identity
        # Only a guest's ID is at risk: for a signed-in user, GetId returns the same ID every time.
        is_new_guest = not logins.tokens and self.known_id in (None, self._evicted_id)
        identity = yield from self._find_in_caches(user, is_precious=is_new_guest)
        if identity is not None:
            return identity
        known_id = self.known_id
        if logins.tokens and self._evicted_id is not None:
            # The known ID is probably outdated as well, and GetId finds the current ID.
            known_id = None
        if known_id is not None and known_id != self._evicted_id:
            yield from self._save(user, known_id)
            return ResolvedIdentity(known_id, user, is_cached=True)
        identity_id = yield from self._get_id(client, logins)
        if is_new_guest:
            return (yield from self._add_guest(user, identity_id))
        yield from self._save(user, identity_id)
        return ResolvedIdentity(identity_id, user, is_cached=False)

    def _add_guest(self, user: UserKey, identity_id: str) -> Flow[ResolvedIdentity]:
        """Save a new guest's ID, unless another process has saved an ID in the meantime."""
        caches = self._caches_for(user)
        for index, cache in enumerate(caches):
            cached_id = yield from cache.add(
                user.key, identity_id, evicted_id=self._evicted_id, is_precious=True
            )
            if cached_id != identity_id:
                logs.debug("Adopting identity ID %s from %s", cached_id, cache)
                self._remember(user, cached_id)
                for other in caches[:index]:
                    yield from other.save(user.key, cached_id)
                for other in caches[index + 1 :]:
                    yield from self._fill(other, user, cached_id)
                return ResolvedIdentity(cached_id, user, is_cached=True)
            logs.debug("Saved identity ID %s in %s", identity_id, cache)
        self._remember(user, identity_id)
        return ResolvedIdentity(identity_id, user, is_cached=False)

    def _find_in_caches(self, user: UserKey, *, is_precious: bool) -> Flow[ResolvedIdentity | None]:
        for cache in self._caches_for(user):
            cached_id, _ = yield from cache.find(user.key, is_precious=is_precious)
            logs.debug("Identity ID in %s: %s", cache, cached_id or "none")
            # Ignore an evicted ID: a cache that failed to delete the ID still returns it.
            if cached_id is not None and cached_id != self._evicted_id:
                self._remember(user, cached_id)
                for other in self._caches_for(user):
                    if other is not cache:
                        yield from self._fill(other, user, cached_id)
                return ResolvedIdentity(cached_id, user, is_cached=True)
        return None

    def _check_caches(self, user: UserKey, identity: ResolvedIdentity) -> Flow[ResolvedIdentity]:
        """Compare the ID in memory with the caches; return the ID to use."""
        for index, cache in enumerate(self._caches_for(user)):
            if index:
                yield from self._fill(cache, user, identity.id)
                continue
            cached_id, is_readable = yield from cache.find(user.key)
            if not is_readable or cached_id == identity.id:
                continue
            if cached_id is None or cached_id == self._evicted_id:
                yield from self._write_back(cache, user, identity.id)
            elif self._remembered == (user.key, identity.id):
                logs.debug("Adopting identity ID %s from %s", cached_id, cache)
                self._remember(user, cached_id)
                identity = ResolvedIdentity(cached_id, user, is_cached=True)
        return identity

    def _fill(self, cache: CacheAdapter, user: UserKey, identity_id: str) -> Flow[None]:
        """Write the ID to a cache that has none; an ID from another process is not replaced."""
        cached_id, is_readable = yield from cache.find(user.key)
        if is_readable and cached_id is None:
            yield from self._write_back(cache, user, identity_id)

    def _write_back(self, cache: CacheAdapter, user: UserKey, identity_id: str) -> Flow[None]:
        logs.debug("Writing identity ID %s back to %s, which has lost it", identity_id, cache)
        yield from cache.add(user.key, identity_id, evicted_id=self._evicted_id)

    def _save(self, user: UserKey, identity_id: str) -> Flow[None]:
        self._remember(user, identity_id)
        for cache in self._caches_for(user):
            yield from cache.save(user.key, identity_id)
            logs.debug("Saved identity ID %s in %s", identity_id, cache)

    def _remember(self, user: UserKey, identity_id: str) -> None:
        self._remembered = (user.key, identity_id)
        self._cached_user = user if user.cache_key else None

    def _caches_for(self, user: UserKey) -> list[CacheAdapter]:
        # The user's cache key, if any, is equal to the key in memory.
        return self.caches if user.cache_key else []

    def _get_id(self, client: ServiceClient, logins: ResolvedLogins) -> Flow[str]:
        # Imported here, because a process that finds credentials in a store sends no request.
        from cognito_credentials._core import wire_cognito
        from cognito_credentials._core.call_context import CallContext
        from cognito_credentials._core.responses import read_identity_id

        members: dict[str, Any] = {"IdentityPoolId": self.identity_pool_id}
        if self.account_id is not None:
            members["AccountId"] = self.account_id
        if logins.tokens:
            members["Logins"] = logins.tokens
        context = CallContext(identity_pool_id=self.identity_pool_id, logins=logins)
        result = yield from client.call(wire_cognito, self.url, "GetId", members, context)
        return read_identity_id(result)

    def _identify_user(self, logins: ResolvedLogins) -> Flow[UserKey]:
        user_identifier = yield from self._resolve_user_identifier(logins)
        if user_identifier is not None:
            key = format_cache_key(self.identity_pool_id, user_identifier)
            return UserKey(key, key)
        return UserKey(derive_user_key(logins))

    def _resolve_user_identifier(self, logins: ResolvedLogins) -> Flow[str | None]:
        """Return the user identifier for this user, or None if none is configured.

        Raises:
            ConfigurationError: If the callable cannot be called without claims, or returned an
                invalid identifier.
        """
        user_identifier = self.user_identifier
        if not logins.tokens and not isinstance(user_identifier, str):
            return GUEST  # A guest has no claims that could be passed to a callable.
        if not callable(user_identifier):
            return user_identifier
        if logins.claims is None:
            raise ConfigurationError(
                "user_identifier is a callable, but no login token is an ID token with claims",
                hint="Pass user_identifier as a string, or pass an ID token in logins.",
            )
        user_identifier = yield from ops.call(user_identifier, logins.claims)
        if not isinstance(user_identifier, str) or not user_identifier:
            raise ConfigurationError(
                "user_identifier must return a non-empty string, not "
                + (type(user_identifier).__name__ if user_identifier != "" else "''"),
                hint="Return the ID of the user, for example token_subject(claims).",
            )
        return check_not_guest(user_identifier, "the result of user_identifier")
