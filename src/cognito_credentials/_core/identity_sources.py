"""Where an identity id comes from, when it is kept, and when it is dropped.

An identity id is precious: GetId gives a guest a new one each time, and what the guest stored
under the old one is lost with it. So it is dropped only by an answer that proves it dead (see
`exchange.py`), and only where it is still the one that was meant.
"""

from __future__ import annotations

from cognito_credentials._core import endpoints, logs, ops, records, wire_cognito
from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.digests import sha256_hex
from cognito_credentials._core.identity_id_cache import GUEST, adapt_cache, format_cache_key
from cognito_credentials.errors import ConfigurationError, MalformedResponseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from cognito_credentials._core.identity_id_cache import CacheAdapter
    from cognito_credentials._core.login_resolution import ResolvedLogins
    from cognito_credentials._core.ops import Flow
    from cognito_credentials._core.service_client import ServiceClient

    class IdentitySource(Protocol):
        """What `PoolIdentitySource` and `FixedIdentitySource` have in common."""

        @property
        def identity_pool_id(self) -> str | None: ...

        def identify(self, client: ServiceClient, logins: ResolvedLogins, /) -> Flow[Identity]: ...

        def drop(self, identity: Identity, /) -> Flow[None]: ...

        def adopt(self, identity: Identity, answered_id: str, /) -> Flow[None]: ...

        def scope(self, logins: ResolvedLogins, /) -> Flow[dict[str, Any]]: ...

        def remember(self, identity_id: str, logins: ResolvedLogins, /) -> Flow[None]: ...

        def add_store(self, shared: Any, given: Any, /) -> None: ...


class User:
    """Whose identity id it is: a key to remember it by, and its key in the cache, if it has one."""

    __slots__ = ("cache_key", "key")

    def __init__(self, key: str, cache_key: str | None = None) -> None:
        self.key = key
        self.cache_key = cache_key


class Identity:
    """An identity id; `is_known` where it is from a cache or from memory, not new from GetId."""

    __slots__ = ("id", "is_known", "user")

    def __init__(self, identity_id: str, user: User | None, *, is_known: bool) -> None:
        self.id = identity_id
        self.user = user  # None: the caller gave the id, and it is never replaced
        self.is_known = is_known


class FixedIdentitySource:
    """The identity id that the caller named, or that a developer's back end gives with a token."""

    def __init__(self, identity_id: str | None, identity_pool_id: str | None = None) -> None:
        self.given = self.current = identity_id
        self.identity_pool_id = identity_pool_id

    def identify(self, _client: ServiceClient, logins: ResolvedLogins) -> Flow[Identity]:
        # What comes with a token belongs to that token: it is never read back from what is shared.
        identity_id = logins.identity_id or self.current
        if identity_id is None:
            raise ConfigurationError("logins name no identity id: a DeveloperIdentity must")
        yield from ()
        return Identity(identity_id, None, is_known=True)

    def drop(self, _identity: Identity) -> Flow[None]:
        yield from ()

    def adopt(self, _identity: Identity, answered_id: str) -> Flow[None]:
        self.current = answered_id
        yield from ()

    def scope(self, logins: ResolvedLogins) -> Flow[dict[str, Any]]:
        """Return whose credentials these are: of the id as it was given, whatever it became."""
        yield from ()
        return {
            "pool": self.identity_pool_id,
            "identity": logins.identity_id or self.given,
            "logins": records.subjects_of(logins, is_named=True),
        }

    def remember(self, identity_id: str, _logins: ResolvedLogins) -> Flow[None]:
        self.current = identity_id
        yield from ()

    def add_store(self, _shared: Any, _given: Any) -> None:
        """Do nothing: the caller knows the id."""


class PoolIdentitySource:
    """The identity id of a pool's user: remembered, else from the cache, else from GetId.

    One user at a time is remembered. Who that is comes from `user_identifier`, else from the
    tokens themselves, so that a supplier that turns to another user is not answered with the
    former user's id. The cache is for guests and for users that the caller can name: with logins
    and no `user_identifier` nothing is written to it.

    `known_id` is what the id was when the user's credentials were fetched last. It stands in where
    the cache has none, or is down, and is put there. What the cache has comes first: others who
    share it may have found the known one dead, and all must have the same in the end.
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
        self.caches = [] if cache is None else [adapt_cache(cache, identity_pool_id)]
        # As the user gave them; None where no store is to keep ids, since a cache does.
        self._stores: list[Any] | None = [] if cache is None else None
        self._new: list[CacheAdapter] = []  # stores that may lack the id that is remembered
        self.user_identifier = user_identifier
        self.known_id = known_id
        self._remembered: tuple[str, str] | None = None  # (user's key, id), swapped as one
        self._dead_id: str | None = None

    def identify(self, client: ServiceClient, logins: ResolvedLogins) -> Flow[Identity]:
        user = yield from self._user_of(logins)
        identity = self._recall(user)
        if identity is None:
            identity = yield from ops.share(user.key, lambda: self._find(client, logins, user))
        if self._new:
            yield from self._tell_new(user, identity.id)
        return identity

    def drop(self, identity: Identity) -> Flow[None]:
        """Forget this id, unless a newer one has taken its place."""
        user = identity.user
        if user is None:
            return
        logs.debug("Identity id %s is dead, and dropped", identity.id)
        self._dead_id = identity.id
        if self._remembered == (user.key, identity.id):
            self._remembered = None
        for cache in self._caches_of(user):
            yield from cache.drop(user.key, identity.id)

    def adopt(self, identity: Identity, answered_id: str) -> Flow[None]:
        """Remember the id that the service answered with: a merge may have changed it."""
        user = identity.user
        # An answer with the id that was sent says nothing new, and may be late: another caller may
        # have found that id dead and replaced it meanwhile.
        if user is None or answered_id == identity.id:
            return
        if self._remembered != (user.key, answered_id):
            yield from self._keep(user, answered_id)

    def scope(self, logins: ResolvedLogins) -> Flow[dict[str, Any]]:
        """Return whose credentials these are."""
        name = yield from self._name_of(logins)
        return {
            "pool": self.identity_pool_id,
            "user": name,
            "logins": records.subjects_of(logins, is_named=name is not None),
        }

    def remember(self, identity_id: str, logins: ResolvedLogins) -> Flow[None]:
        """Remember an id that another process has found, so that GetId is not called for it."""
        user = yield from self._user_of(logins)
        if self._remembered == (user.key, identity_id) and not self._new:
            return
        self._remembered = (user.key, identity_id)
        for cache in self._caches_of(user):
            # It is there as a rule; and writing takes longer.
            if (yield from cache.load(user.key)) != identity_id:
                yield from cache.store(user.key, identity_id)
        self._new = []

    def add_store(self, shared: Any, given: Any) -> None:
        """Keep ids beside the credentials that a store has, unless they have a cache already.

        A guest whose credentials are shared and whose id is not would become another guest as soon
        as the credentials are over: so each store has it. `given` is the store as the user gave it.
        """
        if self._stores is None or any(given is store for store in self._stores):
            return
        self._stores.append(given)
        cache = adapt_cache(shared, self.identity_pool_id)
        self.caches.append(cache)
        self._new.append(cache)

    def _recall(self, user: User) -> Identity | None:
        remembered = self._remembered
        if remembered is None or remembered[0] != user.key:
            return None
        return Identity(remembered[1], user, is_known=True)

    def _find(self, client: ServiceClient, logins: ResolvedLogins, user: User) -> Flow[Identity]:
        identity = self._recall(user)  # the flight before this one may have found it
        if identity is not None:
            return identity
        for cache in self._caches_of(user):
            cached = yield from cache.load(user.key)
            # A cache that would not delete it gives the dead id back.
            logs.debug("Identity id in %s: %s", cache, cached or "none")
            if cached is not None and cached != self._dead_id:
                self._remembered = (user.key, cached)
                self._new = [new for new in self._new if new is not cache]
                return Identity(cached, user, is_known=True)
        known_id = self.known_id
        if known_id is not None and known_id != self._dead_id:
            yield from self._keep(user, known_id)
            return Identity(known_id, user, is_known=True)
        identity_id = yield from self._get_id(client, logins)
        yield from self._keep(user, identity_id)
        return Identity(identity_id, user, is_known=False)

    def _keep(self, user: User, identity_id: str) -> Flow[None]:
        self._remembered = (user.key, identity_id)
        for cache in self._caches_of(user):
            yield from cache.store(user.key, identity_id)
            logs.debug("Identity id %s is kept in %s", identity_id, cache)
        self._new = []

    def _tell_new(self, user: User, identity_id: str) -> Flow[None]:
        """Give stores that came later an id where they have none: another's is not ours to change."""
        new, self._new = self._new, []
        for cache in new:
            if user.cache_key and (yield from cache.load(user.key)) is None:
                yield from cache.store(user.key, identity_id)

    def _caches_of(self, user: User) -> list[CacheAdapter]:
        # The key of a user who has one in caches is the one that it is remembered by.
        return self.caches if user.cache_key else []

    def _get_id(self, client: ServiceClient, logins: ResolvedLogins) -> Flow[str]:
        members: dict[str, Any] = {"IdentityPoolId": self.identity_pool_id}
        if self.account_id is not None:
            members["AccountId"] = self.account_id
        if logins.tokens:
            members["Logins"] = logins.tokens
        facts = CallContext(identity_pool_id=self.identity_pool_id, identity_id=None, logins=logins)
        answer = yield from client.call(wire_cognito, self.url, "GetId", members, facts)
        return read_identity_id(answer)

    def _user_of(self, logins: ResolvedLogins) -> Flow[User]:
        name = yield from self._name_of(logins)
        if name is not None:
            key = format_cache_key(self.identity_pool_id, name)
            return User(key, key)
        return User(_who(logins))

    def _name_of(self, logins: ResolvedLogins) -> Flow[str | None]:
        """Return what the caller calls this user; None where it does not say."""
        name = self.user_identifier
        if not logins.tokens and not isinstance(name, str):
            name = GUEST  # a guest has no claims that a callable could name it by
        elif callable(name):
            if logins.claims is None:
                raise ConfigurationError(
                    "user_identifier is a callable, but no login is an ID token with claims",
                    hint="Give user_identifier as a string, or a login whose token is a JWT.",
                )
            name = yield from ops.call(name, logins.claims)
            if not isinstance(name, str) or not name:
                raise ConfigurationError(
                    f"user_identifier returned {type(name).__name__}, not a text that names a user"
                )
        return name


def _who(logins: ResolvedLogins) -> str:
    """Return a key that differs between users whom nobody has named."""
    if logins.claims is not None and logins.claims.get("sub"):
        return f"{logins.claims.get('iss')} {logins.claims['sub']}"
    # Opaque tokens say nothing of the user. A new token then costs a GetId, which answers with the
    # same id; taking another user's id would cost far more.
    return sha256_hex(repr(sorted(logins.tokens.items())))


def read_identity_id(answer: dict[str, Any], *, default: str | None = None) -> str:
    """Return the `IdentityId` of an answer, or the one asked with where the answer is silent."""
    identity_id = answer.get("IdentityId", default)
    try:
        endpoints.check_identity_id(identity_id)
    except ConfigurationError:
        raise MalformedResponseError(
            "Response from Amazon Cognito contained no identity ID"
        ) from None
    return str(identity_id)
