"""User code that must pass strict type checks. `make types` checks this file; nothing runs it."""

from __future__ import annotations

from cognito_credentials import CredentialBroker, CredentialsCache, from_cognito_identity_pool
from cognito_credentials.aio import (
    AsyncCredentialBroker,
    AsyncCredentialsCache,
)
from cognito_credentials.aio import (
    from_cognito_identity_pool as async_from_cognito_identity_pool,
)
from cognito_credentials.stores import (
    AsyncRedisStore,
    FileStore,
    KeyringStore,
    MemoryStore,
    RedisStore,
)


def use_every_store(pool_id: str, url: str, key: bytes) -> None:
    provider = from_cognito_identity_pool(pool_id, cache=FileStore())
    CredentialsCache(provider, store=FileStore())
    CredentialsCache(provider, store=KeyringStore())
    CredentialsCache(provider, store=MemoryStore())
    CredentialsCache(provider, store=RedisStore(url, sealing_key=key))
    CredentialBroker(pool_id, store=RedisStore(url, sealing_key=key))

    async_provider = async_from_cognito_identity_pool(
        pool_id, cache=AsyncRedisStore(url, sealing_key=key)
    )
    AsyncCredentialsCache(async_provider, store=AsyncRedisStore(url, sealing_key=key))
    AsyncCredentialsCache(async_provider, store=FileStore())
    AsyncCredentialBroker(pool_id, store=AsyncRedisStore(url, sealing_key=key))
