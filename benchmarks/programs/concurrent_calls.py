"""Print the duration of 1,000 concurrent calls: `concurrent_calls.py TASK URL IDENTITY_ID`."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

_, TASK, ENDPOINT_URL, IDENTITY_ID = sys.argv
CALLS = 1000
MAX_CONNECTIONS = 100  # As in this package's async transport and aiohttp.
CONFIG = {"endpoint_url": ENDPOINT_URL}


def client_options() -> dict[str, Any]:
    from botocore import UNSIGNED

    return {
        "service_name": "cognito-identity",
        "region_name": IDENTITY_ID.partition(":")[0],
        "endpoint_url": ENDPOINT_URL,
        "config": {"signature_version": UNSIGNED, "max_pool_connections": MAX_CONNECTIONS},
    }


def to_metadata(credentials: dict[str, Any]) -> dict[str, str]:
    """Return the metadata of botocore's refreshable credentials."""
    return {
        "access_key": credentials["AccessKeyId"],
        "secret_key": credentials["SecretKey"],
        "token": credentials["SessionToken"],
        "expiry_time": credentials["Expiration"].isoformat(),
    }


@contextlib.contextmanager
def reader() -> Iterator[Callable[[], object]]:
    """Yield a function that reads credentials from an empty cache."""
    if TASK == "threads-ours":
        from cognito_credentials import from_cognito_identity

        with from_cognito_identity(IDENTITY_ID, client_config=CONFIG) as provider:
            yield provider.cached().get
    else:
        import boto3
        from botocore.config import Config
        from botocore.credentials import DeferredRefreshableCredentials

        options = client_options()
        client = boto3.client(**{**options, "config": Config(**options["config"])})

        def fetch() -> dict[str, str]:
            response = client.get_credentials_for_identity(IdentityId=IDENTITY_ID)
            return to_metadata(response["Credentials"])

        yield DeferredRefreshableCredentials(
            refresh_using=fetch, method="custom"
        ).get_frozen_credentials


@contextlib.asynccontextmanager
async def async_call() -> AsyncIterator[Callable[[], Awaitable[object]]]:
    """Yield a function that fetches credentials, or reads them from an empty cache."""
    if TASK.endswith("ours"):
        from cognito_credentials.aio import from_cognito_identity

        async with from_cognito_identity(IDENTITY_ID, client_config=CONFIG) as provider:
            yield provider if TASK.startswith("fetches") else provider.cached().get
    else:
        from aiobotocore.config import AioConfig
        from aiobotocore.credentials import AioDeferredRefreshableCredentials
        from aiobotocore.session import get_session

        options = client_options()
        options["config"] = AioConfig(**options["config"])
        async with get_session().create_client(**options) as client:

            async def fetch() -> dict[str, Any]:
                response = await client.get_credentials_for_identity(IdentityId=IDENTITY_ID)
                return response["Credentials"]  # type: ignore[no-any-return]

            async def refresh() -> dict[str, str]:
                return to_metadata(await fetch())

            cache = AioDeferredRefreshableCredentials(refresh_using=refresh, method="custom")
            yield fetch if TASK.startswith("fetches") else cache.get_frozen_credentials


def measure_threads() -> float:
    with reader() as read:
        results: list[object] = []
        barrier = threading.Barrier(CALLS + 1)

        def work() -> None:
            barrier.wait()
            results.append(read())

        threads = [threading.Thread(target=work) for _ in range(CALLS)]
        for thread in threads:
            thread.start()
        barrier.wait()
        started = time.perf_counter()
        for thread in threads:
            thread.join()
        duration = time.perf_counter() - started
    assert len(results) == CALLS
    return duration * 1000


async def measure_tasks() -> float:
    async with async_call() as call:
        is_fetch = TASK.startswith("fetches")
        if is_fetch:
            await call()
        started = time.perf_counter()
        results = await asyncio.gather(*(call() for _ in range(CALLS)))
        duration = time.perf_counter() - started
    assert all(results)
    return duration / CALLS * 1e6 if is_fetch else duration * 1000


print(measure_threads() if TASK.startswith("threads") else asyncio.run(measure_tasks()))
