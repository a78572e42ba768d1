"""Ask for a guest's credentials once, through a store; run by the tests beside this file."""

from __future__ import annotations

import sys

from cognito_credentials import CredentialsCache, from_cognito_identity_pool

POOL, ENDPOINT_URL, STORE = sys.argv[1:]


def store():
    if STORE.startswith("file:"):
        from cognito_credentials.stores import FileStore

        return FileStore(STORE.removeprefix("file:") or None)
    from cognito_credentials.stores import RedisStore

    return RedisStore(STORE, sealing_key=b"0123456789abcdef" * 2)


provider = from_cognito_identity_pool(POOL, client_config={"endpoint_url": ENDPOINT_URL})
cache = CredentialsCache(provider, store=store())
sys.stdout.write("ready\n")
sys.stdout.flush()
sys.stdin.readline()
credentials = cache.get()
sys.stdout.write(f"{credentials.access_key_id} {credentials.identity_id}\n")
