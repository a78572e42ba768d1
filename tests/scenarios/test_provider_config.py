"""One `ProviderConfig` for sync and async providers, tested with the emulator."""

from __future__ import annotations

import asyncio
import os
import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness import GET_CREDENTIALS, GET_ID

from cognito_credentials import ConfigurationError, EnvironmentToken, FileToken, ProviderConfig
from cognito_credentials.stores import StoreConfig


class World:
    """An identity pool, and the calls that this test has made."""

    def __init__(self, emulator):
        self.emulator = emulator
        self.pool = emulator.create_identity_pool(guests=[], signed_in=[])
        self.calls_before = len(emulator.calls)

    def config(self, **arguments):
        return ProviderConfig(
            self.pool.id, client_config={"endpoint_url": self.emulator.endpoint_url}, **arguments
        )

    @property
    def calls(self):
        return [call.operation for call in self.emulator.calls[self.calls_before :]]


@pytest.fixture
def world(emulator):
    return World(emulator)


def get_sync(config):
    return config.cached().get()


def get_async(config):
    async def get():
        return await config.async_cached().get()

    return asyncio.run(get())


def close_sync(config):
    config.close()


def close_async(config):
    asyncio.run(config.aclose())


KINDS = {"sync": (get_sync, close_sync), "aio": (get_async, close_async)}


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def kind(request):
    return request.param


def test_equal_configs_fetch_once(world, kind):
    get, close = kind
    first = get(world.config())
    assert get(pickle.loads(pickle.dumps(world.config()))) == first  # noqa: S301
    assert world.calls == [GET_ID, GET_CREDENTIALS]
    close(world.config())


def test_sync_and_async_providers_share_through_the_store(world):
    for store in (StoreConfig.file(), StoreConfig.memory()):
        before = len(world.calls)
        config = world.config(store=store)
        assert get_sync(config) == get_async(config)
        assert world.calls[before:] == [GET_ID, GET_CREDENTIALS]
        close_sync(config)
        close_async(config)


def test_event_loops_in_several_threads_share_through_the_store(world):
    config = world.config()
    with ThreadPoolExecutor(4) as executor:
        results = list(executor.map(get_async, [config] * 4))
    assert results == [results[0]] * 4
    assert world.calls == [GET_ID, GET_CREDENTIALS]
    close_async(config)


def test_without_a_store_each_kind_is_another_guest(world):
    config = world.config(store=None)
    assert get_sync(config).identity_id != get_async(config).identity_id
    close_sync(config)
    close_async(config)


def test_a_closed_provider_is_replaced(world, kind):
    get, close = kind
    config = world.config()
    credentials = get(config)
    close(config)
    close(config)
    assert get(config) == credentials  # The credentials come from the store.
    assert world.calls == [GET_ID, GET_CREDENTIALS]
    close(config)


def test_a_provider_that_the_caller_closes_is_replaced(world):
    config = world.config()
    cache = config.cached()
    cache.provider.close()
    with pytest.raises(ConfigurationError, match="closed"):
        cache.get()
    assert config.cached() is not cache
    assert get_sync(config)
    config.cached().close()
    assert get_sync(config)
    close_sync(config)


def test_a_child_process_uses_the_credentials_of_its_parent(world, kind):
    get, close = kind
    config = world.config(store=None)
    access_key_id = get(config).access_key_id
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writer, get(config).access_key_id.encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 100).decode() == access_key_id
    os.close(reader)
    os.close(writer)
    assert world.calls == [GET_ID, GET_CREDENTIALS]
    close(config)


def test_no_secret_is_in_a_config_that_was_used(world, kind, tmp_path, monkeypatch):
    get, close = kind
    user = world.pool.create_user("ann")
    (name,) = user.logins
    token = user.id_token()
    (tmp_path / "token").write_text(token)
    monkeypatch.setenv("ID_TOKEN", token)
    for supplier in (FileToken(tmp_path / "token"), EnvironmentToken("ID_TOKEN")):
        config = world.config(logins={name: supplier})
        credentials = get(config)
        protocols = range(pickle.HIGHEST_PROTOCOL + 1)
        pickles = [pickle.dumps(config, protocol) for protocol in protocols]
        for secret in (token, credentials.secret_access_key, credentials.session_token):
            assert not any(secret.encode() in contents for contents in pickles)
            assert secret not in repr(config)
        close(config)
