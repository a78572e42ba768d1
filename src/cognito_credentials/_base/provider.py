"""From the arguments of the public functions to an `Exchange`; the same for both sides."""

from __future__ import annotations

from cognito_credentials._core import endpoints
from cognito_credentials._core.enhanced import EnhancedCredentialSource
from cognito_credentials._core.exchange import Exchange
from cognito_credentials._core.identity_id_cache import is_store
from cognito_credentials._core.identity_sources import FixedIdentitySource, PoolIdentitySource
from cognito_credentials._core.login_resolution import normalize_logins
from cognito_credentials._core.retries import compute_max_call_seconds
from cognito_credentials._core.service_client import ServiceClient
from cognito_credentials._core.service_clock import ServiceTime
from cognito_credentials.config import ClientConfig, resolve
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.policy import RefreshPolicy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cognito_credentials._core.basic import BasicCredentialSource
    from cognito_credentials._core.exchange import CredentialSource
    from cognito_credentials._core.identity_sources import IdentitySource
    from cognito_credentials._core.shared_fetch import SharedFetch
    from cognito_credentials.config import ResolvedConfig


class ProviderSpec:
    """An exchange, and what its driver needs."""

    __slots__ = ("config", "exchange", "longest_fetch")

    def __init__(self, exchange: Exchange, config: ResolvedConfig) -> None:
        self.exchange = exchange
        self.config = config
        self.longest_fetch = longest_fetch(config)


def longest_fetch(config: ResolvedConfig) -> float:
    """Return the seconds that a fetch may take at most."""
    attempt = config.connect_timeout + config.request_timeout
    # GetId, GetOpenIdToken and STS's. A fetch that recovers on its way makes more calls, but those
    # that are refused take one attempt.
    return 3 * compute_max_call_seconds(config.max_attempts, attempt)


def for_identity(
    *,
    identity_id: str,
    custom_role_arn: Any,
    logins: Any,
    client_config: Any,
    basic_flow: Any,
) -> ProviderSpec:
    endpoints.check_identity_id(identity_id)
    if getattr(logins, "has_identity_id", False):
        raise ConfigurationError(
            "identity_id and a DeveloperIdentity both name the identity",
            hint="Give the DeveloperIdentity to from_cognito_identity_pool, which asks it alone.",
        )
    config = resolve(ClientConfig.of(client_config), region_of_id=endpoints.get_region(identity_id))
    return _setup(
        config=config,
        identity_source=FixedIdentitySource(identity_id),
        custom_role_arn=custom_role_arn,
        logins=logins,
        basic_flow=basic_flow,
        account_id=None,
        on_identity_change=None,
    )


def for_pool(
    *,
    identity_pool_id: str,
    account_id: Any,
    cache: Any,
    user_identifier: Any,
    custom_role_arn: Any,
    logins: Any,
    client_config: Any,
    basic_flow: Any,
    on_identity_change: Any,
) -> ProviderSpec:
    config = _pool_config(identity_pool_id, account_id, client_config)
    if user_identifier == "" or not (
        user_identifier is None or isinstance(user_identifier, str) or callable(user_identifier)
    ):
        raise ConfigurationError(
            "user_identifier must be a text that is not empty, or a callable that gets the ID "
            "token's claims"
        )
    _check_cache(cache)
    identities: IdentitySource
    if getattr(logins, "has_identity_id", False):
        identities = FixedIdentitySource(None, identity_pool_id)
    else:
        identities = PoolIdentitySource(
            url=config.cognito_url,
            identity_pool_id=identity_pool_id,
            account_id=account_id,
            cache=cache,
            user_identifier=user_identifier,
        )
    return _setup(
        config=config,
        identity_source=identities,
        custom_role_arn=custom_role_arn,
        logins=logins,
        basic_flow=basic_flow,
        account_id=account_id,
        on_identity_change=on_identity_change,
    )


def _pool_config(identity_pool_id: str, account_id: Any, client_config: Any) -> ResolvedConfig:
    endpoints.check_identity_pool_id(identity_pool_id)
    config = resolve(
        ClientConfig.of(client_config), region_of_id=endpoints.get_region(identity_pool_id)
    )
    if account_id is not None and not (
        isinstance(account_id, str) and account_id.isascii() and account_id.isdigit()
    ):
        raise ConfigurationError(
            f"account_id {account_id!r} must be a string of digits",
            hint='Leading zeros count: write "012345678901", not a number.',
        )
    return config


class BrokerSpec:
    """A pool, resolved once, and exchanges for any of its users."""

    def __init__(
        self,
        *,
        identity_pool_id: str,
        account_id: Any,
        custom_role_arn: Any,
        basic_flow: Any,
        client_config: Any,
    ) -> None:
        self.config = _pool_config(identity_pool_id, account_id, client_config)
        self.identity_pool_id = identity_pool_id
        self.account_id = account_id
        self.client = _client(self.config)
        self.service_now = ServiceTime(self.config.clock.now, self.client.clock)
        self.longest_fetch = longest_fetch(self.config)
        self._flow = _flow(self.config, custom_role_arn, basic_flow)
        self.credential_lifetime = self._flow.credential_lifetime

    def exchange(
        self, user_identifier: str, logins: Any, *, cache: Any, known_id: str | None
    ) -> Exchange:
        """Return what one user's logins are exchanged by; see `PoolIdentitySource` for the identity id."""
        identities: IdentitySource
        if getattr(logins, "has_identity_id", False):
            identities = FixedIdentitySource(None, self.identity_pool_id)
        else:
            identities = PoolIdentitySource(
                url=self.config.cognito_url,
                identity_pool_id=self.identity_pool_id,
                account_id=self.account_id,
                cache=cache,
                user_identifier=user_identifier,
                known_id=known_id,
            )
        return Exchange(
            client=self.client,
            identity_source=identities,
            credential_source=self._flow,
            logins=logins,
            account_id=self.account_id,
            on_identity_change=None,
            service_now=self.service_now,
            log_warnings=False,
        )


def shared_fetch(
    exchange: Exchange, store: Any, policy: RefreshPolicy | None, *, given: Any
) -> SharedFetch:
    """Return the exchange's fetches through a store, which keeps its identity ids, too.

    `given` is the store as the user gave it, which may be called in threads.
    """
    from cognito_credentials._core.shared_fetch import SharedFetch, SharedStore

    shared = SharedStore(store)
    exchange.identity_source.add_store(shared, given)
    return SharedFetch(exchange, shared, policy or RefreshPolicy())


def check_store(store: Any, *, is_awaited: bool) -> Any:
    """Return the store, or None for none, if it is one that this side can use.

    The awaited side takes both kinds.
    """
    if store is None:
        return None
    if isinstance(store, type):
        raise ConfigurationError(
            f"store is the class {store.__name__}: it must be an instance",
            hint=f"Make one: store={store.__name__}(...).",
        )
    if not is_store(store):
        raise ConfigurationError(
            f"store is of type {type(store).__name__}: it must have get, put, delete and lock",
            hint="cognito_credentials.stores has MemoryStore, FileStore, KeyringStore, RedisStore.",
        )
    if not is_awaited and is_coroutine_function(store.get):
        raise ConfigurationError(
            f"store is of type {type(store).__name__}, which is asynchronous, and nothing here "
            "awaits it",
            hint="Give one that blocks, RedisStore in place of AsyncRedisStore; or take the "
            "classes of cognito_credentials.aio.",
        )
    return store


def check_provider(provider: Any, *, is_awaited: bool) -> None:
    """Raise where what a cache is to be made of is no provider of this side."""
    run = getattr(provider, "run", None)
    if run is None or isinstance(provider, type):
        what = "a class" if isinstance(provider, type) else f"of type {type(provider).__name__}"
        raise ConfigurationError(
            f"provider is {what}: it must be what from_cognito_identity_pool or "
            "from_cognito_identity returns",
            hint="For a pool: CredentialsCache(from_cognito_identity_pool(identity_pool_id)).",
        )
    if is_coroutine_function(run) != is_awaited:
        here, there = ("Async", "") if is_awaited else ("", "Async")
        module = "cognito_credentials.aio" if is_awaited else "cognito_credentials"
        raise ConfigurationError(
            f"provider is of type {type(provider).__name__}, which is for {there}CredentialsCache",
            hint=f"For {here}CredentialsCache, make it by the same function of {module}.",
        )


def is_coroutine_function(function: Any) -> bool:
    # As `inspect` has it, which takes too long to import.
    code = getattr(function, "__code__", None)
    return code is not None and bool(code.co_flags & 0x80)  # CO_COROUTINE


def _check_cache(cache: Any) -> None:
    if cache is None:
        return
    for methods in (("get", "set", "delete"), ("get", "__setitem__", "pop")):
        if all(hasattr(cache, name) for name in methods):
            return
    if not is_store(cache):
        raise ConfigurationError(
            f"cache is of type {type(cache).__name__}: it must be a mutable mapping such as a "
            "dict, have get, set and delete, or be a store"
        )


def _setup(
    *,
    config: ResolvedConfig,
    identity_source: IdentitySource,
    custom_role_arn: Any,
    logins: Any,
    basic_flow: Any,
    account_id: str | None,
    on_identity_change: Any,
) -> ProviderSpec:
    logins = normalize_logins(logins)
    if on_identity_change is not None and not callable(on_identity_change):
        raise ConfigurationError("on_identity_change must be a callable")
    client = _client(config)
    exchange = Exchange(
        client=client,
        identity_source=identity_source,
        credential_source=_flow(config, custom_role_arn, basic_flow),
        logins=logins,
        account_id=account_id,
        on_identity_change=on_identity_change,
        service_now=ServiceTime(config.clock.now, client.clock),
    )
    return ProviderSpec(exchange, config)


def _flow(config: ResolvedConfig, custom_role_arn: Any, basic_flow: Any) -> CredentialSource:
    if custom_role_arn is not None and basic_flow is not None:
        raise ConfigurationError(
            "custom_role_arn belongs to the enhanced flow",
            hint="With basic_flow, the role is BasicFlow(role_arn=...).",
        )
    if custom_role_arn == "" or not (
        custom_role_arn is None or isinstance(custom_role_arn, str) or callable(custom_role_arn)
    ):
        raise ConfigurationError("custom_role_arn must be an ARN, or a callable that returns one")
    if basic_flow is None:
        return EnhancedCredentialSource(config.cognito_url, custom_role_arn)
    return _basic_exchange(config, basic_flow)


def _client(config: ResolvedConfig) -> ServiceClient:
    clock = config.clock
    for method in ("now", "monotonic", "sleep", "asleep"):
        if not callable(getattr(clock, method, None)):
            raise ConfigurationError(
                f"clock has no method {method}",
                hint="See ports.Clock; cognito_credentials.testing.FakeClock is one.",
            )
    return ServiceClient(max_attempts=config.max_attempts, user_agent=config.user_agent)


def _basic_exchange(config: ResolvedConfig, basic_flow: Any) -> BasicCredentialSource:
    # Few take the basic flow: it, and the form encoding of STS, are not imported for the others.
    from cognito_credentials._core.basic import BasicCredentialSource, BasicFlow

    if not isinstance(basic_flow, BasicFlow):
        raise ConfigurationError(
            f"basic_flow is of type {type(basic_flow).__name__}, not a BasicFlow"
        )
    return BasicCredentialSource(config.cognito_url, config.sts_url, basic_flow)
