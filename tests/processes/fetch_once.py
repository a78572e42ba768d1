"""Program that tests run to fetch a guest's credentials with a store, in one or more processes.

If more than one process is requested, the program forks them after the imports, which take most of the
time.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import sys

import cognito_credentials
from cognito_credentials import aio, stores

POOL, ENDPOINT_URL, STORE, SIDE, PROCESS_COUNT = sys.argv[1:]
CONFIG = {"endpoint_url": ENDPOINT_URL}
SHARED_IMPORTS = (
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
REDIS_IMPORTS = ("cryptography.hazmat.primitives.ciphers.aead", "redis", "redis.asyncio")
SEALING_KEY = b"0123456789abcdef" * 2


def create_store():
    if STORE.startswith("file:"):
        return stores.FileStore(STORE.removeprefix("file:") or None)
    store_class = stores.RedisStore if SIDE == "sync" else stores.AsyncRedisStore
    # The timeout is long, because fifty processes compete with other tests for the processors.
    return store_class(STORE, sealing_key=SEALING_KEY, timeout=10)


def wait_for_start():
    os.write(1, b"ready\n")
    sys.stdin.read()  # The read ends when the test closes the pipe.


def print_credentials(credentials):
    # A single small write is not interleaved with the output of other processes.
    os.write(1, f"{credentials.access_key_id} {credentials.identity_id}\n".encode())


def fetch():
    provider = cognito_credentials.from_cognito_identity_pool(POOL, client_config=CONFIG)
    cache = cognito_credentials.CredentialsCache(provider, store=create_store())
    wait_for_start()
    print_credentials(cache.get())


async def fetch_async():
    async with aio.from_cognito_identity_pool(POOL, client_config=CONFIG) as provider:
        store = create_store()
        cache = aio.AsyncCredentialsCache(provider, store=store)
        wait_for_start()
        print_credentials(await cache.get())
        if hasattr(store, "aclose"):
            await store.aclose()


def fork_processes(count):
    """Return True in each child process; return False in the parent once all children have succeeded."""
    for name in (*SHARED_IMPORTS, *(() if STORE.startswith("file:") else REDIS_IMPORTS)):
        importlib.import_module(name)
    children = []
    for _ in range(count):
        child = os.fork()
        if not child:
            return True
        children.append(child)
    for child in children:
        assert os.waitpid(child, 0)[1] == 0
    return False


if PROCESS_COUNT == "1" or fork_processes(int(PROCESS_COUNT)):
    fetch() if SIDE == "sync" else asyncio.run(fetch_async())
