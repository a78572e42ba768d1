"""What a user may implement: transports, clocks, caches of identity ids, login suppliers.

All are structural: a class with these methods will do, no base class is needed. An object given to
a provider is called from every thread (or task) that uses that provider.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Protocol, TypeAlias, TypeVar

from cognito_credentials._core.http import HttpRequest, HttpResponse

__all__ = [
    "AsyncIdentityIdCache",
    "AsyncTransport",
    "Claims",
    "Clock",
    "HttpRequest",
    "HttpResponse",
    "IdentityIdCache",
    "LoginTokenSupplier",
    "Transport",
]

T = TypeVar("T")

Claims: TypeAlias = Mapping[str, Any]
"""The claims of an ID token, decoded but not verified."""

LoginTokenSupplier: TypeAlias = Callable[..., T]
"""A callable that returns a login token.

It is called once for every fetch of credentials, without arguments; one that has a parameter named
`refresh` gets `refresh=True` when the token it gave last was refused as expired. It decides itself
what it caches.
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


AnyIdentityIdCache: TypeAlias = "MutableMapping[str, str] | IdentityIdCache"
AnyAsyncIdentityIdCache: TypeAlias = "AnyIdentityIdCache | AsyncIdentityIdCache"
MaybeAwaitable: TypeAlias = "T | Awaitable[T]"
