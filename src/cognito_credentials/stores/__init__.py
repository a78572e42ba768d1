"""Stores that let processes or hosts share identity IDs and credentials.

    from cognito_credentials import CredentialsCache, from_cognito_identity_pool
    from cognito_credentials.stores import FileStore

    provider = from_cognito_identity_pool("us-east-1:1699ebc0-7900-4099-b910-2df94f52a030")
    cache = CredentialsCache(provider, store=FileStore())

`MemoryStore` serves one process, `FileStore` and `KeyringStore` the processes of one machine, and
`RedisStore` and `AsyncRedisStore` any number of hosts. `ports.Store` defines the interface of a
store. `StoreConfig` describes a store that each process creates for itself.

Each name is imported on first use, so only the libraries of the stores in use are needed.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials.stores.config import StoreConfig
    from cognito_credentials.stores.file import FileStore
    from cognito_credentials.stores.keyring import KeyringStore
    from cognito_credentials.stores.memory import MemoryLease, MemoryStore
    from cognito_credentials.stores.redis import (
        AsyncRedisLease,
        AsyncRedisStore,
        RedisLease,
        RedisStore,
    )

__all__ = [
    "AsyncRedisLease",
    "AsyncRedisStore",
    "FileStore",
    "KeyringStore",
    "MemoryLease",
    "MemoryStore",
    "RedisLease",
    "RedisStore",
    "StoreConfig",
]

# Maps each exported name to the module that defines it.
_SOURCES = {
    "AsyncRedisLease": "redis",
    "AsyncRedisStore": "redis",
    "FileStore": "file",
    "KeyringStore": "keyring",
    "MemoryLease": "memory",
    "MemoryStore": "memory",
    "RedisLease": "redis",
    "RedisStore": "redis",
    "StoreConfig": "config",
}


def __getattr__(name: str) -> object:
    if name not in _SOURCES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = __import__(f"{__name__}.{_SOURCES[name]}", fromlist=[name])
    value = globals()[name] = getattr(module, name)
    return value


def __dir__() -> list[str]:
    return __all__
