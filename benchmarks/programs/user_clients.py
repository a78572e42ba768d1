"""Create S3 clients, and print the measurement as JSON: `user_clients.py TASK PROGRAM [URL]`.

TASK is `cpu`, `memory` or `requests`. PROGRAM is `broker` or `aio`, which create clients with this
package's brokers, or `boto3` or `aiobotocore`, which create a session for each client.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

REGION = "us-east-1"
IDENTITY_POOL_ID = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
KEYS = {"aws_access_key_id": "AKIAEXAMPLE", "aws_secret_access_key": "not-a-secret"}
TASK, PROGRAM, *URL = sys.argv[1:]
CREATED = {"cpu": 40, "memory": 200}
REQUESTS = 500
CLIENT = {"service_name": "s3", "endpoint_url": URL[0] if URL else None}


def resident_size() -> int:
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def broker_options() -> dict[str, object]:
    from cognito_credentials import Quotas

    config = {"endpoint_url": URL[0]} if URL else {}
    return {"client_config": config, "quotas": Quotas(get_id=1e6, get_credentials=1e6)}


@contextlib.contextmanager
def sync_clients() -> Iterator[Callable[[str], Any]]:
    """Yield a function that creates a client for a user."""
    if PROGRAM == "boto3":
        import boto3

        yield lambda _: boto3.Session(region_name=REGION, **KEYS).client(**CLIENT)
    else:
        from cognito_credentials import CredentialBroker

        with CredentialBroker(IDENTITY_POOL_ID, **broker_options()) as broker:
            yield lambda user: broker.session(user).client(**CLIENT)


@contextlib.asynccontextmanager
async def async_clients() -> AsyncIterator[Callable[[str], Any]]:
    """Yield a function that creates a context manager for a user's client."""
    if PROGRAM == "aiobotocore":
        from aiobotocore.session import AioSession

        yield lambda _: AioSession().create_client(region_name=REGION, **CLIENT, **KEYS)
    else:
        import aiobotocore.session  # noqa: F401 - as an application does when it starts

        from cognito_credentials.aio import AsyncCredentialBroker

        async with AsyncCredentialBroker(IDENTITY_POOL_ID, **broker_options()) as broker:
            yield lambda user: broker.session(user).create_client(**CLIENT)


def create_sync() -> float:
    with sync_clients() as create:
        create("first").close()
        before, started = resident_size(), time.process_time()
        clients = [create(f"user-{number}") for number in range(CREATED[TASK])]
        cpu = time.process_time() - started
        growth = resident_size() - before
        for client in clients:
            client.close()
    return (cpu if TASK == "cpu" else growth) / CREATED[TASK]


async def create_async() -> float:
    async with async_clients() as create, contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(create("first"))
        before, started = resident_size(), time.process_time()
        for number in range(CREATED[TASK]):
            await stack.enter_async_context(create(f"user-{number}"))
        cpu = time.process_time() - started
        growth = resident_size() - before
    return (cpu if TASK == "cpu" else growth) / CREATED[TASK]


def request_sync() -> dict[str, float]:
    with sync_clients() as create:

        def request(number: int) -> None:
            client = create(f"user-{number}")
            client.get_object(Bucket="bucket", Key="key")["Body"].read()
            client.close()

        started = time.perf_counter()
        with ThreadPoolExecutor(REQUESTS) as threads:
            list(threads.map(request, range(REQUESTS)))
        return {"seconds": time.perf_counter() - started, "blocked": 0.0}


class Callbacks:
    """CPU time of the event loop's longest callback, in seconds."""

    longest = 0.0

    def measure(self) -> None:
        """Measure each callback from now on; asyncio's debug mode would measure wall time."""
        run_callback: Callable[[asyncio.Handle], None] = asyncio.Handle._run  # type: ignore[attr-defined]  # noqa: SLF001

        def run(handle: asyncio.Handle) -> None:
            started = time.thread_time()
            run_callback(handle)
            self.longest = max(self.longest, time.thread_time() - started)

        asyncio.Handle._run = run  # type: ignore[attr-defined]  # noqa: SLF001


async def request_async() -> dict[str, float]:
    async with async_clients() as create:

        async def request(number: int) -> None:
            async with create(f"user-{number}") as client:
                response = await client.get_object(Bucket="bucket", Key="key")
                await response["Body"].read()

        # docs/back-ends.md recommends these steps when a back end starts.
        async with create("first"):
            pass
        gc.collect()
        gc.freeze()
        # This prevents full garbage collections during the measurement.
        gc.set_threshold(700, 10, 1000)
        started = time.perf_counter()
        callbacks = Callbacks()
        callbacks.measure()
        await asyncio.gather(*map(request, range(REQUESTS)))
        return {"seconds": time.perf_counter() - started, "blocked": callbacks.longest}


IS_ASYNC = PROGRAM.startswith("aio")
if TASK == "requests":
    result: object = asyncio.run(request_async()) if IS_ASYNC else request_sync()
    assert isinstance(result, dict)
    result["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
else:
    result = asyncio.run(create_async()) if IS_ASYNC else create_sync()
print(json.dumps(result))
