"""Credentials for the AWS SDK for Python (`aws-sdk-*` packages, based on smithy-aws-core).

    from aws_sdk_sts.client import STSClient
    from aws_sdk_sts.config import AsyncSTSConfig
    from cognito_credentials.aio import from_cognito_identity_pool
    from cognito_credentials.integrations.smithy import identity_resolver

    async with from_cognito_identity_pool("us-east-1:1699ebc0-...") as provider:
        config = await AsyncSTSConfig.resolve(
            region="us-east-1", aws_credentials_identity_resolver=identity_resolver(provider)
        )

The SDK requires Python 3.12. Its clients also find profiles that contain `cognito_identity_pool_id`,
without additional code, because this package registers a provider for the SDK's default chain.
"""

from __future__ import annotations

from typing import Any

from cognito_credentials.credentials import Credentials
from cognito_credentials.integrations._async_views import (
    AsyncView,
    as_async_cache,
    get_fresh_reader,
)
from cognito_credentials.integrations._libraries import require_library
from cognito_credentials.integrations._provider_types import AnyProvider

__all__ = ["IdentityResolver", "identity_resolver"]


class IdentityResolver:
    """Identity resolver for the configuration of one or more clients.

    The SDK calls the resolver for each attempt of a request. `Credentials` have the attributes of
    the SDK's identities, so they are returned without conversion.
    """

    def __init__(self, provider: Any) -> None:
        cache = as_async_cache(provider)
        self._cache: Any = cache
        self._get_fresh = get_fresh_reader(cache.cache if isinstance(cache, AsyncView) else cache)
        self._last: Credentials | None = None

    async def get_identity(self, *, properties: Any = None) -> Credentials:  # noqa: ARG002
        """Return valid credentials; wait if the cache has to fetch them.

        Raises:
            CognitoCredentialsError: If there are no valid credentials and the fetch failed.
        """
        credentials = self._get_fresh() or await self._cache.get()
        self._last = credentials
        return credentials

    async def invalidate(self) -> None:
        """Report that a service has rejected the credentials that were returned last."""
        if self._last is not None:
            self._cache.mark_rejected(self._last.access_key_id)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._cache!r}>"


def identity_resolver(provider: AnyProvider) -> IdentityResolver:
    """Return an identity resolver for the setting `aws_credentials_identity_resolver` of a client.

    Args:
        provider: A sync or async provider, a `ProviderConfig`, a cache, or the object that
            `user(...)` of a broker returns. The caller must close the object. With a sync provider,
            fetches run in a thread.

    Raises:
        ConfigurationError: If smithy-aws-core is not installed (it requires Python 3.12), or the
            provider is closed or of another type.
    """
    with require_library("smithy_aws_core", extra="smithy", minimum="0.12", python="3.12"):
        pass
    return IdentityResolver(provider)
