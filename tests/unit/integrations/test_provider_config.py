"""Every integration accepts a `ProviderConfig` instead of a provider."""

from __future__ import annotations

import asyncio
import importlib

import boto3
import pytest
from aiobotocore.session import AioSession

from cognito_credentials import ConfigurationError, CredentialsCache, ProviderConfig, aio
from cognito_credentials.integrations import aiobotocore as aiobotocore_integration
from cognito_credentials.integrations import boto3 as boto3_integration

POOL_ID = "eu-west-1:1699ebc0-7900-4099-b910-2df94f52a030"
CONFIG = ProviderConfig(POOL_ID)
SIGNERS = {
    "aiohttp": ("middleware", {"service": "es", "endpoint_url": "https://example.com"}),
    "httpx": ("auth", {"service": "es"}),
    "httpx2": ("auth", {"service": "es"}),
    "requests": ("auth", {"service": "es"}),
}

MINIMUM_VERSIONS = {"aiohttp": "3.12.14"}


def installed(integration, session):
    integration.install(session, CONFIG)
    return session.get_credentials()


SYNC = {
    "session": lambda: boto3_integration.session(CONFIG).get_credentials(),
    "install": lambda: installed(boto3_integration, boto3.Session()),
    "Session": lambda: boto3_integration.Session(provider=CONFIG).get_credentials(),
    "BotocoreSession": lambda: boto3_integration.BotocoreSession(provider=CONFIG).get_credentials(),
    "credentials": lambda: boto3_integration.credentials(CONFIG),
    "credential_provider": lambda: boto3_integration.credential_provider(CONFIG).load(),
}
ASYNC = {
    "session": lambda: aiobotocore_integration.session(CONFIG).get_credentials(),
    "install": lambda: installed(aiobotocore_integration, AioSession()),
}


@pytest.mark.parametrize("create", SYNC.values(), ids=SYNC)
def test_botocore_reads_the_cache_of_the_config(create):
    assert create().cache is CONFIG.cached()


@pytest.mark.parametrize("create", ASYNC.values(), ids=ASYNC)
def test_aiobotocore_reads_the_async_cache_of_the_config(create):
    async def get_cache():
        return (await create()).cache

    assert asyncio.run(get_cache()) is CONFIG.async_cached()


@pytest.mark.parametrize("library", SIGNERS)
def test_a_signer_accepts_a_config(library):
    pytest.importorskip(library, minversion=MINIMUM_VERSIONS.get(library))
    function, arguments = SIGNERS[library]
    integration = importlib.import_module(f"cognito_credentials.integrations.{library}")
    signer = getattr(integration, function)(CONFIG, **arguments)
    known = (CONFIG, CONFIG.cached(), CONFIG.async_cached())
    assert any(value is item for value in vars(signer).values() for item in known)


@pytest.mark.parametrize(
    ("cache_class", "method"),
    [(CredentialsCache, "method cached,"), (aio.AsyncCredentialsCache, "method async_cached,")],
)
def test_a_cache_of_a_config_is_created_by_the_config(cache_class, method):
    with pytest.raises(ConfigurationError) as caught:
        cache_class(CONFIG)
    assert method in caught.value.hint
