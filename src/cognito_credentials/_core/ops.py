"""What a flow may ask for, and how it asks.

A flow is a generator. It yields one operation at a time and is sent the answer; where the driver
could not carry the operation out, the error is thrown in at the same place, so that a flow's own
`try` decides about retries and about what is kept. Two rules:

- A flow serves one call of one caller. It is never shared and never restarted.
- A flow knows no colour: `_sync/driver.py` and `_aio/driver.py` answer the same operations.

Inside a flow, write `answer = yield from send(request)`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator
    from typing import Any, TypeAlias, TypeVar

    from cognito_credentials._core.http import HttpRequest, HttpResponse

    T = TypeVar("T")
    Operation: TypeAlias = "Call | Send | Sleep | Now | Random | Share | Hold"
    Flow: TypeAlias = Generator[Operation, Any, T]


class Call:
    """Call something that the user gave us; the async driver awaits what it returns."""

    __slots__ = ("arguments", "function", "keywords")

    def __init__(
        self, function: Callable[..., Any], arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> None:
        self.function = function
        self.arguments = arguments
        self.keywords = keywords


class Send:
    """Send an HTTP request; raises `TransportError`."""

    __slots__ = ("request",)

    def __init__(self, request: HttpRequest) -> None:
        self.request = request


class Sleep:
    """Wait so many seconds."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


class Now:
    """Read the wall clock: seconds since 1970, as this machine has it."""

    __slots__ = ()


class Random:
    """Draw a number from 0 up to, not including, 1."""

    __slots__ = ()


class Share:
    """Run a flow once for everybody who asks for the same key at the same time.

    `flow` makes the generator; only the first asker's is run, and all get its answer.
    """

    __slots__ = ("flow", "key")

    def __init__(self, key: str, flow: Callable[[], Flow[Any]]) -> None:
        self.key = key
        self.flow = flow


class Hold:
    """Run a flow while holding a lease, which is released however the flow ends.

    A flow could not do this itself: one that is closed in the middle, because its thread was
    interrupted or its task cancelled, can ask for nothing more.
    """

    __slots__ = ("flow", "lease")

    def __init__(self, lease: Any, flow: Callable[[], Flow[Any]]) -> None:
        self.lease = lease
        self.flow = flow


def call(
    function: Callable[..., Awaitable[T] | T], *arguments: object, **keywords: object
) -> Flow[T]:
    answer: T = yield Call(function, arguments, keywords)
    return answer


def send(request: HttpRequest) -> Flow[HttpResponse]:
    answer: HttpResponse = yield Send(request)
    return answer


def sleep(seconds: float) -> Flow[None]:
    yield Sleep(seconds)


def now() -> Flow[float]:
    answer: float = yield Now()
    return answer


def random() -> Flow[float]:
    answer: float = yield Random()
    return answer


def share(key: str, flow: Callable[[], Flow[T]]) -> Flow[T]:
    answer: T = yield Share(key, flow)
    return answer


def hold(lease: object, flow: Callable[[], Flow[T]]) -> Flow[T]:
    answer: T = yield Hold(lease, flow)
    return answer
