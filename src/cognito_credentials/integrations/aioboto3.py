"""Credentials for aioboto3.

    from cognito_credentials.aio import from_cognito_identity_pool
    from cognito_credentials.integrations.aioboto3 import session

    async with from_cognito_identity_pool("us-east-1:1699ebc0-...") as provider:
        async with session(provider).resource("s3") as s3:
            ...

The awaited twin of `cognito_credentials.integrations.boto3`, which see.
"""

from __future__ import annotations

from typing import Any, cast

from cognito_credentials._aio.cache import AsyncCredentialsCache
from cognito_credentials._aio.provider import AsyncCognitoCredentialProvider
from cognito_credentials.integrations._libraries import library
from cognito_credentials.integrations.aiobotocore import cache_of, install

__all__ = ["install", "session"]


def session(provider: AsyncCognitoCredentialProvider | AsyncCredentialsCache, **kwargs: Any) -> Any:
    """Make an `aioboto3.Session` whose clients and resources use the provider's credentials.

    They are used whatever the environment or a profile says of credentials. All other settings
    are found as boto3 always finds them; where nothing says a region, it is the pool's.

    Args:
        provider: A provider, which stands for its `cached()`, or a cache. The caller closes it.
        **kwargs: As `aioboto3.Session` takes them: `region_name`, `profile_name`,
            `botocore_session`.

    Raises:
        ConfigurationError: aioboto3 is not installed; the provider is not an asynchronous one; or
            keys, or a `botocore_session` that has some, were given as well.
    """
    with library("aioboto3", extra="aiobotocore", others="aioboto3"):
        import aioboto3  # pyright: ignore[reportMissingImports]
        from aiobotocore.session import AioSession

        from cognito_credentials.integrations import _botocore
    cache = cache_of(provider)
    inner = kwargs.pop("botocore_session", None) or AioSession()
    made = cast("Any", aioboto3).Session(botocore_session=inner, **kwargs)
    install(made, cache)
    _botocore.default_region(inner, cache.provider.region)
    return made
