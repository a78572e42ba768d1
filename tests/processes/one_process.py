"""Ask for a guest's credentials once, through a store; run by the tests beside this file.

As one of so many processes that it starts, where it is told a number: what all of them import is
imported once, everything else each does itself.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import sys

import cognito_credentials
from cognito_credentials import aio, stores

POOL, ENDPOINT_URL, STORE, SIDE, NUMBER = sys.argv[1:]
CONFIG = {"endpoint_url": ENDPOINT_URL}
IMPORTED = (
    "aiohttp",
    "cognito_credentials._aio.cache",
    "cognito_credentials._aio.provider",
    "cognito_credentials._sync.cache",
    "cognito_credentials._sync.provider",
    "cognito_credentials.stores.file",
    "cognito_credentials.transports.direct",
    "cognito_credentials.transports.via_aiohttp",
    "filelock",
)
IMPORTED_FOR_REDIS = ("cryptography.hazmat.primitives.ciphers.aead", "redis", "redis.asyncio")
SEALING_KEY = b"0123456789abcdef" * 2


def store():
    if STORE.startswith("file:"):
        return stores.FileStore(STORE.removeprefix("file:") or None)
    kind = stores.RedisStore if SIDE == "sync" else stores.AsyncRedisStore
    return kind(STORE, sealing_key=SEALING_KEY)


def wait():
    os.write(1, b"ready\n")
    sys.stdin.read()  # to the end of the pipe, which all see at once


def show(credentials):
    # One write, which is whole whoever else writes.
    os.write(1, f"{credentials.access_key_id} {credentials.identity_id}\n".encode())


def main():
    provider = cognito_credentials.from_cognito_identity_pool(POOL, client_config=CONFIG)
    cache = cognito_credentials.CredentialsCache(provider, store=store())
    wait()
    show(cache.get())


async def amain():
    async with aio.from_cognito_identity_pool(POOL, client_config=CONFIG) as provider:
        shared = store()
        cache = aio.AsyncCredentialsCache(provider, store=shared)
        wait()
        show(await cache.get())
        if hasattr(shared, "aclose"):
            await shared.aclose()


def is_one_of(number):
    """Start as many; tells each that it is one of them, and whoever started them that it is not."""
    for name in (*IMPORTED, *(() if STORE.startswith("file:") else IMPORTED_FOR_REDIS)):
        importlib.import_module(name)
    children = []
    for _ in range(number):
        child = os.fork()
        if not child:
            return True
        children.append(child)
    for child in children:
        assert os.waitpid(child, 0)[1] == 0
    return False


if NUMBER == "1" or is_one_of(int(NUMBER)):
    main() if SIDE == "sync" else asyncio.run(amain())
