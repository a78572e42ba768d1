"""A `StoreConfig` for sync and async providers, tested with the emulator and a Redis server."""

from __future__ import annotations

import asyncio
import base64

from harness import GET_CREDENTIALS, GET_ID

from cognito_credentials import EnvironmentToken, ProviderConfig
from cognito_credentials.stores import StoreConfig


async def get_async(config):
    return await config.async_cached().get()


def test_a_closed_provider_does_not_close_the_store_of_the_other_kind(
    emulator, valkey, monkeypatch
):
    monkeypatch.setenv("SEALING_KEY", base64.b64encode(b"0123456789abcdef" * 2).decode())
    monkeypatch.setenv("REDIS_URL", valkey.url)
    calls_before = len(emulator.calls)
    config = ProviderConfig(
        emulator.create_identity_pool(guests=[]).id,
        client_config={"endpoint_url": emulator.endpoint_url},
        store=StoreConfig.redis(
            EnvironmentToken("REDIS_URL"), sealing_key=EnvironmentToken("SEALING_KEY"), timeout=10
        ),
    )
    credentials = config.cached().get()
    config.close()
    assert asyncio.run(get_async(config)) == credentials
    asyncio.run(config.aclose())
    assert config.cached().get() == credentials
    calls = [call.operation for call in emulator.calls[calls_before:]]
    assert [name for name in calls if name.startswith("Get")] == [GET_ID, GET_CREDENTIALS]
    config.close()
