"""Where processes, or hosts, share identity ids and credentials; see `ports.Store`.

    from cognito_credentials import CredentialsCache, from_cognito_identity_pool
    from cognito_credentials.stores import FileStore

    provider = from_cognito_identity_pool("us-east-1:1699ebc0-7900-4099-b910-2df94f52a030")
    cache = CredentialsCache(provider, store=FileStore())

`MemoryStore` for one process, `FileStore` and `KeyringStore` for one machine, `RedisStore` and
`AsyncRedisStore` for many hosts. A store is imported when it is first used.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cognito_credentials.stores.file import FileStore
    from cognito_credentials.stores.keyring import KeyringStore
    from cognito_credentials.stores.memory import MemoryStore
    from cognito_credentials.stores.redis import AsyncRedisStore, RedisStore

__all__ = ["AsyncRedisStore", "FileStore", "KeyringStore", "MemoryStore", "RedisStore"]

_HOMES = {
    "AsyncRedisStore": "redis",
    "FileStore": "file",
    "KeyringStore": "keyring",
    "MemoryStore": "memory",
    "RedisStore": "redis",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = __import__(f"{__name__}.{home}", fromlist=[name])
    value = globals()[name] = getattr(module, name)
    return value


def __dir__() -> list[str]:
    return __all__
