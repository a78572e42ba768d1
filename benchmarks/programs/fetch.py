"""Print the CPU time of one fetch on an open connection, in microseconds.

The first argument selects the client.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_, CLIENT, ENDPOINT_URL, IDENTITY_ID = sys.argv
REGION = IDENTITY_ID.partition(":")[0]
WARM_UP, CALLS = 100, 1000


def measure(fetch: Callable[[], object]) -> float:
    for _ in range(WARM_UP):
        fetch()
    started = time.process_time()
    for _ in range(CALLS):
        fetch()
    return (time.process_time() - started) / CALLS * 1e6


async def measure_async(fetch: Callable[[], Awaitable[object]]) -> float:
    for _ in range(WARM_UP):
        await fetch()
    started = time.process_time()
    for _ in range(CALLS):
        await fetch()
    return (time.process_time() - started) / CALLS * 1e6


def ours() -> float:
    from cognito_credentials import from_cognito_identity

    with from_cognito_identity(
        IDENTITY_ID, client_config={"endpoint_url": ENDPOINT_URL}
    ) as provider:
        return measure(provider)


def with_boto3() -> float:
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config

    client = boto3.client(
        "cognito-identity",
        region_name=REGION,
        endpoint_url=ENDPOINT_URL,
        config=Config(signature_version=UNSIGNED),
    )
    return measure(lambda: client.get_credentials_for_identity(IdentityId=IDENTITY_ID))


async def ours_async() -> float:
    from cognito_credentials.aio import from_cognito_identity

    async with from_cognito_identity(
        IDENTITY_ID, client_config={"endpoint_url": ENDPOINT_URL}
    ) as provider:
        return await measure_async(provider)


async def with_aiobotocore() -> float:
    from aiobotocore.config import AioConfig
    from aiobotocore.session import get_session
    from botocore import UNSIGNED

    async with get_session().create_client(
        "cognito-identity",
        region_name=REGION,
        endpoint_url=ENDPOINT_URL,
        config=AioConfig(signature_version=UNSIGNED),
    ) as client:
        return await measure_async(
            lambda: client.get_credentials_for_identity(IdentityId=IDENTITY_ID)
        )


CLIENTS: dict[str, Callable[[], float]] = {
    "cognito_credentials": ours,
    "boto3": with_boto3,
    "cognito_credentials.aio": lambda: asyncio.run(ours_async()),
    "aiobotocore": lambda: asyncio.run(with_aiobotocore()),
}
print(CLIENTS[CLIENT]())
