"""Stores on a Redis or Valkey server, which many hosts can share."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType

from cognito_credentials import _typing as t
from cognito_credentials._core.missing_packages import missing_package
from cognito_credentials._validation import check_seconds
from cognito_credentials.stores import _redis_scripts as scripts
from cognito_credentials.stores._redis_clients import (
    async_call,
    call,
    check_client,
    create_client,
)
from cognito_credentials.stores._redis_entries import EntryFormat

__all__ = ["AsyncRedisLease", "AsyncRedisStore", "RedisLease", "RedisStore"]

MAX_TIMEOUT_SECONDS = 300


class RedisStore:
    """Store of identity IDs and credentials on a Redis server, which cannot decrypt them.

    Values are encrypted (AES-256-GCM) before they leave the host, and names are digests, so the
    server's memory, its disk and the network reveal neither credentials nor users. The store
    requires Redis 6.2 or later, or Valkey, as a single server or a cluster, and the extra `redis`.
    While the server is unavailable, each host fetches credentials on its own.

    Any number of threads may use the store, and so may a child process after a fork. As a context
    manager, the store calls `close` on exit.

    Args:
        url: A `redis://`, `rediss://` (TLS) or `unix://` URL with user and password, or a redis-py
            client that has a `socket_timeout`. For a cluster, pass a `RedisCluster`, which by
            default retries calls to a stalled node for ten seconds (see its parameter `retry`).
        sealing_key: Secret key of 32 bytes that all hosts share and the server does not know, or a
            sequence of such keys. The first key encrypts, and all keys decrypt. To replace a key,
            first add the new key after the old key on all hosts, then move it to the front.
        prefix: Prefix of the names of all entries on the server.
        timeout: Timeout of each call in seconds, for a client that the store creates. The timeout
            applies to the whole call, however slowly the server sends the response. An async call
            may take twice as long, because it may have to connect first.
        options: Further options for redis-py's client, such as `ssl_ca_certs`.

    Raises:
        ConfigurationError: If an argument is invalid, or if redis-py or cryptography is not
            installed. Every method raises this error if the server rejects the password, does not
            have the database, is a single node of a cluster, or does not permit the user to run the
            store's commands.
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
        self._format = EntryFormat(prefix, sealing_key)
        self._owns_client = isinstance(url, str)
        _check_libraries()
        check_seconds("timeout", timeout, above=0, at_most=MAX_TIMEOUT_SECONDS)
        if isinstance(url, str):
            import redis
            from redis.retry import Retry

            self._timeout: float | None = timeout
            self._client = create_client(redis, Retry, url, timeout, options)
        else:
            self._timeout = None  # The timeouts of the caller's client apply.
            self._client = check_client(url, is_async=False, options=options)

    def get(self, key: str) -> bytes | None:
        """Return the value under this key; None if it is missing or cannot be decrypted."""
        return self._format.open_value(key, self._read(key))

    def _read(self, key: str) -> bytes | None:
        name = self._format.get_name(key)
        stored = None
        with call(self._timeout), self._format.ignore_wrong_types():
            stored = self._client.get(name)
        return self._format.read_value(stored)

    def put(
        self, key: str, value: bytes, *, expires_at: float | None, lease: RedisLease | None = None
    ) -> bool:
        """Store a value and return True, or return False if the value was discarded.

        A value is discarded if another value was stored under a later lease. An identity ID
        (`expires_at=None`) is also discarded if the stored value cannot be decrypted.
        """
        fence = "" if lease is None else lease.fence
        if expires_at is None and self._format.is_unreadable(key, self._read(key)):
            return False
        arguments = self._format.build_put_arguments(key, value, expires_at, fence)
        with call(self._timeout):
            return bool(self._client.eval(*arguments))

    def add(self, key: str, value: bytes) -> bool:
        """Store an identity ID; return False if there is a value under this key already."""
        arguments = self._format.build_add_arguments(key, value)
        with call(self._timeout):
            return bool(self._client.eval(*arguments))

    def delete(self, key: str) -> None:
        """Delete the value under this key, if there is one."""
        name = self._format.get_name(key)
        with call(self._timeout):
            self._client.delete(name)

    def lock(self, key: str, seconds: float) -> RedisLease | None:
        """Return a lease on the key, or None if another caller holds one."""
        milliseconds = int(seconds * 1000)
        name = self._format.get_lock_name(key)
        token = f"{secrets.token_hex(16)}:{milliseconds}"
        with call(self._timeout):
            reply = self._client.eval(scripts.LOCK, 1, name, token, milliseconds)
        if (fence := self._format.read_fence(reply)) is None:
            return None
        return RedisLease(self._client, name, token, fence, self._timeout)

    def reserve(
        self, name: str, *, interval: float, burst_seconds: float, max_wait: float
    ) -> float | None:
        """Reserve a call under a rate limit that all hosts share.

        `RateLimiter`, which limits the calls of one process, uses the same algorithm.

        Args:
            name: Name of the rate limit.
            interval: Seconds between two calls.
            burst_seconds: How far, in seconds, a burst of calls may run ahead of the schedule that
                the interval sets.
            max_wait: Maximum wait in seconds.

        Returns:
            The seconds to wait before the call; None, without a reservation, if the wait would
            exceed `max_wait`.
        """
        arguments = self._format.build_reserve_arguments(name, interval, burst_seconds, max_wait)
        with call(self._timeout):
            reply = self._client.eval(*arguments)
        return self._format.read_wait(reply, max_wait)

    def close(self) -> None:
        """Close the connections, unless the client was passed to the store."""
        if self._owns_client:
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

    def __reduce__(self) -> t.NoReturn:
        raise not_picklable_error(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._format.prefix!r}>"


class RedisLease:
    """Lease on a key: a lock on the server, with a fence that orders the stored values."""

    __module__ = "cognito_credentials.stores"

    __slots__ = ("_client", "_name", "_timeout", "_token", "fence")

    def __init__(self, client: t.Any, name: str, token: str, fence: str, timeout: t.Any) -> None:
        self._client = client
        self._name = name
        self._token = token
        self._timeout = timeout
        self.fence: str = fence

    def release(self) -> None:
        """Release the lease, unless the lease has expired."""
        with call(self._timeout):
            self._client.eval(scripts.RELEASE, 1, self._name, self._token)


class AsyncRedisStore:
    """Async variant of `RedisStore`, with the same arguments.

    Several event loops may use the store, one after another. Each loop has separate connections,
    and `aclose` closes the connections of the running loop. A client that is passed to the store
    can be used in only one loop.
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

        self._format = EntryFormat(prefix, sealing_key)
        _check_libraries()
        check_seconds("timeout", timeout, above=0, at_most=MAX_TIMEOUT_SECONDS)
        # Either a client for each event loop, or the client that the caller passed.
        self._clients: weakref.WeakKeyDictionary[t.Any, t.Any] = weakref.WeakKeyDictionary()
        self._shared_client: t.Any = None
        if isinstance(url, str):
            import redis.asyncio
            from redis.asyncio.retry import Retry

            self._create_client: Callable[[], t.Any] = lambda: create_client(
                redis.asyncio, Retry, url, timeout, options
            )
            self._create_client()  # An invalid URL must raise an error now.
        else:
            self._shared_client = check_client(url, is_async=True, options=options)
            source = getattr(url, "nodes_manager", None) or url.connection_pool
            timeout = source.connection_kwargs["socket_timeout"]
        # redis-py applies the timeout to each response, but a call that has to connect first waits
        # for several responses, possibly while many other tasks connect as well.
        self._timeout = 2 * timeout

    def _call(self) -> AbstractAsyncContextManager[None]:
        return async_call(self._timeout)

    @property
    def _client(self) -> t.Any:
        if self._shared_client is not None:
            return self._shared_client
        import asyncio

        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            client = self._clients[loop] = self._create_client()
        return client

    async def get(self, key: str) -> bytes | None:
        """Return the value under this key; None if it is missing or cannot be decrypted."""
        return self._format.open_value(key, await self._read(key))

    async def _read(self, key: str) -> bytes | None:
        name = self._format.get_name(key)
        stored = None
        async with self._call():
            with self._format.ignore_wrong_types():
                stored = await self._client.get(name)
        return self._format.read_value(stored)

    async def put(
        self,
        key: str,
        value: bytes,
        *,
        expires_at: float | None,
        lease: AsyncRedisLease | None = None,
    ) -> bool:
        """Store a value, unless a value was stored under a later lease; see `RedisStore.put`."""
        fence = "" if lease is None else lease.fence
        if expires_at is None and self._format.is_unreadable(key, await self._read(key)):
            return False
        arguments = self._format.build_put_arguments(key, value, expires_at, fence)
        async with self._call():
            return bool(await self._client.eval(*arguments))

    async def add(self, key: str, value: bytes) -> bool:
        """Store an identity ID, unless there is a value under this key; see `RedisStore.add`."""
        arguments = self._format.build_add_arguments(key, value)
        async with self._call():
            return bool(await self._client.eval(*arguments))

    async def delete(self, key: str) -> None:
        """Delete the value under this key, if there is one."""
        name = self._format.get_name(key)
        async with self._call():
            await self._client.delete(name)

    async def lock(self, key: str, seconds: float) -> AsyncRedisLease | None:
        """Return a lease on the key, or None if another caller holds one."""
        milliseconds = int(seconds * 1000)
        name = self._format.get_lock_name(key)
        token = f"{secrets.token_hex(16)}:{milliseconds}"
        client = self._client
        async with self._call():
            reply = await client.eval(scripts.LOCK, 1, name, token, milliseconds)
        if (fence := self._format.read_fence(reply)) is None:
            return None
        return AsyncRedisLease(client, name, token, fence, self._timeout)

    async def reserve(
        self, name: str, *, interval: float, burst_seconds: float, max_wait: float
    ) -> float | None:
        """Reserve a call under a rate limit that all hosts share; see `RedisStore.reserve`."""
        arguments = self._format.build_reserve_arguments(name, interval, burst_seconds, max_wait)
        async with self._call():
            reply = await self._client.eval(*arguments)
        return self._format.read_wait(reply, max_wait)

    async def aclose(self) -> None:
        """Close the connections of the running loop, unless the client was passed to the store."""
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

    def __reduce__(self) -> t.NoReturn:
        raise not_picklable_error(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._format.prefix!r}>"


class AsyncRedisLease(RedisLease):
    """Async variant of `RedisLease`."""

    __module__ = "cognito_credentials.stores"

    __slots__ = ()

    async def release(self) -> None:  # type: ignore[override]
        """Release the lease, unless the lease has expired."""
        async with async_call(self._timeout):
            await self._client.eval(scripts.RELEASE, 1, self._name, self._token)


def not_picklable_error(store: RedisStore | AsyncRedisStore) -> TypeError:
    """Return the error for pickling a store, because a pickle would contain the sealing key."""
    return TypeError(
        f"a {type(store).__name__} has connections and a sealing key and cannot be pickled: create a "
        "store in each process"
    )


def _check_libraries() -> None:
    try:
        import cryptography
        import redis
    except ModuleNotFoundError as error:
        raise missing_package(error, extra="redis") from error
    del cryptography, redis
