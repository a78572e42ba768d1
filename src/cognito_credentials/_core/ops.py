"""Operations that a flow can request from its driver.

A flow is a generator. A flow yields one operation at a time and receives the result. If the driver
cannot carry out an operation, it throws the error into the flow at the `yield`, so the flow itself
decides about retries and evictions. Two rules apply:

- A flow serves one call by one caller. It is never shared and never restarted.
- Flows contain no sync- or async-specific code: `_sync/driver.py` and `_aio/driver.py` carry out the
  same operations.

Inside a flow, write `response = yield from send(request)`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Hashable
    from typing import Any, TypeAlias, TypeVar

    from cognito_credentials._core.http import HttpRequest, HttpResponse

    T = TypeVar("T")
    Operation: TypeAlias = "Call | Send | Sleep | Now | Random | FlightOperation"
    FlightOperation: TypeAlias = "SingleFlight | IsInFlight | StartFlight | JoinFlight"
    Flow: TypeAlias = Generator[Operation, Any, T]


class Call:
    """A call to a user-supplied function; the async driver awaits awaitable results."""

    __slots__ = ("arguments", "function", "keywords")

    def __init__(
        self, function: Callable[..., Any], arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> None:
        self.function: Callable[..., Any] = function
        self.arguments: tuple[Any, ...] = arguments
        self.keywords: dict[str, Any] = keywords


class Send:
    """An HTTP request to send; if there is no response, the driver throws `TransportError`."""

    __slots__ = ("request",)

    def __init__(self, request: HttpRequest) -> None:
        self.request: HttpRequest = request


class Sleep:
    """A pause of this many seconds."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        self.seconds: float = seconds


class Now:
    """The time of this machine's wall clock, in seconds since 1970."""

    __slots__ = ()


class Random:
    """A random number that is at least 0 and less than 1."""

    __slots__ = ()


class AcquireLease(Call):
    """A call that returns a lease, or None; the driver releases the lease when the flow ends.

    A flow cannot release the lease itself: if its thread is interrupted or its task is canceled,
    the flow is closed and cannot request another operation.
    """

    __slots__ = ()


class SingleFlight:
    """A flow to run once for all concurrent callers that use the same key.

    The first caller is the leader, and only the leader's flow is run. The other callers wait for
    the leader's result for at most `max_seconds`, or the driver's default maximum if `max_seconds`
    is None.
    """

    __slots__ = ("flow", "key", "max_seconds")

    def __init__(
        self, key: Hashable, flow: Callable[[], Flow[Any]], max_seconds: float | None = None
    ) -> None:
        self.key: Hashable = key
        self.flow: Callable[[], Flow[Any]] = flow
        self.max_seconds: float | None = max_seconds


class IsInFlight:
    """Whether a flight with this key is in progress."""

    __slots__ = ("key",)

    def __init__(self, key: Hashable) -> None:
        self.key: Hashable = key


class StartFlight:
    """A flow to run in the background, unless a flight with this key is in progress."""

    __slots__ = ("flow", "key", "max_seconds")

    def __init__(
        self, key: Hashable, flow: Callable[[], Flow[Any]], max_seconds: float | None = None
    ) -> None:
        self.key: Hashable = key
        self.flow: Callable[[], Flow[Any]] = flow
        self.max_seconds: float | None = max_seconds


class JoinFlight:
    """A flight to join for at most `timeout_seconds`; it is started in the background if necessary.

    If the caller stops waiting, the flight continues. In the sync driver, a `SingleFlight` ends with
    its leader.
    """

    __slots__ = ("flow", "key", "timeout_seconds")

    def __init__(
        self, key: Hashable, flow: Callable[[], Flow[Any]], timeout_seconds: float
    ) -> None:
        self.key: Hashable = key
        self.flow: Callable[[], Flow[Any]] = flow
        self.timeout_seconds: float = timeout_seconds


def call(
    function: Callable[..., Awaitable[T] | T], *arguments: object, **keywords: object
) -> Flow[T]:
    result: T = yield Call(function, arguments, keywords)
    return result


def send(request: HttpRequest) -> Flow[HttpResponse]:
    response: HttpResponse = yield Send(request)
    return response


def sleep(seconds: float) -> Flow[None]:
    yield Sleep(seconds)


def now() -> Flow[float]:
    seconds: float = yield Now()
    return seconds


def random() -> Flow[float]:
    number: float = yield Random()
    return number


def acquire_lease(
    function: Callable[..., Any], *arguments: object, **keywords: object
) -> Flow[Any]:
    lease: Any = yield AcquireLease(function, arguments, keywords)
    return lease


def single_flight(
    key: Hashable, flow: Callable[[], Flow[T]], *, max_seconds: float | None = None
) -> Flow[T]:
    result: T = yield SingleFlight(key, flow, max_seconds)
    return result


def is_in_flight(key: Hashable) -> Flow[bool]:
    in_flight: bool = yield IsInFlight(key)
    return in_flight


def start_flight(
    key: Hashable, flow: Callable[[], Flow[Any]], *, max_seconds: float | None = None
) -> Flow[None]:
    yield StartFlight(key, flow, max_seconds)


def join_flight(key: Hashable, flow: Callable[[], Flow[T]], *, timeout_seconds: float) -> Flow[T]:
    result: T = yield JoinFlight(key, flow, timeout_seconds)
    return result
