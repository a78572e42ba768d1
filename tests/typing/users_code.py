"""What a user writes must pass a strict type checker, too; `make types` looks at it, nothing runs it."""

from __future__ import annotations

from cognito_credentials import CredentialBroker, CredentialsCache, from_cognito_identity_pool
from cognito_credentials.aio import (
    AsyncCredentialBroker,
    AsyncCredentialsCache,
)
from cognito_credentials.aio import (
    from_cognito_identity_pool as awaited_pool,
)
from cognito_credentials.stores import (
    AsyncRedisStore,
    FileStore,
    KeyringStore,
    MemoryStore,
    RedisStore,
)


def every_store_goes_everywhere(pool_id: str, url: str, key: bytes) -> None:
    provider = from_cognito_identity_pool(pool_id, cache=FileStore())
    CredentialsCache(provider, store=FileStore())
    CredentialsCache(provider, store=KeyringStore())
    CredentialsCache(provider, store=MemoryStore())
    CredentialsCache(provider, store=RedisStore(url, sealing_key=key))
    CredentialBroker(pool_id, store=RedisStore(url, sealing_key=key))

    awaited = awaited_pool(pool_id, cache=AsyncRedisStore(url, sealing_key=key))
    AsyncCredentialsCache(awaited, store=AsyncRedisStore(url, sealing_key=key))
    AsyncCredentialsCache(awaited, store=FileStore())
    AsyncCredentialBroker(pool_id, store=AsyncRedisStore(url, sealing_key=key))
