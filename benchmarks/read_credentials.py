"""Time to read fresh credentials, as a signer does for each request.

The readers take turns in one process: in each of 15 rounds, each reads the credentials 20,000 times. The
credentials are valid for an hour, so no reader refreshes them. The async readers run in one task, while
no other task runs.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from aiobotocore.credentials import AioRefreshableCredentials
from botocore.credentials import RefreshableCredentials

from benchmarks.figures import Figure, Ratio, Row
from cognito_credentials import aio, from_cognito_identity
from cognito_credentials.integrations import aiobotocore, boto3
from cognito_credentials.testing import (
    AsyncScriptedTransport,
    ScriptedTransport,
    credentials_response,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from typing import Any

NAME = "read"
READS = 20_000
ROUNDS = 15
IDENTITY_ID = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"


def measure() -> Iterator[Row]:
    provider = from_cognito_identity(
        IDENTITY_ID, client_config={"transport": ScriptedTransport([credentials_response()])}
    )
    frozen = boto3.session(provider).get_credentials()
    cache, ours, theirs = _measure_readers(
        {
            "cache.get()": provider.cached().get,
            "ours, get_frozen_credentials()": frozen.get_frozen_credentials,
            "botocore's RefreshableCredentials": _botocore_reader(RefreshableCredentials),
        }
    )
    yield Row(NAME, cache, Ratio(cache, theirs, 0.03))
    yield Row(NAME, ours, Ratio(ours, theirs, 0.10))
    yield Row(NAME, theirs)
    ours, theirs = asyncio.run(_measure_async_readers())
    yield Row(NAME, ours, Ratio(ours, theirs, 0.10))
    yield Row(NAME, theirs)


async def _measure_async_readers() -> list[Figure]:
    provider = aio.from_cognito_identity(
        IDENTITY_ID, client_config={"transport": AsyncScriptedTransport([credentials_response()])}
    )
    ours = await aiobotocore.session(provider).get_credentials()
    readers: dict[str, Callable[[], Awaitable[object]]] = {
        "ours, async": ours.get_frozen_credentials,
        "aiobotocore's AioRefreshableCredentials": _botocore_reader(AioRefreshableCredentials),
    }
    samples: dict[str, list[float]] = {name: [] for name in readers}
    for _ in range(ROUNDS):
        for name, read in readers.items():
            await read()
            started = time.perf_counter()
            for _ in range(READS):
                await read()
            samples[name].append((time.perf_counter() - started) / READS * 1e6)
    return [Figure(name, "µs", taken) for name, taken in samples.items()]


def _measure_readers(readers: dict[str, Callable[[], object]]) -> list[Figure]:
    samples: dict[str, list[float]] = {name: [] for name in readers}
    for _ in range(ROUNDS):
        for name, read in readers.items():
            read()
            started = time.perf_counter()
            for _ in range(READS):
                read()
            samples[name].append((time.perf_counter() - started) / READS * 1e6)
    return [Figure(name, "µs", taken) for name, taken in samples.items()]


def _botocore_reader(kind: Any) -> Callable[[], Any]:
    metadata = {
        "access_key": "AKID",
        "secret_key": "secret",
        "token": "token",
        "expiry_time": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
    }
    credentials = kind.create_from_metadata(metadata, refresh_using=None, method="custom")
    return credentials.get_frozen_credentials
