"""The model of a Redis server, compared with a real server that runs the scripts of `RedisStore`."""

from __future__ import annotations

from random import Random

import pytest
from valkey_server import SEALING_KEY, one_valkey, valkey

from cognito_credentials.stores import RedisStore
from simulation.redis_server import RedisClient, RedisServer
from simulation.worlds import World

__all__ = ["one_valkey", "valkey"]

KEYS = ("credentials:1", "identity-id:1")
METHODS = ("get", "put", "put", "add", "delete", "lock", "release")
FAR = 4_000_000_000.0


@pytest.mark.parametrize("seed", range(5))
def test_the_model_returns_what_the_server_returns(valkey, seed):
    random = Random(seed)  # noqa: S311 - reproducible, not secret
    world = World(seed)
    model = RedisStore(RedisClient(RedisServer(world)), sealing_key=SEALING_KEY)
    with RedisStore(valkey.url, sealing_key=SEALING_KEY, prefix=f"model-{seed}") as server:
        stores = (model, server)
        leases: list[tuple[object, object]] = []
        for number in range(60):
            world.scheduler.now += 0.001  # A later lease gets a greater fence.
            method, key = random.choice(METHODS), random.choice(KEYS)
            value = b"%d" % number
            if method == "release":
                for lease in leases.pop() if leases else ():
                    lease.release()
                results = [None, None]
            elif method == "lock":
                leased = [store.lock(key, 60) for store in stores]
                results = [lease is not None for lease in leased]
                if all(results):
                    leases.append(tuple(leased))
            elif method == "put":
                held = random.choice((*leases, (None, None)))
                expires_at = random.choice((FAR, None))
                results = [
                    store.put(key, value, expires_at=expires_at, lease=lease)
                    for store, lease in zip(stores, held, strict=True)
                ]
            elif method == "add":
                results = [store.add(key, value) for store in stores]
            else:
                results = [getattr(store, method)(key) for store in stores]
            assert results[0] == results[1], (number, method, key)
