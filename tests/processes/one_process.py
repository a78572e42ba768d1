"""Ask for a guest's credentials once, through a store; run by the tests beside this file."""

from __future__ import annotations

import asyncio
import sys

import cognito_credentials
from cognito_credentials import aio, stores

POOL, ENDPOINT_URL, STORE, SIDE = sys.argv[1:]
CONFIG = {"endpoint_url": ENDPOINT_URL}
SEALING_KEY = b"0123456789abcdef" * 2


def store():
    if STORE.startswith("file:"):
        return stores.FileStore(STORE.removeprefix("file:") or None)
    kind = stores.RedisStore if SIDE == "sync" else stores.AsyncRedisStore
    return kind(STORE, sealing_key=SEALING_KEY)


def wait():
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()


def show(credentials):
    sys.stdout.write(f"{credentials.access_key_id} {credentials.identity_id}\n")


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


main() if SIDE == "sync" else asyncio.run(amain())
