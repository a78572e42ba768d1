"""The contract of `ports.Store`, tested with every store."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from blocking_proxies import BlockingStoreProxy
from fake_store import FakeStore
from keyring.backend import KeyringBackend
from valkey_server import SEALING_KEY, cluster

from cognito_credentials.stores import (
    AsyncRedisStore,
    FileStore,
    KeyringStore,
    MemoryStore,
    RedisStore,
)
from cognito_credentials.testing import FakeClock

GUIDE = Path(__file__).parents[2] / "docs" / "stores.md"
FAR = 4_000_000_000.0
KEYS = ["credentials:" + "0" * 64, "identity-id:aws:cognito-identity-credentials:pool:käse {}/.."]


class FakeKeychain(KeyringBackend):
    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.entries[service, username]


@pytest.fixture(scope="session")
def one_cluster():
    with cluster() as server:
        yield server


@pytest.fixture(
    params=[
        *("fake", "memory", "file", "keyring", "guide"),
        *("redis", "aio-redis", "cluster", "aio-cluster"),
    ]
)
def store(request, tmp_path):
    if request.param == "fake":
        yield FakeStore(FakeClock())
    elif request.param == "memory":
        yield MemoryStore()
    elif request.param == "file":
        yield FileStore(tmp_path / "store")
    elif request.param == "guide":
        (example,) = re.findall(
            r"```python\n(import contextlib\n.*?)```", GUIDE.read_text(), re.DOTALL
        )
        names = {}
        exec(compile(example, GUIDE, "exec"), names)  # noqa: S102 - the code is a page of this repository
        yield names["SqliteStore"](tmp_path / "store.db")
    elif request.param == "keyring":
        yield KeyringStore(backend=FakeKeychain(), lock_path=tmp_path / "locks")
    elif request.param == "cluster":
        from redis.cluster import RedisCluster

        server = request.getfixturevalue("one_cluster")
        with RedisCluster.from_url(server.url, socket_timeout=5) as client:
            client.flushall()
            yield RedisStore(client, sealing_key=SEALING_KEY)
    elif request.param == "aio-cluster":
        from redis.asyncio import RedisCluster as AsyncRedisCluster

        server = request.getfixturevalue("one_cluster")
        with asyncio.Runner() as runner:
            aio_client = AsyncRedisCluster.from_url(server.url, socket_timeout=5)
            runner.run(aio_client.flushall())
            yield BlockingStoreProxy(AsyncRedisStore(aio_client, sealing_key=SEALING_KEY), runner)
            runner.run(aio_client.aclose())
    else:
        server = request.getfixturevalue("valkey")
        if request.param == "redis":
            with RedisStore(server.url, sealing_key=SEALING_KEY) as redis_store:
                yield redis_store
        else:
            with asyncio.Runner() as runner:
                async_store = AsyncRedisStore(server.url, sealing_key=SEALING_KEY)
                yield BlockingStoreProxy(async_store, runner)
                runner.run(async_store.aclose())


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("expires_at", [None, FAR])
def test_a_value_is_returned_until_it_is_deleted(store, key, expires_at):
    assert store.get(key) is None
    store.delete(key)
    store.put(key, b"one", expires_at=expires_at)
    assert store.get(key) == b"one"
    store.put(key, bytes(range(256)) * 20, expires_at=expires_at)
    assert store.get(key) == bytes(range(256)) * 20
    store.delete(key)
    assert store.get(key) is None


def test_keys_are_independent(store):
    for key in KEYS:
        store.put(key, key.encode(), expires_at=FAR)
    assert [store.get(key) for key in KEYS] == [key.encode() for key in KEYS]
    store.delete(KEYS[0])
    assert store.get(KEYS[1]) == KEYS[1].encode()


@pytest.fixture
def adding_store(store):
    # `BlockingStoreProxy` has every attribute.
    if not hasattr(getattr(store, "_store", store), "add"):
        pytest.skip("the store has no method add")
    return store


@pytest.mark.parametrize("key", KEYS)
def test_an_added_value_is_never_replaced_by_another_added_value(adding_store, key):
    assert adding_store.add(key, b"one")
    assert not adding_store.add(key, b"two")
    assert adding_store.get(key) == b"one"
    adding_store.put(key, b"three", expires_at=None)
    assert not adding_store.add(key, b"four")
    assert adding_store.get(key) == b"three"
    adding_store.delete(key)
    assert adding_store.add(key, b"five")
    assert adding_store.get(key) == b"five"


def test_only_one_caller_has_a_lease_of_a_key(store):
    lease = store.lock(KEYS[0], 10)
    assert lease is not None
    assert store.lock(KEYS[0], 10) is None
    other = store.lock(KEYS[1], 10)
    assert other is not None
    lease.release()
    second = store.lock(KEYS[0], 10)
    assert second is not None
    second.release()
    other.release()


def test_releasing_a_lease_twice_does_not_release_the_next_one(store):
    first = store.lock(KEYS[0], 10)
    first.release()
    second = store.lock(KEYS[0], 10)
    assert second is not None
    first.release()
    assert store.lock(KEYS[0], 10) is None
    second.release()


def test_a_lock_is_not_an_entry(store):
    lease = store.lock(KEYS[0], 10)
    assert store.get(KEYS[0]) is None
    store.put(KEYS[0], b"value", expires_at=FAR, lease=lease)
    lease.release()
    assert store.get(KEYS[0]) == b"value"


def test_the_repr_shows_neither_values_nor_keys(store):
    store.put(KEYS[0], b"a-secret-value", expires_at=FAR)
    assert "a-secret" not in repr(store)
    assert SEALING_KEY.decode() not in repr(store)
