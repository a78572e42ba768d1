"""Stores that many hosts share: a Redis or Valkey server."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from types import TracebackType

from cognito_credentials import _typing as t
from cognito_credentials._core import logs
from cognito_credentials._core.digests import sha256_hex
from cognito_credentials._core.missing_packages import missing_package
from cognito_credentials._validation import check_number
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.stores import _redis_scripts as scripts
from cognito_credentials.stores._redis_clients import (
    check_client,
    create_client,
    translate_errors,
)
from cognito_credentials.stores._sealing import Seal, UnsealableError

__all__ = ["AsyncRedisLease", "AsyncRedisStore", "RedisLease", "RedisStore"]

MICROSECONDS = 1_000_000


class Names:
    """What both sides share: names on the server, and values as they are there."""

    def __init__(self, prefix: t.Any, sealing_key: bytes | Sequence[bytes]) -> None:
        if not isinstance(prefix, str) or not prefix or "{" in prefix or "}" in prefix:
            raise ConfigurationError("prefix must be a text that is not empty and has no braces")
        self.prefix = prefix
        self._seal = Seal(sealing_key)
        self._warned = set[str]()

    def of(self, key: str) -> str:
        # In braces, so that a cluster has value and lock on one node, and so by one clock. A digest,
        # because the key may name a user; not one that hangs on the sealing key, which may be
        # replaced.
        return f"{self.prefix}:{{{sha256_hex(key)}}}"

    def lock_of(self, key: str) -> str:
        return f"{self.of(key)}:lock"

    def put_arguments(
        self, key: str, value: bytes, expires_at: float | None, fence: str
    ) -> tuple[t.Any, ...]:
        name = self.of(key)
        end = "" if expires_at is None else str(max(1, int(expires_at * 1000)))
        return scripts.PUT, 1, name, self._seal.seal(name, value), fence, end

    @contextmanager
    def misses(self) -> Generator[None]:
        """Take a list, a hash and the like under a name of ours for a miss; it will be replaced."""
        from redis.exceptions import ResponseError

        try:
            yield
        except ResponseError as error:
            if not str(error).startswith("WRONGTYPE"):
                raise
            self._warn("it is not this program's")

    def value_of(self, key: str, stored: bytes | None) -> bytes | None:
        if stored is None:
            return None
        try:
            return self._seal.open(self.of(key), stored[scripts.FENCE_SIZE :])
        except UnsealableError:
            self._warn(
                "it was not sealed with this sealing_key, or has been changed since (sealing_key may "
                "be several: give the one that sealed it, too)"
            )
            return None

    def _warn(self, reason: str) -> None:
        if reason not in self._warned:
            self._warned.add(reason)
            logs.warning("An entry of the Redis store is not read: %s", reason)

    def is_closed(self, key: str, stored: bytes | None) -> bool:
        """Tell whether there is a value that another key may open."""
        return stored is not None and self.value_of(key, stored) is None

    def reserve_arguments(
        self, name: str, interval: float, ahead: float, longest: float
    ) -> tuple[t.Any, ...]:
        times = (str(round(seconds * MICROSECONDS)) for seconds in (interval, ahead, longest))
        return (scripts.RESERVE, 1, f"{self.of(name)}:pace", *times)


class RedisStore:
    """Share identity ids and credentials among hosts, through a server that cannot read them.

    Values are sealed (AES-256-GCM) before they leave the host: who reads the server's memory, its
    disk or the network finds neither credentials nor whose they are. Needs Redis 6.2 or Valkey,
    alone or as a cluster, and the extra `redis`. A server that is away, or stalls, costs the
    sharing: each host then fetches for itself.

    May be used by any number of threads, and in a child process after a fork. Also a context
    manager.

    Args:
        url: `redis://`, `rediss://` (TLS) or `unix://`, with user and password; or a client of
            redis-py that has a `socket_timeout`. For a cluster that is a `RedisCluster`, which
            asks a node that stalls for ten seconds unless its `retry` says otherwise.
        sealing_key: 32 bytes that all hosts have and the server has not; or several: the first
            seals and all open. To replace a key, put the new one behind it on all hosts first, and
            in front of it then.
        prefix: What the names on the server begin with.
        timeout: Seconds that a call may take, where the store makes the client.
        options: More for redis-py's client, such as `ssl_ca_certs`.

    Raises:
        ConfigurationError: The URL, the key or the client is of no use; redis-py or cryptography
            is not installed; and from any method, the server does not take the password, has no
            such database, is one node of a cluster, or does not allow the user what it needs.
    """

    __module__ = "cognito_credentials.stores"

    blocks = True

    def __init__(
        self,
        url: t.Any,
        *,
        sealing_key: bytes | Sequence[bytes],
        prefix: str = "cognito-credentials",
        timeout: float = 1.0,
        **options: t.Any,
    ) -> None:
        self._names = Names(prefix, sealing_key)
        self._owns = isinstance(url, str)
        _check_libraries()
        check_number("timeout", timeout, above=0)
        if isinstance(url, str):
            import redis
            from redis.retry import Retry

            self._client = create_client(redis, Retry, url, timeout, options)
        else:
            self._client = check_client(url, is_awaited=False, options=options)

    def get(self, key: str) -> bytes | None:
        """Return the value under this key, or None."""
        return self._names.value_of(key, self._stored(key))

    def _stored(self, key: str) -> bytes | None:
        stored: bytes | None = None
        with translate_errors(), self._names.misses():
            stored = self._client.get(self._names.of(key))
        return stored  # noqa: RET504 - or None, after what is swallowed above

    def put(
        self, key: str, value: bytes, *, expires_at: float | None, lease: RedisLease | None = None
    ) -> None:
        """Keep a value, unless another was put under a newer lease.

        One that is to last does not take the place of one that was sealed with another key.
        """
        fence = "" if lease is None else lease.fence
        if expires_at is None and self._names.is_closed(key, self._stored(key)):
            return
        with translate_errors():
            self._client.eval(*self._names.put_arguments(key, value, expires_at, fence))

    def delete(self, key: str) -> None:
        """Remove what is under this key, if anything is."""
        with translate_errors():
            self._client.delete(self._names.of(key))

    def lock(self, key: str, seconds: float) -> RedisLease | None:
        """Return the key's one lease, or None where another has it."""
        name, token = self._names.lock_of(key), secrets.token_hex(16)
        with translate_errors():
            fence = self._client.eval(scripts.LOCK, 1, name, token, int(seconds * 1000))
        return None if fence is None else RedisLease(self._client, name, token, fence.decode())

    def reserve(self, name: str, *, interval: float, ahead: float, longest: float) -> float | None:
        """Reserve a call for the whole fleet; see `_pacing.Pacer`, whose rule this is."""
        with translate_errors():
            wait = self._client.eval(*self._names.reserve_arguments(name, interval, ahead, longest))
        return None if wait < 0 else wait / MICROSECONDS

    def close(self) -> None:
        """Close the connections; those of a client that was given stay open."""
        if self._owns:
            self._client.close()

    def __enter__(self) -> t.Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._names.prefix!r}>"


class RedisLease:
    """A lock on the server; its fence orders what holders put."""

    __module__ = "cognito_credentials.stores"

    __slots__ = ("_client", "_name", "_token", "fence")

    def __init__(self, client: t.Any, name: str, token: str, fence: str) -> None:
        self._client = client
        self._name = name
        self._token = token
        self.fence = fence

    def release(self) -> None:
        """Let another have the lock; does nothing where the time is over."""
        with translate_errors():
            self._client.eval(scripts.RELEASE, 1, self._name, self._token)


class AsyncRedisStore:
    """`RedisStore`, awaited; see there for the arguments.

    May be used from one event loop after another, with connections for each; `aclose` closes those
    of the loop that it is awaited in. A client that is given belongs to one loop.
    """

    __module__ = "cognito_credentials.stores"

    def __init__(
        self,
        url: t.Any,
        *,
        sealing_key: bytes | Sequence[bytes],
        prefix: str = "cognito-credentials",
        timeout: float = 1.0,
        **options: t.Any,
    ) -> None:
        import weakref

        self._names = Names(prefix, sealing_key)
        _check_libraries()
        check_number("timeout", timeout, above=0)
        self._clients: weakref.WeakKeyDictionary[t.Any, t.Any] = weakref.WeakKeyDictionary()
        self._given: t.Any = None
        if isinstance(url, str):
            import redis.asyncio
            from redis.asyncio.retry import Retry

            self._make: Callable[[], t.Any] = lambda: create_client(
                redis.asyncio, Retry, url, timeout, options
            )
            self._make()  # what is wrong with the URL is said here and now
        else:
            self._given = check_client(url, is_awaited=True, options=options)

    @property
    def _client(self) -> t.Any:
        if self._given is not None:
            return self._given
        import asyncio

        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            client = self._clients[loop] = self._make()
        return client

    async def get(self, key: str) -> bytes | None:
        """Return the value under this key, or None."""
        return self._names.value_of(key, await self._stored(key))

    async def _stored(self, key: str) -> bytes | None:
        stored: bytes | None = None
        with translate_errors(), self._names.misses():
            stored = await self._client.get(self._names.of(key))
        return stored  # noqa: RET504 - or None, after what is swallowed above

    async def put(
        self,
        key: str,
        value: bytes,
        *,
        expires_at: float | None,
        lease: AsyncRedisLease | None = None,
    ) -> None:
        """Keep a value, unless another was put under a newer lease; see `RedisStore.put`."""
        fence = "" if lease is None else lease.fence
        if expires_at is None and self._names.is_closed(key, await self._stored(key)):
            return
        with translate_errors():
            await self._client.eval(*self._names.put_arguments(key, value, expires_at, fence))

    async def delete(self, key: str) -> None:
        """Remove what is under this key, if anything is."""
        with translate_errors():
            await self._client.delete(self._names.of(key))

    async def lock(self, key: str, seconds: float) -> AsyncRedisLease | None:
        """Return the key's one lease, or None where another has it."""
        name, token = self._names.lock_of(key), secrets.token_hex(16)
        client = self._client
        with translate_errors():
            fence = await client.eval(scripts.LOCK, 1, name, token, int(seconds * 1000))
        return None if fence is None else AsyncRedisLease(client, name, token, fence.decode())

    async def reserve(
        self, name: str, *, interval: float, ahead: float, longest: float
    ) -> float | None:
        """Reserve a call for the whole fleet; see `_pacing.Pacer`, whose rule this is."""
        with translate_errors():
            wait = await self._client.eval(
                *self._names.reserve_arguments(name, interval, ahead, longest)
            )
        return None if wait < 0 else wait / MICROSECONDS

    async def aclose(self) -> None:
        """Close this event loop's connections; those of a client that was given stay open."""
        import asyncio

        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    async def __aenter__(self) -> t.Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._names.prefix!r}>"


class AsyncRedisLease(RedisLease):
    """`RedisLease`, awaited."""

    __module__ = "cognito_credentials.stores"

    __slots__ = ()

    async def release(self) -> None:  # type: ignore[override]
        """Let another have the lock; does nothing where the time is over."""
        with translate_errors():
            await self._client.eval(scripts.RELEASE, 1, self._name, self._token)


def _check_libraries() -> None:
    try:
        import cryptography
        import redis
    except ModuleNotFoundError as error:
        raise missing_package(error, extra="redis") from error
    del cryptography, redis
