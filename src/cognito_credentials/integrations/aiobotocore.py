"""Sessions for aiobotocore, and for libraries that use aiobotocore, such as s3fs.

    from cognito_credentials.aio import from_cognito_identity_pool
    from cognito_credentials.integrations.aiobotocore import session

    async with from_cognito_identity_pool("us-east-1:1699ebc0-...") as provider:
        async with session(provider).create_client("s3") as s3:
            ...

Without a provider, the functions read the identity pool from the session's profile, as the command
`cognito-credentials` does: `session(profile="game")`.

Async version of `cognito_credentials.integrations.boto3`. The sessions run on asyncio, with either
of aiobotocore's HTTP clients, but not on trio.
"""

from __future__ import annotations

from typing import Any

import cognito_credentials
from cognito_credentials import _typing as t
from cognito_credentials._aio.cache import AsyncCredentialsCache
from cognito_credentials._aio.provider import AsyncCognitoCredentialProvider
from cognito_credentials._aio.user_credentials import AsyncUserCredentials
from cognito_credentials.integrations._libraries import require_library
from cognito_credentials.integrations._providers import async_cache

__all__ = ["install", "session"]

SYNC_ALTERNATIVE = "cognito_credentials.integrations.boto3"


def session(
    provider: AsyncCognitoCredentialProvider
    | AsyncCredentialsCache
    | AsyncUserCredentials
    | cognito_credentials.ProviderConfig
    | None = None,
    *,
    region_name: str | None = None,
    **kwargs: Any,
) -> t.AioSession:
    """Create an aiobotocore session whose clients use the provider's credentials.

    The provider's credentials take precedence over credentials in the environment and in profiles.
    All other settings come from the usual sources of aiobotocore; if none of them sets a region,
    the region of the identity pool is used.

    Sessions share the service models that aiobotocore loads, so creating a session and a client is
    much faster, and uses much less memory, than with a plain `AioSession`. A separate thread loads
    the models, so that loading does not block the event loop.

    Args:
        provider: A provider, a `ProviderConfig`, a cache, or the object that `user(...)` of a broker
            returns. With a provider, the cache that its `cached()` returns is used. The session
            does not close the provider; the caller must. If None, the session's profile names the
            identity pool; see `install`.
        region_name: Region of the clients.
        **kwargs: Arguments of `aiobotocore.session.AioSession`, such as `profile`.

    Raises:
        ConfigurationError: If aiobotocore is not installed, the provider is sync or closed, or there
            is neither a provider nor an identity pool.
        CredentialsUnavailableError: If the profile names an issuer, and no user is signed in.
    """
    with require_library("aiobotocore", extra="aiobotocore", minimum="2.13"):
        import aiobotocore.session  # noqa: F401  # pyright: ignore[reportUnusedImport]

        from cognito_credentials.integrations._aiobotocore_session import (
            PreloadingSession,
            create_configure,
        )
    if provider is None:
        return PreloadingSession.from_profile(region_name, kwargs)
    cache = async_cache(provider, alternative=SYNC_ALTERNATIVE)
    return PreloadingSession(create_configure(cache, region_name), **kwargs)


def install(
    session: t.AioSession,
    provider: AsyncCognitoCredentialProvider
    | AsyncCredentialsCache
    | AsyncUserCredentials
    | cognito_credentials.ProviderConfig
    | None = None,
) -> None:
    """Make an existing session use the provider's credentials, for all clients created afterwards.

    The provider is placed first in the session's credential chain, ahead of the environment and the
    profiles. The region of the session does not change.

    Without a provider, the session's profile names the identity pool and the logins, as with
    `cognito_credentials.integrations.boto3.install`. Fetches then run in a thread.

    Args:
        session: The session of aiobotocore or aioboto3.
        provider: A provider, a `ProviderConfig`, a cache, the object that `user(...)` of a broker
            returns, or None.

    Raises:
        ConfigurationError: If aiobotocore is not installed, the provider or the session is sync,
            the provider is closed, the session already has credentials (its clients would continue
            to use them), or there is neither a provider nor an identity pool.
        CredentialsUnavailableError: If the profile names an issuer, and no user is signed in.
    """
    with require_library("aiobotocore", extra="aiobotocore", minimum="2.13"):
        from cognito_credentials.integrations import _botocore
    if provider is None:
        _botocore.install_profile(session)
        return
    cache = async_cache(provider, alternative=SYNC_ALTERNATIVE)
    credentials = _botocore.AioCognitoCredentials(cache)
    _botocore.install(session, _botocore.AioCognitoProvider(credentials))
