"""What a user may implement: transports, clocks, caches of identity ids, stores, login suppliers.

All are structural: a class with these methods will do, no base class is needed. An object given to
a provider is called from every thread (or task) that uses that provider.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Protocol, TypeAlias, TypeVar

from cognito_credentials._core.http import HttpRequest, HttpResponse

__all__ = [
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
    "Store",
    "Transport",
]

T = TypeVar("T")
LeaseT = TypeVar("LeaseT", bound="Lease")
AsyncLeaseT = TypeVar("AsyncLeaseT", bound="AsyncLease")

Claims: TypeAlias = Mapping[str, Any]
"""The claims of an ID token, decoded but not verified."""

LoginTokenSupplier: TypeAlias = Callable[..., T]
"""A callable that returns a login token.

It is called once for every fetch of credentials, without arguments; one that has a parameter named
`refresh` gets `refresh=True` when the token it gave last was refused as expired. It decides itself
what it caches. On the async side it may be awaitable, and one whose attribute `blocks` is true is
called in a thread, for that call alone.
"""


class Clock(Protocol):
    """The time, for everything that compares times or waits."""

    def now(self) -> float:
        """Return the wall clock: seconds since 1970, UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds from some fixed point; never goes back."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Wait, in a provider that blocks."""
        ...

    async def asleep(self, seconds: float, /) -> None:
        """Wait, in a provider that is awaited."""
        ...


class Transport(Protocol):
    """Sends one HTTP request and returns its answer, whatever its status.

    Does not follow redirects and does not retry. Raises `TransportError` where no answer came,
    `RequestTimeoutError` where none came in time, `MalformedResponseError` where the body is larger
    than 1 MiB. Called from several threads.
    """

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send one request."""
        ...

    def close(self) -> None:
        """Close the connections; called for a transport that the provider made itself."""
        ...


class AsyncTransport(Protocol):
    """The awaited twin of `Transport`. May be used from several event loops, one after another."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Send one request."""
        ...

    async def aclose(self) -> None:
        """Close the connections; called for a transport that the provider made itself."""
        ...


class IdentityIdCache(Protocol):
    """Where identity ids live between processes.

    A failure is logged and counts as a miss: it never fails a call.
    """

    def get(self, key: str) -> str | None:
        """Return the identity id under this key, or None."""
        ...

    def set(self, key: str, identity_id: str) -> None:
        """Keep an identity id under this key, in place of what was there."""
        ...

    def delete(self, key: str) -> None:
        """Remove what is under this key, if anything is."""
        ...


class AsyncIdentityIdCache(Protocol):
    """The awaited twin of `IdentityIdCache`."""

    async def get(self, key: str) -> str | None:
        """Return the identity id under this key, or None."""
        ...

    async def set(self, key: str, identity_id: str) -> None:
        """Keep an identity id under this key, in place of what was there."""
        ...

    async def delete(self, key: str) -> None:
        """Remove what is under this key, if anything is."""
        ...


class Lease(Protocol):
    """The right to fetch for all who share a store, until it is released or its time is over."""

    def release(self) -> None:
        """Let another have the lock; does nothing where the time is over."""
        ...


class Store(Protocol[LeaseT]):
    """Where processes, or hosts, share identity ids and credentials.

    A store keeps opaque values of a few KB under keys that are texts of any length, and gives out
    locks. It knows nothing of what it keeps. Who waits for a lock, and for how long, is decided
    above it: `lock` tries once.

    A `ConfigurationError` reaches the caller, unless that method has worked before. Any other error
    means that the store is down, which is logged once and costs nothing but the sharing; the store
    is then left alone for a while. An entry that cannot be read is a miss, with one warning. No
    method blocks for much longer than a second. Called from several threads.

    Two attributes may be there. `blocks = True`: an awaited provider calls the methods in a
    thread. `is_local = True`: only processes of this machine share it, and so this machine's clock.
    """

    def get(self, key: str) -> bytes | None:
        """Return the value under this key, or None."""
        ...

    def put(
        self, key: str, value: bytes, *, expires_at: float | None, lease: LeaseT | None = None
    ) -> None:
        """Keep a value under this key, in place of what was there.

        After `expires_at`, in seconds since 1970, the value is of no use and may go; with None it
        is to be kept for as long as there is room, and is dropped where there is one that cannot
        be read for lack of a key or a right: a guest is no more than an identity id. With a `lease`
        whose time is over, the value is dropped where a later holder has put another.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove what is under this key, if anything is."""
        ...

    def lock(self, key: str, seconds: float) -> LeaseT | None:
        """Return the key's one lease, or None where another has it; never waits.

        A lease ends when it is released, when its holder dies, or where that cannot be seen, after
        so many seconds.
        """
        ...


class AsyncLease(Protocol):
    """The awaited twin of `Lease`."""

    async def release(self) -> None:
        """Let another have the lock; does nothing where the time is over."""
        ...


class AsyncStore(Protocol[AsyncLeaseT]):
    """The awaited twin of `Store`. May be used from several event loops, one after another."""

    async def get(self, key: str) -> bytes | None:
        """Return the value under this key, or None."""
        ...

    async def put(
        self, key: str, value: bytes, *, expires_at: float | None, lease: AsyncLeaseT | None = None
    ) -> None:
        """Keep a value under this key, in place of what was there; see `Store.put`."""
        ...

    async def delete(self, key: str) -> None:
        """Remove what is under this key, if anything is."""
        ...

    async def lock(self, key: str, seconds: float) -> AsyncLeaseT | None:
        """Return the key's one lease, or None where another has it; never waits."""
        ...


AnyStore: TypeAlias = Store[Any] | AsyncStore[Any]
AnyIdentityIdCache: TypeAlias = MutableMapping[str, str] | IdentityIdCache | Store[Any]
AnyAsyncIdentityIdCache: TypeAlias = AnyIdentityIdCache | AsyncIdentityIdCache | AsyncStore[Any]
MaybeAwaitable: TypeAlias = T | Awaitable[T]
