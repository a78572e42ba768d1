"""`ProviderConfig`: description of a provider that other processes can use."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any, cast

import cognito_credentials
from cognito_credentials._core.basic import BasicFlow
from cognito_credentials._immutable import Immutable
from cognito_credentials._provider_config import checks
from cognito_credentials._provider_config.process_objects import ProcessObjects, process_objects
from cognito_credentials._suppliers.tokens import CommandToken, EnvironmentToken, FileToken
from cognito_credentials._sync.cache import CredentialsCache
from cognito_credentials._validation import check_argument_names
from cognito_credentials.config import ClientConfig
from cognito_credentials.logins import LoginSource
from cognito_credentials.policy import RefreshPolicy
from cognito_credentials.stores.config import StoreConfig

if TYPE_CHECKING:
    import cognito_credentials.aio

__all__ = ["ProviderConfig"]

DEFAULT_STORE = StoreConfig.file()
DEFAULTS = {"store": DEFAULT_STORE}  # the other arguments are None by default


class ProviderConfig(Immutable):
    """Description from which each process creates its own provider and cache.

    A provider holds connections and locks, so it cannot be sent to another process. A config contains
    only plain data such as IDs, names and numbers. Pass a config wherever a library pickles its arguments, as
    `multiprocessing`, Dask and Ray do. The integrations accept a config instead of a provider.

    Instances are immutable, hashable and picklable, and are equal if their arguments are equal. A
    process creates one provider for equal configs, on first use, and retains the provider until the
    process exits. Processes share credentials and the identity ID through the store: of any number
    of processes that use the same store, one fetches the credentials for all.

    A config contains no secret: each process reads the login token from a file, an environment
    variable or the output of a command. The arguments of the command are part of the pickle, so they must
    not contain a secret. Each process also reads its own environment variables and AWS config file.

    Thread-safe. After a fork, the child process continues to use the credentials of its parent.

    Args:
        identity_pool_id: An identity pool ID in the format REGION:UUID.
        identity_id: An identity ID, instead of an identity pool ID; see `from_cognito_identity`.
        account_id: See `from_cognito_identity_pool`.
        user_identifier: String that identifies the user in the store.
        custom_role_arn: ARN of the role to assume; see `from_cognito_identity_pool`.
        logins: A `FileToken`, `EnvironmentToken` or `CommandToken` by login provider name;
            `login_from_id_token` with one of these suppliers; or a `DeveloperIdentity` without `credentials`,
            so that each process signs requests with botocore's default credentials. For a guest,
            pass None.
        client_config: A `ClientConfig`, or a dict of its fields, without `credentials`, `transport`,
            `clock` and proxy passwords.
        basic_flow: See `from_cognito_identity_pool`.
        store: Store through which processes share credentials; by default, the `FileStore` in the
            home directory. This store serves the processes of one user on one machine. For several
            machines, pass `StoreConfig.redis(...)`. With None, each process fetches credentials on
            its own, and a guest has a different identity in each process.
        policy: Determines when credentials are refreshed; None means `RefreshPolicy()`.

    Raises:
        ConfigurationError: If an argument is invalid, is a function, or contains a token or
            password. Also if both or neither of `identity_pool_id` and `identity_id` are passed.
    """

    __module__ = "cognito_credentials"

    __slots__ = ("_arguments", "_hash", "_key", "_objects")

    if TYPE_CHECKING:
        _arguments: dict[str, Any]
        _key: Hashable
        _hash: int
        _objects: ProcessObjects | None

    @check_argument_names
    def __init__(
        self,
        identity_pool_id: str | None = None,
        *,
        identity_id: str | None = None,
        account_id: str | None = None,
        user_identifier: str | None = None,
        custom_role_arn: str | None = None,
        logins: Mapping[str, FileToken | EnvironmentToken | CommandToken]
        | LoginSource
        | None = None,
        client_config: ClientConfig | Mapping[str, Any] | None = None,
        basic_flow: BasicFlow | None = None,
        store: StoreConfig | None = DEFAULT_STORE,
        policy: RefreshPolicy | None = None,
    ) -> None:
        checks.check_ids(identity_pool_id, identity_id, account_id, user_identifier)
        checks.check_role(custom_role_arn, basic_flow)
        arguments: dict[str, Any] = {
            "identity_pool_id": identity_pool_id,
            "identity_id": identity_id,
            "account_id": account_id,
            "user_identifier": user_identifier,
            "custom_role_arn": custom_role_arn,
            "logins": checks.check_logins(logins),
            "client_config": checks.check_client_config(client_config),
            "basic_flow": basic_flow,
            "store": checks.check_store_config(store),
            "policy": checks.check_refresh_policy(policy, basic_flow),
        }
        key = _freeze(arguments)
        self._set_attributes(_arguments=arguments, _key=key, _hash=hash(key), _objects=None)

    def cached(self) -> CredentialsCache:
        """Return the cache of this process; all equal configs have the same cache.

        The provider is available as the cache's `provider` attribute. If the cache or the provider
        was closed, both are created again.

        Raises:
            ConfigurationError: If the provider or the store cannot be created in this process.
        """
        return self._get_objects().get_cache()

    def async_cached(self) -> cognito_credentials.aio.AsyncCredentialsCache:
        """Return the async cache of this process; all equal configs have the same cache.

        The provider is available as the cache's `provider` attribute. If the cache or the provider
        was closed, both are created again. One event loop after another may use the cache, and
        event loops that run at the same time share credentials through the store.

        Raises:
            ConfigurationError: If the provider or the store cannot be created in this process.
        """
        return self._get_objects().get_async_cache()

    def close(self) -> None:
        """Close the provider that `cached` created.

        The next call to `cached` creates a new provider. Sessions that use the closed provider
        stop working. Connections are also closed when the process exits, so a program need not call
        this method.
        """
        self._get_objects().close()

    async def aclose(self) -> None:
        """Close the provider that `async_cached` created; the next call creates a new provider.

        Connections of the running event loop are also closed when `asyncio.run` returns, so a
        program need not call this method.
        """
        await self._get_objects().aclose()

    def _get_objects(self) -> ProcessObjects:
        objects = self._objects
        if objects is None:
            objects = process_objects(self, self._arguments)
            self._set_attributes(_objects=objects)
        return objects

    def _values(self) -> tuple[Any, ...]:
        return (self._key,)

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self._arguments,)

    def __repr__(self) -> str:
        shown: list[str] = []
        for name, value in self._arguments.items():
            if value != DEFAULTS.get(name):
                text = "…" if name == "user_identifier" else repr(value)
                shown.append(text if name == "identity_pool_id" else f"{name}={text}")
        return f"ProviderConfig({', '.join(shown)})"


def _freeze(value: Any) -> Hashable:
    """Return a hashable value that is equal for equal arguments."""
    if not isinstance(value, dict):
        hashable: Hashable = value
        return hashable
    return frozenset((name, _freeze(item)) for name, item in cast("dict[str, Any]", value).items())


def _restore(arguments: dict[str, Any]) -> ProviderConfig:
    """Create a config from a pickle."""
    return ProviderConfig(**arguments)
