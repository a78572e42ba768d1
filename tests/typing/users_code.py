"""User code that must pass strict type checks. `make types` checks this file; it is never run."""

from __future__ import annotations

from cognito_credentials import (
    CredentialBroker,
    CredentialsCache,
    DeveloperIdentity,
    from_cognito_identity_pool,
)
from cognito_credentials.aio import (
    AsyncCredentialBroker,
    AsyncCredentialsCache,
)
from cognito_credentials.aio import (
    from_cognito_identity_pool as async_from_cognito_identity_pool,
)
from cognito_credentials.emulator import Emulator, IdentityPool, User, allow
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


def use_both_forms_of_a_developer_identity(pool_id: str, broker: CredentialBroker) -> None:
    with from_cognito_identity_pool(pool_id) as credentials:
        login = DeveloperIdentity(
            identity_pool_id=pool_id,
            provider_name="login.example.com",
            user="alice",
            credentials=credentials.cached(),
            principal_tags={"tenant": "navy"},
            token_duration=3600,
        )
    broker.get("alice", login)
    broker.get("alice", DeveloperIdentity(lambda: ("us-east-1:…", "token")))


def create_resources(emulator: Emulator) -> str:
    emulator.create_bucket("game", {"levels.json": "[]", "image.png": b""})
    emulator.create_table("scores", key="user", items=[{"user": "ann", "score": 7}])
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    pool: IdentityPool = emulator.create_identity_pool(
        guests=[], signed_in=[allow("s3:*", ["*"]), deny], AllowClassicFlow=True
    )
    user: User = pool.create_user("ann", attributes={"email": "ann@example.com"})
    from_cognito_identity_pool(pool.id, logins=user.logins)
    async_from_cognito_identity_pool(pool.id, logins=user.logins)
    return pool.provider(user)().access_key_id
