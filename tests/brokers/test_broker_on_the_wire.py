"""Brokers that use the emulator over real sockets, directly and with boto3 or aiobotocore."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time

import pytest
from harness import GET_CREDENTIALS, GET_ID, OTHER_POOL
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from valkey_server import SEALING_KEY, Valkey

from cognito_credentials import CredentialBroker
from cognito_credentials.aio import AsyncCredentialBroker
from cognito_credentials.errors import RefreshTimeoutError
from cognito_credentials.stores import AsyncRedisStore, MemoryStore, RedisStore

CALLERS = 1000


@pytest.fixture
def calls(emulator):
    seen = len(emulator.calls)
    return lambda: [call.operation for call in emulator.calls[seen:]]


@pytest.fixture
def config(emulator):
    return {"endpoint_url": emulator.endpoint_url, "clock": emulator.clock}


def test_a_thousand_threads_fetch_one_user_once(pool, config, calls):
    found, together = [], threading.Barrier(CALLERS)
    with CredentialBroker(pool, client_config=config, deadline=60) as broker:

        def work():
            together.wait(60)
            found.append(broker.get("guest"))

        former = threading.stack_size(256 * 1024)
        try:
            threads = [threading.Thread(target=work, daemon=True) for _ in range(CALLERS)]
            for thread in threads:
                thread.start()
        finally:
            threading.stack_size(former)
        for thread in threads:
            thread.join(60)
    assert len(found) == CALLERS
    assert len(set(map(id, found))) == 1
    assert calls() == [GET_ID, GET_CREDENTIALS]


async def test_a_thousand_tasks_fetch_one_user_once(pool, config, calls):
    async with AsyncCredentialBroker(pool, client_config=config) as broker:
        found = await asyncio.gather(*(broker.get("guest") for _ in range(CALLERS)))
    assert len(set(map(id, found))) == 1
    assert calls() == [GET_ID, GET_CREDENTIALS]


@pytest.fixture
def real_time_config(emulator):
    """Return a config with the real clock; waiting for a lock with a fake clock takes no time."""
    return {"endpoint_url": emulator.endpoint_url}


def test_two_hosts_share_users_through_a_server(pool, real_time_config, calls, valkey):
    stores = [RedisStore(valkey.url, sealing_key=SEALING_KEY) for _ in range(2)]
    brokers = [
        CredentialBroker(pool, client_config=real_time_config, store=store) for store in stores
    ]
    try:
        threads = [
            threading.Thread(target=broker.get, args=(f"guest {number}",))
            for number in range(10)
            for broker in brokers
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        for number in range(10):
            assert brokers[0].get(f"guest {number}") == brokers[1].get(f"guest {number}")
        assert sorted(calls()) == sorted([GET_ID, GET_CREDENTIALS] * 10)
    finally:
        for broker, store in zip(brokers, stores, strict=True):
            broker.close()
            store.close()


async def test_async_hosts_share_users_through_a_server(pool, real_time_config, calls, valkey):
    async with (
        AsyncRedisStore(valkey.url, sealing_key=SEALING_KEY) as store,
        AsyncCredentialBroker(pool, client_config=real_time_config, store=store) as one,
        AsyncCredentialBroker(pool, client_config=real_time_config, store=store) as two,
    ):
        first, second = await asyncio.gather(one.get("guest"), two.get("guest"))
        assert first == second
        await one.forget("guest")
    assert calls() == [GET_ID, GET_CREDENTIALS]


def test_a_guest_retains_its_identity_while_the_server_is_down(pool, config, calls):
    with Valkey() as server, RedisStore(server.url, sealing_key=SEALING_KEY) as store:
        with CredentialBroker(pool, client_config=config, store=store) as broker:
            ours = broker.get("guest").identity_id
            server.stop()
            config["clock"].advance(3601)
            assert broker.get("guest").identity_id == ours
            created = broker.get("another").identity_id
            server.start()  # Restarting the server loses its data.
            config["clock"].advance(3601)
            assert broker.get("guest").identity_id == ours
            assert broker.get("another").identity_id == created
        config["clock"].advance(3601)
        with CredentialBroker(pool, client_config=config, store=store) as broker:
            assert broker.get("guest").identity_id == ours
            assert broker.get("another").identity_id == created
    assert calls().count(GET_ID) == 2


async def test_an_async_guest_retains_its_identity_while_the_server_is_down(pool, config, calls):
    with Valkey() as server:
        async with (
            AsyncRedisStore(server.url, sealing_key=SEALING_KEY) as store,
            AsyncCredentialBroker(pool, client_config=config, store=store) as broker,
        ):
            ours = (await broker.get("guest")).identity_id
            server.stop()
            config["clock"].advance(3601)
            assert (await broker.get("guest")).identity_id == ours
            server.start()
            config["clock"].advance(3601)
            assert (await broker.get("guest")).identity_id == ours
    assert calls().count(GET_ID) == 1


def test_a_session_has_the_credentials_of_its_user(pool, config, emulator):
    with CredentialBroker(pool, client_config=config, store=MemoryStore()) as broker:
        session = broker.session("guest")
        sts = session.client("sts", endpoint_url=emulator.endpoint_url)
        first = sts.get_caller_identity()["Arn"]
        assert "CognitoIdentityCredentials" in first
        assert session.region_name == pool.partition(":")[0]
        before = broker.get("guest")
        emulator.clock.advance(3601)
        assert sts.get_caller_identity()["Arn"] == first
        assert broker.get("guest") != before
        assert "CredentialBroker" in repr(session.get_credentials())


async def test_an_async_session_has_the_credentials_of_its_user(pool, config, emulator):
    async with AsyncCredentialBroker(pool, client_config=config, store=MemoryStore()) as broker:
        session = broker.session("guest")
        async with session.create_client("sts", endpoint_url=emulator.endpoint_url) as sts:
            first = (await sts.get_caller_identity())["Arn"]
            emulator.clock.advance(3601)
            assert (await sts.get_caller_identity())["Arn"] == first


def test_a_deadline_ends_the_wait_for_the_lock_of_another_host(pool, config, valkey):
    """The test holds the lock, like a host that hangs."""
    # Use the real clock, because a sleep on the emulator's clock returns immediately.
    del config["clock"]
    with (
        RedisStore(valkey.url, sealing_key=SEALING_KEY) as store,
        CredentialBroker(pool, client_config=config, store=store) as broker,
    ):
        broker.get("guest")
        key = broker._state.find("guest").store_key
        broker.forget("guest")
        lease = store.lock(key, 30)
        started = time.monotonic()
        with pytest.raises(RefreshTimeoutError):
            broker.get("guest", deadline=0.3)
        assert time.monotonic() - started < 5
        lease.release()
        assert broker.get("guest")
        assert broker.metrics.timeouts == 1


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_process_continues_with_the_cached_users(pool, config):
    with CredentialBroker(pool, client_config=config) as broker:
        ours = broker.get("guest")
        limiter = broker._rate_limits.limiters[GET_ID]
        # Fork while the locks are held, because threads of the parent process may hold them.
        with broker._state.lock, limiter._lock:
            child = os.fork()
            if child == 0:
                signal.alarm(20)
                works = broker.get("guest") == ours and broker.get("another") != ours
                os._exit(0 if works else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert broker.get("guest") is ours


def test_opentelemetry_observes_the_metrics(pool, config):
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    with CredentialBroker(pool, client_config=config) as broker:
        broker.metrics.export(provider.get_meter("test"))
        for _ in range(3):
            broker.get("guest")
        data = reader.get_metrics_data()
    assert data is not None
    seen = {
        metric.name.rpartition(".")[2]: metric.data.data_points[0]
        for metric in data.resource_metrics[0].scope_metrics[0].metrics
    }
    assert (seen["hits"].value, seen["fetches"].value, seen["waits"].value) == (2, 1, 1)
    assert (seen["waited"].count, seen["fetched_in"].count) == (1, 1)
    assert sum(broker.metrics.waited.counts) == 1
    for metric in seen.values():
        assert dict(metric.attributes) == {"identity_pool_id": pool}
    provider.shutdown()


def test_opentelemetry_distinguishes_the_brokers_of_pools(pool, config):
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    pools = [pool, OTHER_POOL]
    brokers = [CredentialBroker(each, client_config=config) for each in pools]
    for number, broker in enumerate(brokers, 3):
        broker.metrics.export(provider.get_meter("test"))
        broker.metrics.hits = number
    data = reader.get_metrics_data()
    assert data is not None
    (hits,) = (
        metric
        for metric in data.resource_metrics[0].scope_metrics[0].metrics
        if metric.name == "cognito_credentials.broker.hits"
    )
    found = {point.attributes["identity_pool_id"]: point.value for point in hits.data.data_points}
    assert found == {pool: 3, OTHER_POOL: 4}
    for broker in brokers:
        broker.close()
    provider.shutdown()
