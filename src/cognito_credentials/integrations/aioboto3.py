"""Credentials for aioboto3.

    from cognito_credentials.aio import from_cognito_identity_pool
    from cognito_credentials.integrations.aioboto3 import session

    async with from_cognito_identity_pool("us-east-1:1699ebc0-...") as provider:
        async with session(provider).resource("s3") as s3:
            ...

Async version of `cognito_credentials.integrations.boto3`.
"""

from __future__ import annotations

from typing import Any, cast

import cognito_credentials
from cognito_credentials._aio.cache import AsyncCredentialsCache
from cognito_credentials._aio.provider import AsyncCognitoCredentialProvider
from cognito_credentials._aio.user_credentials import AsyncUserCredentials
from cognito_credentials.integrations._libraries import require_library
from cognito_credentials.integrations._providers import async_cache
from cognito_credentials.integrations.aiobotocore import SYNC_ALTERNATIVE, install

__all__ = ["install", "session"]


def session(
    provider: AsyncCognitoCredentialProvider
    | AsyncCredentialsCache
    | AsyncUserCredentials
    | cognito_credentials.ProviderConfig
    | None = None,
    **kwargs: Any,
) -> Any:
    """Create an `aioboto3.Session` whose clients and resources use the provider's credentials.

    The provider's credentials take precedence over credentials in the environment and in profiles.
    All other settings come from the usual sources of boto3; if none of them sets a region, the
    region of the identity pool is used.

    Args:
        provider: A provider, a `ProviderConfig`, a cache, or the object that `user(...)` of a broker
            returns. With a provider, the cache that its `cached()` returns is used. The session
            does not close the provider; the caller must. If None, the session's profile names the
            identity pool; see `install`.
        **kwargs: Arguments of `aioboto3.Session`, such as `region_name`, `profile_name` and
            `botocore_session`.

    Raises:
        ConfigurationError: If aioboto3 is not installed, the provider is sync or closed, the arguments
            include credentials, or there is neither a provider nor an identity pool.
        CredentialsUnavailableError: If the profile names an issuer, and no user is signed in.
    """
    with (
        require_library("aioboto3", extra="aiobotocore", others="aioboto3"),
        require_library("aiobotocore", extra="aiobotocore", minimum="2.13"),
    ):
        import aioboto3  # pyright: ignore[reportMissingImports]

        from cognito_credentials.integrations import _botocore
        from cognito_credentials.integrations._aiobotocore_session import PreloadingSession
    cache = None if provider is None else async_cache(provider, alternative=SYNC_ALTERNATIVE)
    aio_session = kwargs.pop("botocore_session", None)
    if aio_session is None:
        aio_session = PreloadingSession()
    aioboto3_session = cast("Any", aioboto3).Session(botocore_session=aio_session, **kwargs)
    install(aioboto3_session, cache)
    if cache is not None:
        _botocore.set_default_region(aio_session, cache.provider.region)
    return aioboto3_session
