"""Credentials for boto3.

    from cognito_credentials import from_cognito_identity_pool
    from cognito_credentials.integrations.boto3 import session

    provider = from_cognito_identity_pool("us-east-1:1699ebc0-7900-4099-b910-2df94f52a030")
    s3 = session(provider).client("s3")

Clients read the provider's cache for each request that they sign, so they outlive any one
generation of credentials, in as many threads as they are used in. Nothing is fetched before the
first request. A URL that is presigned ends with the credentials that signed it: ask the cache for
life enough first, `provider.cached().get(min_remaining=1800)`.
"""

from __future__ import annotations

from typing import Any

from cognito_credentials import _typing as t
from cognito_credentials._sync.cache import CredentialsCache
from cognito_credentials._sync.provider import CognitoCredentialProvider
from cognito_credentials._sync.user_credentials import UserCredentials
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.integrations._libraries import library

__all__ = ["install", "session"]


def session(
    provider: CognitoCredentialProvider | CredentialsCache | UserCredentials, **kwargs: Any
) -> t.Boto3Session:
    """Make a boto3 session whose clients and resources use the provider's credentials.

    They are used whatever the environment or a profile says of credentials. All other settings
    are found as boto3 always finds them; where nothing says a region, it is the pool's.

    Args:
        provider: A provider, which stands for its `cached()`, a cache, or a
            broker's `user(...)`. The caller closes it.
        **kwargs: As `boto3.Session` takes them: `region_name`, `profile_name`,
            `botocore_session`.

    Raises:
        ConfigurationError: boto3 is not installed; the provider is an asynchronous one; or keys, or
            a `botocore_session` that has some, were given as well.
    """
    with library("boto3", extra="boto3"):
        import boto3
        import botocore.session

        from cognito_credentials.integrations import _botocore
    cache = _cache(provider)
    inner = kwargs.pop("botocore_session", None) or botocore.session.get_session()
    made = boto3.Session(botocore_session=inner, **kwargs)
    install(made, cache)
    _botocore.default_region(inner, cache.provider.region)
    return made


def install(
    session: t.Boto3Session | t.BotocoreSession,
    provider: CognitoCredentialProvider | CredentialsCache | UserCredentials,
) -> None:
    """Let a session that exists use the provider's credentials, for every client made from now on.

    The provider becomes the first of the session's chain, so it wins over environment and profile.
    The region stays as it is. For `boto3.client(...)` and `boto3.resource(...)`, install into a
    botocore session and hand that to `boto3.setup_default_session(botocore_session=...)`.

    Raises:
        ConfigurationError: botocore is not installed; the provider or the session is an
            asynchronous one; or the session has found credentials already (given keys, a client
            made): its clients would go on with those.
    """
    with library("botocore", extra="boto3"):
        from cognito_credentials.integrations import _botocore
    credentials = _botocore.CognitoCredentials(_cache(provider))
    _botocore.install(session, _botocore.CognitoProvider(credentials))


def _cache(provider: Any) -> CredentialsCache | UserCredentials:
    if isinstance(provider, CognitoCredentialProvider):
        return provider.cached()
    if isinstance(provider, CredentialsCache | UserCredentials):
        return provider
    raise ConfigurationError(
        f"provider is of type {type(provider).__name__}, not a CognitoCredentialProvider or a "
        "CredentialsCache",
        hint="Give the provider itself, not what it returns. Providers of cognito_credentials.aio "
        "belong to cognito_credentials.integrations.aiobotocore (or .aioboto3).",
    )
