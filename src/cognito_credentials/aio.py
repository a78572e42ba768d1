"""The functions and classes of `cognito_credentials` for asyncio programs.

    from cognito_credentials.aio import from_cognito_identity_pool

    async with from_cognito_identity_pool("us-east-1:1699ebc0-...") as provider:
        credentials = await provider()

The default transport requires aiohttp (`pip install "cognito-credentials[aio]"`). Suppliers, caches
and callbacks may be sync or async. Sync callables run on the event loop, or in a thread if their
attribute `blocks` is true.
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

TYPE_CHECKING = False
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        from cognito_credentials._spelling import unknown_name

        aliases = {known.removeprefix("Async").lower(): known for known in __all__}
        raise unknown_name(__name__, name, __all__, aliases)
