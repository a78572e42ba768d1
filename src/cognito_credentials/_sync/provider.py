"""The provider, and the two functions that make one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType

import cognito_credentials
from cognito_credentials import _typing as t
from cognito_credentials._base import provider
from cognito_credentials._core.basic import BasicFlow
from cognito_credentials._core.exchange import IdentityChange
from cognito_credentials._core.login_resolution import Logins
from cognito_credentials._sync.driver import Driver, transport_of
from cognito_credentials.config import ClientConfig
from cognito_credentials.credentials import Credentials
from cognito_credentials.policy import RefreshPolicy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from cognito_credentials._core.ops import Flow
    from cognito_credentials._core.shared_fetch import SharedFetch

    T = TypeVar("T")

__all__ = ["CognitoCredentialProvider", "from_cognito_identity", "from_cognito_identity_pool"]


class CognitoCredentialProvider:
    """Fetch credentials each time it is called; remember only whose they are.

    Made by `from_cognito_identity` and `from_cognito_identity_pool`. Credentials are not cached
    here: take `provider.cached()` for everything but a single fetch. May be called from several
    threads: those that make the first call together share one GetId. A context manager; a provider
    that is closed cannot fetch any more.
    """

    __module__ = "cognito_credentials"

    def __init__(self, setup: provider.ProviderSpec) -> None:
        config = setup.config
        self.region = config.region
        self.clock = config.clock
        self.service_now = setup.exchange.service_now
        self.longest_fetch = setup.longest_fetch
        self.credential_lifetime = setup.exchange.credential_source.credential_lifetime
        self._exchange = setup.exchange
        transport, self._owned_transport = transport_of(config)
        self._driver = Driver(
            transport=transport, clock=config.clock, longest_flight=setup.longest_fetch
        )
        self._caches: dict[str, cognito_credentials.CredentialsCache] = {}

    def __call__(self) -> Credentials:
        """Fetch credentials: asks each login's supplier once, and never answers from memory.

        Raises:
            LoginTokenError: A supplier failed, or its token cannot work.
            ServiceError: The service refused; the class says why, `hint` what to do.
            TransportError: No answer came, after all attempts.
            MalformedResponseError, ExpiredOnArrivalError: The answer was of no use.
        """
        return self.run(self._exchange.run())

    @property
    def identity_id(self) -> str | None:
        """The identity id that the service answered with last; None before the first success."""
        return self._exchange.identity_id

    def through(self, store: t.Store[t.Any], policy: RefreshPolicy | None) -> SharedFetch:
        """Return the fetches that ask this store first, for `run`."""
        provider.check_store(store, is_awaited=False)
        return provider.shared_fetch(self._exchange, store, policy, given=store)

    def run(self, flow: Flow[T]) -> T:
        """Run a flow with this provider's transport and clock."""
        self._driver.check_open()
        return self._driver.run(flow)

    def cached(self) -> cognito_credentials.CredentialsCache:
        """Return the provider's one cache, which renews the credentials before they expire."""
        from cognito_credentials._sync.cache import CredentialsCache

        # Threads may come here at once, and all must get one cache.
        return self._caches.get("") or self._caches.setdefault("", CredentialsCache(self))

    def close(self) -> None:
        """Close the provider's cache and connections; a transport that was given stays open."""
        self._driver.closed = True
        for cache in self._caches.values():
            cache.close()
        if self._owned_transport is not None:
            self._owned_transport.close()

    def __enter__(self) -> t.Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __reduce__(self) -> t.NoReturn:
        raise TypeError("a provider has connections and locks: make one in each process")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._exchange.identity_id or 'without identity yet'}>"


def from_cognito_identity(
    identity_id: str,
    *,
    custom_role_arn: str | Callable[[t.Claims], str | None] | None = None,
    logins: Logins | None = None,
    client_config: ClientConfig | Mapping[str, t.Any] | None = None,
    basic_flow: BasicFlow | None = None,
) -> CognitoCredentialProvider:
    """Make a provider for an identity whose id is known.

    As `from_cognito_identity_pool`, less GetId and what belongs to it: an id that the service
    does not know, or refuses, is an error and never replaced by a new one. Where the service
    answers with another id, after a merge, the next call is made with that.

    Args:
        identity_id: `REGION:GUID`, as GetId and `provider.identity_id` give it.
        custom_role_arn: See `from_cognito_identity_pool`.
        logins: See `from_cognito_identity_pool`. A guest's id with a login of a new user signs the
            guest in: the identity, and what it stored, stays the same.
        client_config: See `from_cognito_identity_pool`.
        basic_flow: See `from_cognito_identity_pool`.

    Raises:
        ConfigurationError: An argument is wrong; the message names it.
    """
    return CognitoCredentialProvider(
        provider.for_identity(
            identity_id=identity_id,
            custom_role_arn=custom_role_arn,
            logins=logins,
            client_config=client_config,
            basic_flow=basic_flow,
        )
    )


def from_cognito_identity_pool(
    identity_pool_id: str,
    *,
    account_id: str | None = None,
    cache: t.AnyIdentityIdCache | None = None,
    user_identifier: str | Callable[[t.Claims], str] | None = None,
    custom_role_arn: str | Callable[[t.Claims], str | None] | None = None,
    logins: Logins | None = None,
    client_config: ClientConfig | Mapping[str, t.Any] | None = None,
    basic_flow: BasicFlow | None = None,
    on_identity_change: Callable[[IdentityChange], object] | None = None,
) -> CognitoCredentialProvider:
    """Make a provider for a user, or a guest, of an identity pool.

    Nothing is sent before the first call. The calls of Cognito are public and unsigned: no AWS
    credentials are needed, and none are read.

    Args:
        identity_pool_id: `REGION:GUID`. The region of all calls is the one in it.
        account_id: The AWS account of the pool, a string of digits. Sent with GetId, and copied to
            the credentials; Cognito needs it no more.
        cache: Where identity ids live longer than this provider: any mutable mapping of str to str
            (a `dict`, a `shelve`), or an `IdentityIdCache`. One cache may serve many providers; the
            keys are those of the JavaScript SDK. Without one, a guest is a new guest in each
            process.
        user_identifier: Whose identity id it is, for the cache: a text, or a callable that gets the
            claims of the first login that is an ID token (`token_subject` is ready-made). With
            logins and without this, nothing is written to the cache.
        custom_role_arn: Which of the roles that the user's token names to take, or a callable that
            gets the token's claims and returns it (None: the pool's choice). Enhanced flow only.
        logins: Login provider names and tokens: `{"accounts.google.com": token}`. A token may be a
            callable that returns one (a `LoginTokenSupplier`), which is what a program that lives
            for longer than its token needs. Or the whole of it is a `login_from_id_token(...)` or a
            `DeveloperIdentity(...)`. None or empty: a guest.
        client_config: A `ClientConfig`, or a dict of its fields.
        basic_flow: Take the basic (classic) flow instead of the enhanced one, with this role.
        on_identity_change: Called with an `IdentityChange` when the service answers with another
            identity id than the one that was sent (a merge), or when a dead id was replaced.

    Raises:
        ConfigurationError: An argument is wrong; the message names it.
    """
    return CognitoCredentialProvider(
        provider.for_pool(
            identity_pool_id=identity_pool_id,
            account_id=account_id,
            cache=cache,
            user_identifier=user_identifier,
            custom_role_arn=custom_role_arn,
            logins=logins,
            client_config=client_config,
            basic_flow=basic_flow,
            on_identity_change=on_identity_change,
        )
    )


from_cognito_identity.__module__ = from_cognito_identity_pool.__module__ = "cognito_credentials"
