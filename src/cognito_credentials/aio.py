"""The names of `cognito_credentials`, awaited: the same functions for asyncio programs.

    from cognito_credentials.aio import from_cognito_identity_pool

    async with from_cognito_identity_pool("us-east-1:1699ebc0-...") as provider:
        credentials = await provider()

Needs aiohttp (`pip install "cognito-credentials[aio]"`), unless another transport is given.
Suppliers, caches and callbacks may be plain or asynchronous; plain ones run on the event loop.
"""

from __future__ import annotations

from cognito_credentials._aio.broker import AsyncCredentialBroker
from cognito_credentials._aio.cache import AsyncCredentialsCache
from cognito_credentials._aio.provider import (
    AsyncCognitoCredentialProvider,
    from_cognito_identity,
    from_cognito_identity_pool,
)

__all__ = [
    "AsyncCognitoCredentialProvider",
    "AsyncCredentialBroker",
    "AsyncCredentialsCache",
    "from_cognito_identity",
    "from_cognito_identity_pool",
]
