"""The resolver for the AWS SDK for Python (smithy-aws-core); `make consumers` tests the SDK itself."""

from __future__ import annotations

import asyncio
import threading

import pytest

import cognito_credentials
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.integrations.smithy import identity_resolver

POOL_ID = "eu-west-1:1699ebc0-7900-4099-b910-2df94f52a030"


@pytest.fixture(autouse=True)
def library(install):
    install("smithy_aws_core")


@pytest.fixture(params=["sync", "async", "user"])
def provider(request, cognito, boto3_harness, create_async_provider):
    if request.param == "sync":
        return boto3_harness.create_provider()
    if request.param == "async":
        return create_async_provider()
    return cognito_credentials.CredentialBroker(POOL_ID, client_config=boto3_harness.config).user(
        "ada"
    )


async def get(resolver):
    return await resolver.get_identity(properties={})


async def test_the_resolver_returns_the_cached_credentials(provider, cognito):
    resolver = identity_resolver(provider)
    first = await get(resolver)
    assert await get(resolver) is first
    assert cognito.fetches == 1


async def test_concurrent_first_calls_share_a_fetch(provider, cognito):
    resolver = identity_resolver(provider)
    await asyncio.gather(*(get(resolver) for _ in range(8)))
    assert cognito.fetches == 1


async def test_an_unused_resolver_can_be_invalidated(provider):
    await identity_resolver(provider).invalidate()


async def test_an_invalidated_identity_is_replaced(provider, cognito):
    resolver = identity_resolver(provider)
    first = await get(resolver)
    await resolver.invalidate()
    assert await get(resolver) != first
    assert cognito.fetches == 2


async def test_a_fetch_with_a_sync_provider_blocks_neither_the_event_loop_nor_the_exit(
    boto3_harness,
):
    threads = []

    def get_token():
        threads.append(threading.current_thread())
        return "opaque"

    provider = boto3_harness.create_provider(logins={"login.example.com": get_token})
    await get(identity_resolver(provider))
    assert threads
    assert threading.current_thread() not in threads
    assert all(thread.daemon for thread in threads)


def test_another_argument_is_rejected():
    with pytest.raises(ConfigurationError):
        identity_resolver("eu-west-1:1699ebc0")
