"""Nanoseconds that each integration adds to a read of fresh credentials from a cache.

Run with an environment that contains the libraries:

    PYTHONPATH=src .build/consumers/bin/python benchmarks/programs/read_through_integrations.py
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import cognito_credentials
from cognito_credentials import aio
from cognito_credentials.integrations import (
    aiobotocore,
    boto3,
    daft,
    duckdb,
    icechunk,
    obstore,
    polars,
    s3fs,
    smithy,
)
from cognito_credentials.integrations.awscrt import CredentialsGetter
from cognito_credentials.testing import (
    AsyncScriptedTransport,
    ScriptedTransport,
    credentials_response,
    success_response,
)

POOL_ID = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
IDENTITY_ID = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"
REPEATS = 7
READS = 100_000


class Connection:
    def execute(self, *_: object) -> None:
        pass


def create_cache(module: Any, transport_class: Any) -> Any:
    responses = [success_response(IdentityId=IDENTITY_ID), credentials_response(IDENTITY_ID)]
    provider = module.from_cognito_identity_pool(
        POOL_ID, client_config={"transport": transport_class(responses)}
    )
    return provider.cached()


def measure(read: Callable[[], object]) -> float:
    read()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        for _ in range(READS):
            read()
        times.append(time.perf_counter() - start)
    return min(times) / READS * 1e9


async def measure_async(read: Callable[[], Awaitable[object]]) -> float:
    await read()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        for _ in range(READS):
            await read()
        times.append(time.perf_counter() - start)
    return min(times) / READS * 1e9


def report(name: str, nanoseconds: float, base: float = 0.0) -> None:
    sys.stdout.write(f"{name:34} {nanoseconds:6.0f} ns, {nanoseconds - base:+5.0f} ns\n")


async def main() -> None:
    cache = create_cache(cognito_credentials, ScriptedTransport)
    base = measure(cache.get)
    report("cache.get()", base)
    reads = {
        "boto3": boto3.credentials(cache).get_frozen_credentials,
        "obstore": obstore.credential_provider(cache),
        "polars": polars.credential_provider(cache),
        "icechunk": icechunk.get_credentials(cache),
        "Daft": daft.credentials_provider(cache),
        "awscrt": CredentialsGetter(cache),
        "DuckDB": duckdb.create_secret(Connection(), cache).refresh,
    }
    for name, read in reads.items():
        report(name, measure(read), base)

    async_cache = create_cache(aio, AsyncScriptedTransport)
    base = await measure_async(async_cache.get)
    report("await async_cache.get()", base)
    session = aiobotocore.session(async_cache, region_name="us-east-1")
    async_reads = {
        "aiobotocore": (await session.get_credentials()).get_frozen_credentials,
        "AWS SDK for Python": smithy.identity_resolver(async_cache).get_identity,
        "AWS SDK for Python, sync provider": smithy.identity_resolver(cache).get_identity,
        "s3fs": (await s3fs.session(cache).get_credentials()).get_frozen_credentials,
    }
    for name, read in async_reads.items():
        report(name, await measure_async(read), base)


if __name__ == "__main__":
    asyncio.run(main())
