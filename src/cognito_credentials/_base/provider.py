"""Validation of the arguments of providers and brokers, and the base class of providers."""

from __future__ import annotations

import cognito_credentials
from cognito_credentials import _typing as t
from cognito_credentials._base.checks import check_cache, check_clock, is_store
from cognito_credentials._base.stores import SharedStores
from cognito_credentials._core import endpoints
from cognito_credentials._core.enhanced import EnhancedCredentialSource, is_role_arn
from cognito_credentials._core.exchange import Exchange
from cognito_credentials._core.identity_id_keys import check_not_guest
from cognito_credentials._core.identity_sources import FixedIdentitySource, PoolIdentitySource
from cognito_credentials._core.login_resolution import (
    LoginSource,
    create_identity_source,
    hide_tokens,
    normalize_logins,
)
from cognito_credentials._core.retries import compute_max_call_seconds
from cognito_credentials._core.service_client import ServiceClient
from cognito_credentials._core.service_clock import ServiceTime
from cognito_credentials._validation import format_value
from cognito_credentials.config import ClientConfig, resolve
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cognito_credentials._core.exchange import CredentialSource
    from cognito_credentials._core.identity_sources import IdentitySource
    from cognito_credentials._core.shared_fetch import SharedFetch
    from cognito_credentials._core.shared_store import SharedStore
    from cognito_credentials.config import ResolvedConfig
    from cognito_credentials.policy import RefreshPolicy

# A fetch makes at most three calls: GetId, GetOpenIdToken and AssumeRoleWithWebIdentity. Additional
# calls after a rejected identity ID or login token are not counted, because the rejected call ended
# without retries. The repeated calls after a suspension of the machine are not counted either.
MAX_CALLS_OF_A_FETCH = 3


class ProviderSpec:
    """Resolved arguments of a provider.

    Args:
        exchange: The exchange that fetches credentials for the provider.
        config: The resolved `ClientConfig`.
        stores: Wrappers around the stores that the provider uses.
    """

    __slots__ = ("_stores", "config", "exchange", "max_fetch_seconds")

    def __init__(self, exchange: Exchange, config: ResolvedConfig, stores: SharedStores) -> None:
        self.exchange: Exchange = exchange
        self.config: ResolvedConfig = config
        self.max_fetch_seconds: float = max_fetch_seconds(config)
        self._stores = stores

    @property
    def credential_lifetime(self) -> float:
        """Lifetime of the requested credentials, in seconds."""
        return self.exchange.credential_source.credential_lifetime

    def shared_fetch(self, store: Any, policy: RefreshPolicy | None) -> SharedFetch:
        """Return a fetch that shares credentials and the identity ID through a store."""
        from cognito_credentials._core.shared_fetch import SharedFetch
        from cognito_credentials.policy import RefreshPolicy

        shared = self._stores.wrap(store)
        self.exchange.identity_source.add_store(shared)
        return SharedFetch(self.exchange, shared, policy or RefreshPolicy())


def max_fetch_seconds(config: ResolvedConfig) -> float:
    """Return the maximum duration of a fetch, in seconds."""
    attempt_seconds = config.connect_timeout + config.request_timeout
    return MAX_CALLS_OF_A_FETCH * compute_max_call_seconds(
        config.max_attempts, attempt_seconds, config.retry_mode
    )


class BaseProvider:
    """Base class of `CognitoCredentialProvider` and `AsyncCognitoCredentialProvider`."""

    is_async = False

    def __init__(self, spec: ProviderSpec) -> None:
        self._spec = spec
        self._driver: Any = None

    @property
    def identity_id(self) -> str | None:
        """The identity ID of the latest credentials; None before the first successful call."""
        return self._spec.exchange.identity_id

    @property
    def region(self) -> str:
        """The region of the identity pool or identity, for example `us-east-1`."""
        return self._spec.config.region

    def cached(self) -> Any:
        """Return the provider's cache."""
        raise NotImplementedError

    def serve(self, *, port: int = 0) -> cognito_credentials.CredentialsEndpoint:
        """Serve the cached credentials to other programs, and to libraries without an integration.

        The endpoint is the container-credentials endpoint of the AWS SDKs, on a loopback port:

            with provider.serve() as endpoint:
                subprocess.run(["rclone", "ls", "s3:game"], env={**os.environ, **endpoint.environment})

        The endpoint refreshes the credentials as long as it is open. It serves the credentials of
        `cached()`, so the program and its child processes share them. An async provider fetches
        credentials in the event loop that calls `serve`, so the loop must not be blocked.

        Args:
            port: Port to listen on; 0 for any free port.

        Raises:
            ConfigurationError: If the port is not available, or the provider is closed.
            RuntimeError: If the provider is async, and no event loop is running.
        """
        endpoint: cognito_credentials.CredentialsEndpoint = self.cached().serve(port=port)
        return endpoint

    def _cache(self, create: Callable[[Any], Any] | None = None) -> Any:
        """Return the provider's cache, or None if there is none and `create` is not passed."""
        cache = self.__dict__.get("_cached")
        if cache is None and create is not None:
            # `setdefault` is atomic, so callers in several threads get the same cache. After a
            # fork, a lock could be held by a thread that does not exist in the child process.
            return self.__dict__.setdefault("_cached", create(self))
        return cache

    def __reduce__(self) -> t.NoReturn:
        raise TypeError(
            "a provider contains connections and locks and cannot be pickled: send a ProviderConfig "
            "to other processes, or create a provider in each process"
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.identity_id or 'with no identity ID yet'}>"


def get_spec(provider: BaseProvider) -> ProviderSpec:
    """Return a provider's specification, for use in the other packages of this library."""
    return provider._spec  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


def create_cache(provider: BaseProvider, create: Callable[[Any], Any]) -> Any:
    """Return a provider's cache; create it with `create` if there is none."""
    return provider._cache(create)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


def get_driver(provider: BaseProvider) -> Any:
    """Return a provider's driver, for use in the other packages of this library."""
    return provider._driver  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


def identity_spec(
    *,
    identity_id: str,
    custom_role_arn: Any,
    logins: Any,
    client_config: Any,
    basic_flow: Any,
    adapt_store: Callable[[Any], Any],
) -> ProviderSpec:
    """Return the specification of a provider for a known identity ID."""
    endpoints.check_identity_id(identity_id)
    if getattr(logins, "has_identity_id", False):
        raise ConfigurationError(
            "identity_id and a DeveloperIdentity cannot be combined: both determine the identity",
            hint="Pass the DeveloperIdentity to from_cognito_identity_pool.",
        )
    config = resolve(ClientConfig.of(client_config), region_of_id=endpoints.get_region(identity_id))
    return _spec(
        config=config,
        identity_source=FixedIdentitySource(identity_id),
        custom_role_arn=custom_role_arn,
        logins=logins,
        basic_flow=basic_flow,
        account_id=None,
        on_identity_change=None,
        stores=SharedStores(adapt_store),
    )


def pool_spec(
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
    adapt_store: Callable[[Any], Any],
) -> ProviderSpec:
    """Return the specification of a provider for a user or a guest in an identity pool."""
    config = _pool_config(identity_pool_id, account_id, client_config)
    if user_identifier == "" or not (
        user_identifier is None or isinstance(user_identifier, str) or callable(user_identifier)
    ):
        raise ConfigurationError(
            "user_identifier must be a non-empty string, or a function of the ID token's claims, "
            f"not {format_value(user_identifier)}",
            hint="Pass the ID of the user in your application, or token_subject; or omit "
            "user_identifier.",
        )
    if isinstance(user_identifier, str):
        check_not_guest(user_identifier)
    check_cache(cache)
    stores = SharedStores(adapt_store)
    identity_source: IdentitySource
    if isinstance(logins, LoginSource) and logins.has_identity_id:
        identity_source = create_identity_source(logins, identity_pool_id, config)
    else:
        identity_source = PoolIdentitySource(
            url=config.cognito_url,
            identity_pool_id=identity_pool_id,
            account_id=account_id,
            cache=stores.wrap(cache) if cache is not None and is_store(cache) else cache,
            user_identifier=user_identifier,
        )
    return _spec(
        config=config,
        identity_source=identity_source,
        custom_role_arn=custom_role_arn,
        logins=logins,
        basic_flow=basic_flow,
        account_id=account_id,
        on_identity_change=on_identity_change,
        stores=stores,
    )


def _pool_config(identity_pool_id: str, account_id: Any, client_config: Any) -> ResolvedConfig:
    endpoints.check_identity_pool_id(identity_pool_id)
    config = resolve(
        ClientConfig.of(client_config), region_of_id=endpoints.get_region(identity_pool_id)
    )
    check_account_id(account_id)
    return config


def check_account_id(account_id: object) -> None:
    """Raise ConfigurationError unless the account ID is None or a string of digits."""
    if account_id is not None and not (
        isinstance(account_id, str) and account_id.isascii() and account_id.isdigit()
    ):
        raise ConfigurationError(
            f"account_id must be a string of digits, not {format_value(account_id)}",
            hint="Pass the account ID as a string of digits, with its leading zeros and without hyphens: "
            '"012345678901".',
        )


class BrokerSpec:
    """Resolved arguments of a broker; `exchange` uses them to create an exchange for each user."""

    def __init__(
        self,
        *,
        identity_pool_id: str,
        account_id: Any,
        custom_role_arn: Any,
        basic_flow: Any,
        client_config: Any,
    ) -> None:
        self.config: ResolvedConfig = _pool_config(identity_pool_id, account_id, client_config)
        self.identity_pool_id = identity_pool_id
        self.account_id = account_id
        self.max_fetch_seconds: float = max_fetch_seconds(self.config)
        self._client = _service_client(self.config)
        self.service_now: ServiceTime = ServiceTime(self.config.clock.now, self._client.clock)
        self._credential_source = _credential_source(self.config, custom_role_arn, basic_flow)
        self.credential_lifetime: float = self._credential_source.credential_lifetime

    def exchange(
        self,
        user_identifier: str,
        logins: Any,
        *,
        store: SharedStore | None,
        known_id: str | None,
    ) -> Exchange:
        """Return the exchange of one user; for `known_id`, see `PoolIdentitySource`."""
        identity_source: IdentitySource
        if isinstance(logins, LoginSource) and logins.has_identity_id:
            identity_source = create_identity_source(logins, self.identity_pool_id, self.config)
        else:
            identity_source = PoolIdentitySource(
                url=self.config.cognito_url,
                identity_pool_id=self.identity_pool_id,
                account_id=self.account_id,
                cache=store,
                user_identifier=user_identifier,
                known_id=known_id,
            )
        return Exchange(
            client=self._client,
            identity_source=identity_source,
            credential_source=self._credential_source,
            logins=hide_tokens(logins),
            account_id=self.account_id,
            on_identity_change=None,
            service_now=self.service_now,
            log_warnings=False,
        )


def _spec(
    *,
    config: ResolvedConfig,
    identity_source: IdentitySource,
    custom_role_arn: Any,
    logins: Any,
    basic_flow: Any,
    account_id: str | None,
    on_identity_change: Any,
    stores: SharedStores,
) -> ProviderSpec:
    logins = normalize_logins(logins)
    if on_identity_change is not None and not callable(on_identity_change):
        raise ConfigurationError(
            f"on_identity_change must be a function, not {format_value(on_identity_change)}",
            hint="Pass a function that accepts an IdentityChange.",
        )
    client = _service_client(config)
    exchange = Exchange(
        client=client,
        identity_source=identity_source,
        credential_source=_credential_source(config, custom_role_arn, basic_flow),
        logins=logins,
        account_id=account_id,
        on_identity_change=on_identity_change,
        service_now=ServiceTime(config.clock.now, client.clock),
    )
    return ProviderSpec(exchange, config, stores)


def _credential_source(
    config: ResolvedConfig, custom_role_arn: Any, basic_flow: Any
) -> CredentialSource:
    check_role_arguments(custom_role_arn, basic_flow)
    if basic_flow is None:
        return EnhancedCredentialSource(config.cognito_url, custom_role_arn)
    # Imported here, because the basic flow is rarely used and its modules take time to import.
    from cognito_credentials._core.basic import BasicCredentialSource

    check_basic_flow(basic_flow)
    return BasicCredentialSource(config.cognito_url, config.sts_url, basic_flow)


def check_role_arguments(custom_role_arn: object, basic_flow: object) -> None:
    """Raise ConfigurationError if the role is invalid, or cannot be combined with the flow."""
    if custom_role_arn is not None and basic_flow is not None:
        raise ConfigurationError(
            "custom_role_arn and basic_flow cannot be combined",
            hint="With the basic flow, pass the role as BasicFlow(role_arn=...).",
        )
    if custom_role_arn is None or callable(custom_role_arn) or is_role_arn(custom_role_arn):
        return
    raise ConfigurationError(
        "custom_role_arn must be the ARN of a role, or a function that returns an ARN, not "
        f"{format_value(custom_role_arn)}",
        hint="Pass an ARN such as arn:aws:iam::123456789012:role/NAME, or omit custom_role_arn.",
    )


def check_basic_flow(basic_flow: object) -> None:
    """Raise ConfigurationError if the argument is not a `BasicFlow`."""
    from cognito_credentials._core.basic import BasicFlow

    if not isinstance(basic_flow, BasicFlow):
        raise ConfigurationError(
            f"basic_flow must be a BasicFlow, not {format_value(basic_flow)}",
            hint="Pass basic_flow=BasicFlow(role_arn=...).",
        )


def _service_client(config: ResolvedConfig) -> ServiceClient:
    check_clock(config.clock)
    return ServiceClient(
        max_attempts=config.max_attempts,
        user_agent=config.user_agent,
        retry_mode=config.retry_mode,
        monotonic=config.clock.monotonic,
    )
