"""Credentials for boto3.

    from cognito_credentials import from_cognito_identity_pool
    from cognito_credentials.integrations.boto3 import session

    provider = from_cognito_identity_pool("us-east-1:1699ebc0-7900-4099-b910-2df94f52a030")
    s3 = session(provider).client("s3")

A client reads the provider's cache for each request that it signs, so it can be used for any length of
time and in any number of threads. Nothing is fetched before the first request. A presigned URL expires
with the credentials that signed it; call `provider.cached().get(min_remaining=1800)` first if the URL
must be valid for half an hour.
"""

from __future__ import annotations

from typing import Any

from cognito_credentials import _typing as t
from cognito_credentials._sync.cache import CredentialsCache
from cognito_credentials._sync.provider import CognitoCredentialProvider
from cognito_credentials._sync.user_credentials import UserCredentials
from cognito_credentials.integrations._libraries import require_library
from cognito_credentials.integrations._providers import sync_cache

__all__ = ["install", "session"]

ASYNC_ALTERNATIVE = "cognito_credentials.integrations.aiobotocore or .aioboto3"


def session(
    provider: CognitoCredentialProvider | CredentialsCache | UserCredentials, **kwargs: Any
) -> t.Boto3Session:
    """Create a boto3 session whose clients and resources use the provider's credentials.

    The provider's credentials take precedence over credentials in the environment and in profiles.
    All other settings come from the usual sources of boto3; if none of them sets a region, the
    region of the identity pool is used.

    Sessions share the service models that boto3 loads. Unless `botocore_session` is passed,
    creating a session and a client is therefore much faster, and uses much less memory, than with a
    plain `boto3.Session`.

    Args:
        provider: A provider, a cache, or the object that `user(...)` of a broker returns. With a
            provider, the cache that its `cached()` returns is used. The session does not close the
            object; the caller must.
        **kwargs: Arguments of `boto3.Session`, such as `region_name`, `profile_name` and
            `botocore_session`.

    Raises:
        ConfigurationError: If boto3 is not installed, the provider is async or closed, or the arguments
            include credentials.
    """
    with require_library("boto3", extra="boto3"):
        import boto3
        import botocore  # noqa: F401  # pyright: ignore[reportUnusedImport]

        from cognito_credentials.integrations import _botocore
        from cognito_credentials.integrations._botocore_sessions import (
            create_session,
        )
    cache = sync_cache(provider, alternative=ASYNC_ALTERNATIVE)
    botocore_session = kwargs.pop("botocore_session", None)
    if botocore_session is None:
        botocore_session = create_session()
    boto3_session = boto3.Session(botocore_session=botocore_session, **kwargs)
    install(boto3_session, cache)
    _botocore.set_default_region(botocore_session, cache.provider.region)
    return boto3_session


def install(
    session: t.Boto3Session | t.BotocoreSession,
    provider: CognitoCredentialProvider | CredentialsCache | UserCredentials,
) -> None:
    """Make an existing session use the provider's credentials, for all clients created afterwards.

    The provider is placed first in the session's credential chain, ahead of the environment and the
    profiles. The region of the session does not change. To affect `boto3.client(...)` and
    `boto3.resource(...)`, install the provider into a botocore session and pass this session to
    `boto3.setup_default_session(botocore_session=...)`.

    Raises:
        ConfigurationError: If botocore is not installed, the provider or the session is async, the
            provider is closed, or the session already has credentials, which its clients would continue to use.
    """
    with require_library("botocore", extra="boto3"):
        from cognito_credentials.integrations import _botocore
    credentials = _botocore.CognitoCredentials(sync_cache(provider, alternative=ASYNC_ALTERNATIVE))
    _botocore.install(session, _botocore.CognitoProvider(credentials))
