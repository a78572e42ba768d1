"""Credentials for aiobotocore, and what stands on it (s3fs, for one).

    from cognito_credentials.aio import from_cognito_identity_pool
    from cognito_credentials.integrations.aiobotocore import session

    async with from_cognito_identity_pool("us-east-1:1699ebc0-...") as provider:
        async with session(provider).create_client("s3") as s3:
            ...

The awaited twin of `cognito_credentials.integrations.boto3`, which see. Runs on asyncio, with
either of aiobotocore's HTTP clients; not on trio.
"""

from __future__ import annotations

from typing import Any

from cognito_credentials import _typing as t
from cognito_credentials._aio.cache import AsyncCredentialsCache
from cognito_credentials._aio.provider import AsyncCognitoCredentialProvider
from cognito_credentials._aio.user_credentials import AsyncUserCredentials
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.integrations._libraries import library

__all__ = ["install", "session"]


def session(
    provider: AsyncCognitoCredentialProvider | AsyncCredentialsCache | AsyncUserCredentials,
    *,
    region_name: str | None = None,
    **kwargs: Any,
) -> t.AioSession:
    """Make an aiobotocore session whose clients use the provider's credentials.

    They are used whatever the environment or a profile says of credentials. All other settings
    are found as aiobotocore always finds them; where nothing says a region, it is the pool's.

    Args:
        provider: A provider, which stands for its `cached()`, a cache, or a
            broker's `user(...)`. The caller closes it.
        region_name: The region of the clients.
        **kwargs: As `aiobotocore.session.AioSession` takes them: `profile`, for one.

    Raises:
        ConfigurationError: aiobotocore is not installed, or the provider is not an asynchronous
            one.
    """
    with library("aiobotocore", extra="aiobotocore"):
        from aiobotocore.session import AioSession

        from cognito_credentials.integrations import _botocore
    cache = cache_of(provider)
    made = AioSession(**kwargs)
    if region_name is not None:
        made.set_config_variable("region", region_name)
    install(made, cache)
    _botocore.default_region(made, cache.provider.region)
    return made


def install(
    session: t.AioSession,
    provider: AsyncCognitoCredentialProvider | AsyncCredentialsCache | AsyncUserCredentials,
) -> None:
    """Let a session that exists use the provider's credentials, for every client made from now on.

    The provider becomes the first of the session's chain, so it wins over environment and profile.
    The region stays as it is.

    Raises:
        ConfigurationError: aiobotocore is not installed; the provider or the session is not an
            asynchronous one; or the session has found credentials already (given keys, a client
            made): its clients would go on with those.
    """
    with library("aiobotocore", extra="aiobotocore"):
        from cognito_credentials.integrations import _botocore
    credentials = _botocore.AioCognitoCredentials(cache_of(provider))
    _botocore.install(session, _botocore.AioCognitoProvider(credentials))


def cache_of(provider: Any) -> AsyncCredentialsCache | AsyncUserCredentials:
    if isinstance(provider, AsyncCognitoCredentialProvider):
        return provider.cached()
    if isinstance(provider, AsyncCredentialsCache | AsyncUserCredentials):
        return provider
    raise ConfigurationError(
        f"provider is of type {type(provider).__name__}, not an AsyncCognitoCredentialProvider or an "
        "AsyncCredentialsCache",
        hint="Providers of cognito_credentials.aio are wanted here; the others belong to "
        "cognito_credentials.integrations.boto3.",
    )
