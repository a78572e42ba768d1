"""The functions and classes of `cognito_credentials` for asyncio programs.

    from cognito_credentials.aio import from_cognito_identity_pool

    async with from_cognito_identity_pool("us-east-1:1699ebc0-...") as provider:
        credentials = await provider()

The default transport needs aiohttp (`pip install "cognito-credentials[aio]"`). Suppliers, caches
and callbacks may be sync or async; sync ones run on the event loop, unless they have an attribute
`blocks` that is true: those run in a thread.
"""

from __future__ import annotations

from cognito_credentials._aio.broker import AsyncCredentialBroker
from cognito_credentials._aio.cache import AsyncCredentialsCache
from cognito_credentials._aio.provider import (
    AsyncCognitoCredentialProvider,
    from_cognito_identity,
    from_cognito_identity_pool,
)
from cognito_credentials._aio.user_credentials import AsyncUserCredentials

__all__ = [
    "AsyncCognitoCredentialProvider",
    "AsyncCredentialBroker",
    "AsyncCredentialsCache",
    "AsyncUserCredentials",
    "from_cognito_identity",
    "from_cognito_identity_pool",
]
