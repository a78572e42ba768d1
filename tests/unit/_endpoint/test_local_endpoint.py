"""`serve()` of providers and caches."""

from __future__ import annotations

import asyncio
import gc
import os
import stat
import sys
from functools import partial

import pytest
from serving import call_endpoint

import cognito_credentials
from cognito_credentials import aio
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.testing import (
    AsyncScriptedTransport,
    FakeClock,
    ScriptedTransport,
    credentials_response,
    error_response,
    success_response,
)

POOL_ID = "eu-west-1:1699ebc0-7900-4099-b910-2df94f52a030"
IDENTITY_ID = "eu-west-1:128d0a74-c82f-4553-916d-90053e4a8b0f"


class Service:
    """Service that returns new credentials for each fetch."""

    def __init__(self):
        self.clock = FakeClock()
        self.fetches = 0
        self.fails = False

    def __call__(self, request):
        if request.headers["X-Amz-Target"].endswith("GetId"):
            return success_response(IdentityId=IDENTITY_ID)
        if self.fails:
            return error_response("NotAuthorizedException", "Access to Role is forbidden")
        self.fetches += 1
        return credentials_response(IDENTITY_ID, clock=self.clock, generation=self.fetches)

    def create_provider(self, **options):
        config = {"transport": ScriptedTransport([self]), "clock": self.clock}
        return cognito_credentials.from_cognito_identity_pool(
            POOL_ID, client_config=config, **options
        )

    def create_async_provider(self):
        config = {"transport": AsyncScriptedTransport([self]), "clock": self.clock}
        return aio.from_cognito_identity_pool(POOL_ID, client_config=config)


@pytest.fixture
def service():
    return Service()


@pytest.fixture
def provider(service):
    with service.create_provider() as provider:
        yield provider


def test_the_endpoint_serves_the_cached_credentials(provider, service):
    with provider.serve() as endpoint:
        response = call_endpoint(endpoint.url, endpoint.token)
        again = call_endpoint(endpoint.url, endpoint.token)
    credentials = provider.cached().get()
    assert response.status == 200
    assert response.document == again.document
    assert response.document["AccessKeyId"] == credentials.access_key_id
    assert response.document["Token"] == credentials.session_token
    assert service.fetches == 1


def test_a_cache_can_be_served(service):
    with service.create_provider() as provider:
        cache = cognito_credentials.CredentialsCache(provider)
        with cache.serve() as endpoint:
            response = call_endpoint(endpoint.url, endpoint.token)
        assert response.document["AccessKeyId"] == cache.get().access_key_id


def test_new_credentials_are_served_after_an_expiration(provider, service):
    with provider.serve() as endpoint:
        first = call_endpoint(endpoint.url, endpoint.token)
        service.clock.advance(3601)
        second = call_endpoint(endpoint.url, endpoint.token)
    assert first.document["AccessKeyId"] != second.document["AccessKeyId"]


def test_rejected_credentials_are_not_served(provider, service):
    with provider.serve() as endpoint:
        first = call_endpoint(endpoint.url, endpoint.token)
        provider.cached().mark_rejected(first.document["AccessKeyId"])
        second = call_endpoint(endpoint.url, endpoint.token)
    assert first.document["AccessKeyId"] != second.document["AccessKeyId"]
    assert service.fetches == 2


def test_the_environment_names_the_url_and_a_private_file_with_the_token(provider):
    with provider.serve() as endpoint:
        environment = endpoint.environment
        path = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]
        assert environment == {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": endpoint.url,
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": endpoint.token_file,
        }
        with open(path, encoding="ascii") as file:
            assert file.read() == endpoint.token
        if sys.platform != "win32":
            assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert not os.path.exists(os.path.dirname(path))


def test_a_request_without_the_token_is_rejected(provider, service):
    with provider.serve() as endpoint:
        assert call_endpoint(endpoint.url, None).status == 401
        assert endpoint.token not in repr(endpoint)
    assert service.fetches == 0


def test_the_response_to_a_failed_fetch_has_the_hint_for_developers(provider, service):
    service.fails = True
    with provider.serve() as endpoint:
        response = call_endpoint(endpoint.url, endpoint.token)
    assert response.status == 403
    assert response.document["Code"] == "NotAuthorizedException"
    assert "--" not in response.document["Message"]


def test_closing_the_endpoint_does_not_close_the_provider(provider):
    endpoint = provider.serve()
    endpoint.close()
    endpoint.close()
    with pytest.raises(ConnectionRefusedError):
        call_endpoint(endpoint.url, endpoint.token)
    assert provider.cached().get()


def test_an_endpoint_that_is_not_referenced_is_closed(provider):
    endpoint = provider.serve()
    url, token, path = endpoint.url, endpoint.token, endpoint.token_file
    del endpoint
    gc.collect()
    assert not os.path.exists(path)
    with pytest.raises(ConnectionRefusedError):
        call_endpoint(url, token)


def test_a_port_can_be_chosen(provider):
    with provider.serve() as first:
        port = int(first.url.split(":")[2].partition("/")[0])
        with pytest.raises(ConfigurationError) as caught:
            provider.serve(port=port)
    assert "--" not in str(caught.value)
    with provider.serve(port=port) as second:
        assert second.url == first.url


def test_a_closed_provider_cannot_be_served(service):
    provider = service.create_provider()
    provider.close()
    with pytest.raises(ConfigurationError):
        provider.serve()


async def test_an_async_provider_fetches_in_the_event_loop(service):
    async with service.create_async_provider() as provider:
        with provider.serve() as endpoint:
            call = partial(call_endpoint, endpoint.url, endpoint.token)
            first = await asyncio.to_thread(call)
            service.clock.advance(3601)
            second = await asyncio.to_thread(call)
        assert second.document["AccessKeyId"] == (await provider.cached().get()).access_key_id
    assert first.document["AccessKeyId"] != second.document["AccessKeyId"]
    assert service.fetches == 2


def test_an_async_provider_requires_an_event_loop(service):
    provider = service.create_async_provider()
    with pytest.raises(RuntimeError):
        provider.serve()
    asyncio.run(provider.aclose())
