"""A model of a Redis server: the commands and scripts of `RedisStore`, in virtual time.

`test_redis_server.py` compares the model with a real server that runs the scripts.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from cognito_credentials.stores import _redis_scripts as scripts

if TYPE_CHECKING:
    from simulation.worlds import World


class RedisServer:
    """A primary server whose replica lags behind, so that a failover loses the last writes.

    `offset` is the number of seconds by which the server's clock is ahead of the true time.
    """

    def __init__(self, world: World, offset: float = 0.0) -> None:
        self._scheduler = world.scheduler
        self.offset = offset
        # Values by name, each with its expiry in milliseconds on the server's clock, or None.
        self.entries: dict[str, tuple[bytes, int | None]] = {}
        # The true time, the name and the former entry of each write, for a failover.
        self._writes: list[tuple[float, str, tuple[bytes, int | None] | None]] = []

    def fail_over(self, lag_seconds: float) -> int:
        """Undo the writes of the last seconds, and return their number."""
        lost = 0
        while self._writes and self._writes[-1][0] > self._scheduler.now - lag_seconds:
            _, name, former = self._writes.pop()
            lost += 1
            if former is None:
                self.entries.pop(name, None)
            else:
                self.entries[name] = former
        return lost

    def evict(self, names: list[str]) -> None:
        """Evict entries, like a server that has no memory left."""
        for name in names:
            self.write(name, None)

    def read(self, name: str) -> bytes | None:
        entry = self.entries.get(name)
        if entry is None or (entry[1] is not None and entry[1] <= self._milliseconds()):
            return None
        return entry[0]

    def write(self, name: str, entry: tuple[bytes, int | None] | None) -> None:
        self._writes.append((self._scheduler.now, name, self.entries.get(name)))
        if entry is None:
            self.entries.pop(name, None)
        else:
            self.entries[name] = entry

    def _milliseconds(self) -> int:
        return int(1000 * (self._scheduler.now + self.offset))

    def _microseconds(self) -> int:
        return int(1_000_000 * (self._scheduler.now + self.offset))

    def lock(self, name: str, token: bytes, milliseconds: int) -> bytes | None:
        """Run the script `LOCK`."""
        owner = self.read(name)
        if owner is not None:
            match = re.search(rb":(\d+)$", owner)
            lifetime = int(match[1]) if match else milliseconds
            expires_at = self.entries[name][1]
            remaining = -1 if expires_at is None else expires_at - self._milliseconds()
            if 0 <= remaining <= lifetime:
                return None
        self.write(name, (token, self._milliseconds() + milliseconds))
        return b"%016d" % self._microseconds()

    def release(self, name: str, token: bytes) -> int:
        """Run the script `RELEASE`."""
        if self.read(name) != token:
            return 0
        self.write(name, None)
        return 1

    def put(self, name: str, value: bytes, fence: bytes, expiry: bytes) -> int:
        """Run the script `PUT`."""
        now = b"%016d" % self._microseconds()
        fence = fence or now
        stored = (self.read(name) or b"")[: scripts.FENCE_BYTES]
        if len(stored) == scripts.FENCE_BYTES and fence < stored <= now:
            return 0
        self.write(name, (fence + value, int(expiry) if expiry else None))
        return 1

    def add(self, name: str, value: bytes) -> int:
        """Run the script `ADD`."""
        if len(self.read(name) or b"") >= scripts.FENCE_BYTES:
            return 0
        self.write(name, (b"%016d" % self._microseconds() + value, None))
        return 1

    def reserve(
        self, name: str, interval: float, burst: float, max_wait: float, longest: float
    ) -> int:
        """Run the script `RESERVE`."""
        now = self._microseconds()
        stored = self.read(name)
        due = float(now) if stored is None else float(stored)
        latest = now + max(max_wait, longest) + burst + interval + 1_000_000
        if not now <= due <= latest:
            due = now
        wait = max(0.0, due - burst - now)
        if wait > max_wait:
            return -1
        due += interval
        milliseconds = self._milliseconds() + math.ceil((due - now) / 1000) + 1000
        self.write(name, (b"%.0f" % due, milliseconds))
        return math.ceil(wait)


class _Pool:
    connection_kwargs: dict[str, Any] = {"socket_timeout": 1.0}  # noqa: RUF012 - never changed


class RedisClient:
    """The part of redis-py's client that `RedisStore` calls."""

    connection_pool = _Pool()

    def __init__(self, server: RedisServer) -> None:
        self._server = server

    def get(self, name: str) -> bytes | None:
        return self._server.read(name)

    def delete(self, name: str) -> None:
        self._server.write(name, None)

    def eval(self, script: str, _key_count: int, name: str, *arguments: Any) -> Any:
        texts = [text if isinstance(text, bytes) else str(text).encode() for text in arguments]
        server = self._server
        if script is scripts.LOCK:
            return server.lock(name, texts[0], int(texts[1]))
        if script is scripts.RELEASE:
            return server.release(name, texts[0])
        if script is scripts.PUT:
            return server.put(name, texts[0], texts[1], texts[2])
        if script is scripts.ADD:
            return server.add(name, texts[0])
        assert script is scripts.RESERVE
        return server.reserve(name, *(float(text) for text in texts))
