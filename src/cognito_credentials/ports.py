"""Interfaces that users of this package can implement.

The interfaces are protocols (PEP 544): a class that defines the methods implements the interface
without a base class. Objects that are passed to a provider are called from every thread or task
that uses the provider.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Protocol, TypeAlias, TypeVar

from cognito_credentials._core.http import HttpRequest, HttpResponse

__all__ = [
    "AnyAsyncIdentityIdCache",
    "AnyIdentityIdCache",
    "AnyStore",
    "AsyncIdentityIdCache",
    "AsyncLease",
    "AsyncStore",
    "AsyncTransport",
    "Claims",
    "Clock",
    "HttpRequest",
    "HttpResponse",
    "IdentityIdCache",
    "Lease",
    "LoginTokenSupplier",
    "MaybeAwaitable",
    "Store",
    "Transport",
]

T = TypeVar("T")
LeaseT = TypeVar("LeaseT", bound="Lease")
AsyncLeaseT = TypeVar("AsyncLeaseT", bound="AsyncLease")

Claims: TypeAlias = Mapping[str, Any]
"""Claims of an ID token, decoded but not verified."""

LoginTokenSupplier: TypeAlias = Callable[..., T]
"""A function that returns a login token.

The function is called once for each fetch, without arguments. If it accepts a parameter named
`refresh`, it is called again with `refresh=True` if the token that it returned has expired. The
function may cache tokens. An async provider also accepts a function that returns an
awaitable, and calls a function in a thread if the function's attribute `blocks` is true.
"""


class Clock(Protocol):
    """Clock and sleep functions."""

    def now(self) -> float:
        """Return the current time in seconds since 1970 (UTC)."""
        ...

    def monotonic(self) -> float:
        """Return a number of seconds that never decreases; the starting point is arbitrary."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Block for a number of seconds; called by sync providers."""
        ...

    async def asleep(self, seconds: float, /) -> None:
        """Wait for a number of seconds; called by async providers."""
        ...


class Transport(Protocol):
    """Sender of HTTP requests, which follows no redirects and does not retry."""

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send a request, and return the response regardless of its status.

        Raises:
            TransportError: If no response was received.
            RequestTimeoutError: If no response was received in time.
            MalformedResponseError: If the body is larger than 1 MiB.
        """
        ...

    def close(self) -> None:
        """Close all connections. A provider closes only a transport that it created itself."""
        ...


class AsyncTransport(Protocol):
    """Async version of `Transport`; can be used in one event loop after another."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Send a request, and return the response; see `Transport.send`."""
        ...

    async def aclose(self) -> None:
        """Close all connections. A provider closes only a transport that it created itself."""
        ...


class IdentityIdCache(Protocol):
    """Persistent cache of identity IDs.

    If a cache raises an exception, the exception is logged, the fetch continues, and the entry is
    treated as missing.
    """

    def get(self, key: str) -> str | None:
        """Return the identity ID under this key, or None."""
        ...

    def set(self, key: str, identity_id: str) -> None:
        """Store an identity ID, replacing any other identity ID under this key."""
        ...

    def delete(self, key: str) -> None:
        """Delete the identity ID under this key, if there is one."""
        ...


class AsyncIdentityIdCache(Protocol):
    """Async version of `IdentityIdCache`."""

    async def get(self, key: str) -> str | None:
        """Return the identity ID under this key, or None."""
        ...

    async def set(self, key: str, identity_id: str) -> None:
        """Store an identity ID, replacing any other identity ID under this key."""
        ...

    async def delete(self, key: str) -> None:
        """Delete the identity ID under this key, if there is one."""
        ...


class Lease(Protocol):
    """One caller's exclusive right to fetch credentials, among all processes that share a store.

    A lease ends when it is released or expires.
    """

    def release(self) -> None:
        """Release the lease, unless the lease has expired."""
        ...


class Store(Protocol[LeaseT]):
    """Storage through which processes or hosts share identity IDs and credentials.

    A store contains opaque values, each only a few KB long, under keys that are strings of any
    length. A store also grants leases: `lock` tries only once, and the caller decides how long to
    wait.

    A `ConfigurationError` is propagated to the caller, unless the method has succeeded before or the
    store has already provided credentials. Any other exception means that the store is unavailable:
    the library logs the exception once, continues without the store, and tries again later. If an entry cannot be read, log a warning
    and treat the entry as missing. No method should block for much longer than a second. Several
    threads may call the methods at the same time.

    A store may have a method `add(key, value)`, which stores a value that does not expire and
    returns True, or returns False if there is a value under the key already. The library then uses
    this method instead of `get` and `put` to store the identity ID of a new guest, so that
    processes that start at the same time never store different identities.

    A store may have two attributes. If `blocks` is true, an async provider calls the methods in a
    thread. If `is_local` is true, only processes on this machine share the store, so that times in
    the store can be compared with this machine's clock.
    """

    def get(self, key: str) -> bytes | None:
        """Return the value under this key, or None."""
        ...

    def put(
        self, key: str, value: bytes, *, expires_at: float | None, lease: LeaseT | None = None
    ) -> bool | None:
        """Store a value, replacing any other value under this key.

        Args:
            key: The key.
            value: The value.
            expires_at: Time after which the store may delete the value, in seconds since 1970
                (UTC). None means that the value is an identity ID. An identity ID is stored for as
                long as there is space. It must not replace an entry for which this process lacks
                the key or the permission to read it.
            lease: The lease under which the value was fetched. If this lease has expired, and the
                holder of a later lease has stored a value, the new value is discarded.

        Returns:
            False if the value was discarded; the caller then uses the value in the store. A store
            that never discards values may return None.
        """
        ...

    def delete(self, key: str) -> None:
        """Delete the value under this key, if there is one."""
        ...

    def lock(self, key: str, seconds: float) -> LeaseT | None:
        """Return an exclusive lease on a key, or None if another process holds a lease; never wait.

        Args:
            key: The key.
            seconds: Seconds after which the lease expires, in stores that cannot detect that the
                holder of the lease has exited.
        """
        ...


class AsyncLease(Protocol):
    """Async version of `Lease`."""

    async def release(self) -> None:
        """Release the lease, unless the lease has expired."""
        ...


class AsyncStore(Protocol[AsyncLeaseT]):
    """Async version of `Store`; can be used in one event loop after another."""

    async def get(self, key: str) -> bytes | None:
        """Return the value under this key, or None."""
        ...

    async def put(
        self, key: str, value: bytes, *, expires_at: float | None, lease: AsyncLeaseT | None = None
    ) -> bool | None:
        """Store a value, replacing any other value under this key; see `Store.put`."""
        ...

    async def delete(self, key: str) -> None:
        """Delete the value under this key, if there is one."""
        ...

    async def lock(self, key: str, seconds: float) -> AsyncLeaseT | None:
        """Return an exclusive lease on a key, or None; see `Store.lock`."""
        ...


AnyStore: TypeAlias = Store[Any] | AsyncStore[Any]
"""A store that an async provider accepts."""

AnyIdentityIdCache: TypeAlias = MutableMapping[str, str] | IdentityIdCache | Store[Any]
"""A cache of identity IDs that a sync provider accepts."""

AnyAsyncIdentityIdCache: TypeAlias = AnyIdentityIdCache | AsyncIdentityIdCache | AsyncStore[Any]
"""A cache of identity IDs that an async provider accepts."""

MaybeAwaitable: TypeAlias = T | Awaitable[T]
"""The return value of a function that may be sync or async."""
