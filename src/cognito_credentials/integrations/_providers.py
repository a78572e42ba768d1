"""Validation of the integrations' argument `provider`, and its cache."""

from __future__ import annotations

from typing import Any

from cognito_credentials._base.cache import BaseCache
from cognito_credentials._base.open_caches import check_cache_open
from cognito_credentials._base.provider import BaseProvider
from cognito_credentials.credentials import Credentials
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials._aio.cache import AsyncCredentialsCache
    from cognito_credentials._aio.user_credentials import AsyncUserCredentials
    from cognito_credentials._sync.cache import CredentialsCache
    from cognito_credentials._sync.user_credentials import UserCredentials

__all__ = ["any_cache", "async_cache", "sync_cache"]

SYNC_KINDS = "a CognitoCredentialProvider, a ProviderConfig, a CredentialsCache or UserCredentials"
ASYNC_KINDS = (
    "an AsyncCognitoCredentialProvider, a ProviderConfig, an AsyncCredentialsCache or "
    "AsyncUserCredentials"
)


def sync_cache(provider: Any, *, alternative: str = "") -> CredentialsCache | UserCredentials:
    """Return the cache of a sync provider or a config.

    A cache, or the object that `user(...)` of a broker returns, is returned unchanged.

    Args:
        provider: The argument that the user passed.
        alternative: Name of the integration to use with async providers; "" if there is none.

    Raises:
        ConfigurationError: If the argument has another type, is async, or is closed.
    """
    from cognito_credentials._sync.cache import CredentialsCache
    from cognito_credentials._sync.provider import CognitoCredentialProvider
    from cognito_credentials._sync.user_credentials import UserCredentials

    if isinstance(provider, CognitoCredentialProvider):
        provider = provider.cached()
    if isinstance(provider, CredentialsCache | UserCredentials):
        _check_open(provider)
        return provider
    from cognito_credentials._aio.user_credentials import AsyncUserCredentials
    from cognito_credentials._provider_config.config import ProviderConfig

    if isinstance(provider, ProviderConfig):
        return provider.cached()
    # Sync providers and caches were handled above, so any other instance of a base
    # class is async.
    if isinstance(provider, BaseProvider | BaseCache | AsyncUserCredentials):
        raise _wrong_kind(provider, SYNC_KINDS, "cognito_credentials", "async", alternative)
    raise _unsupported(provider, SYNC_KINDS, "cognito_credentials")


def async_cache(
    provider: Any, *, alternative: str = ""
) -> AsyncCredentialsCache | AsyncUserCredentials:
    """Return the cache of an async provider or a config.

    A cache, or the object that `user(...)` of a broker returns, is returned unchanged.

    Args:
        provider: The argument that the user passed.
        alternative: Name of the integration to use with sync providers; "" if there is none.

    Raises:
        ConfigurationError: If the argument has another type, is sync, or is closed.
    """
    from cognito_credentials._aio.cache import AsyncCredentialsCache
    from cognito_credentials._aio.provider import AsyncCognitoCredentialProvider
    from cognito_credentials._aio.user_credentials import AsyncUserCredentials

    if isinstance(provider, AsyncCognitoCredentialProvider):
        provider = provider.cached()
    if isinstance(provider, AsyncCredentialsCache | AsyncUserCredentials):
        _check_open(provider)
        return provider
    from cognito_credentials._provider_config.config import ProviderConfig
    from cognito_credentials._sync.user_credentials import UserCredentials

    if isinstance(provider, ProviderConfig):
        return provider.async_cached()
    if isinstance(provider, BaseProvider | BaseCache | UserCredentials):
        raise _wrong_kind(provider, ASYNC_KINDS, "cognito_credentials.aio", "sync", alternative)
    raise _unsupported(provider, ASYNC_KINDS, "cognito_credentials.aio")


def any_cache(
    provider: Any,
) -> CredentialsCache | UserCredentials | AsyncCredentialsCache | AsyncUserCredentials:
    """Return the cache of a sync or async provider; see `sync_cache` and `async_cache`.

    Raises:
        ConfigurationError: If the argument has another type, or is closed.
    """
    from cognito_credentials._aio.cache import AsyncCredentialsCache
    from cognito_credentials._aio.provider import AsyncCognitoCredentialProvider
    from cognito_credentials._aio.user_credentials import AsyncUserCredentials

    async_kinds = AsyncCognitoCredentialProvider | AsyncCredentialsCache | AsyncUserCredentials
    return async_cache(provider) if isinstance(provider, async_kinds) else sync_cache(provider)


def _check_open(cache: Any) -> None:
    if isinstance(cache, BaseCache):
        check_cache_open(cache)
    else:
        from cognito_credentials._base.broker import check_broker_open

        check_broker_open(cache.provider)


def _wrong_kind(
    provider: object, kinds: str, module: str, other: str, alternative: str
) -> ConfigurationError:
    hint = f"Pass a provider from {module}"
    if alternative:
        hint += f". With {other} providers, use {alternative}"
    return ConfigurationError(
        f"provider must be {kinds}, not {type(provider).__name__}", hint=f"{hint}."
    )


def _unsupported(provider: Any, kinds: str, module: str) -> ConfigurationError:
    shown = type(provider).__name__
    hint = f"Create a provider with from_cognito_identity_pool of {module}, and pass the provider."
    if isinstance(provider, type):
        shown = f"the class {provider.__name__}"
    elif shown.endswith("CredentialBroker"):
        hint = (
            "Pass the object that broker.user(...) returns, which has the credentials of one user."
        )
    elif _is_credentials(provider):
        hint = "Pass the provider itself, not the credentials that it returns."
    return ConfigurationError(f"provider must be {kinds}, not {shown}", hint=hint)


def _is_credentials(value: Any) -> bool:
    """Return True for a credentials object of this library or botocore, or a coroutine."""
    # The attributes are looked up in the class, because reading them from the object may fetch
    # credentials.
    return isinstance(value, Credentials) or any(
        hasattr(type(value), name)  # pyright: ignore[reportUnknownArgumentType]
        for name in ("__await__", "access_key", "access_key_id", "get_frozen_credentials")
    )
