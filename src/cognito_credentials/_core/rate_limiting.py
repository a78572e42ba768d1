"""A flow that waits for its turn before each call that has a quota."""

from __future__ import annotations

from cognito_credentials._core import ops
from cognito_credentials._core.shared_fetch import StoreDownError
from cognito_credentials.errors import RefreshTimeoutError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol, TypeVar

    from cognito_credentials._core.http import HttpRequest
    from cognito_credentials._core.ops import Flow, Operation
    from cognito_credentials._core.shared_fetch import SharedStore

    T = TypeVar("T")

    class Metrics(Protocol):
        paced: int

    class RateLimiter(Protocol):
        """What gives out the moments of one operation's calls; see `_pacing.Pacer`."""

        @property
        def interval(self) -> float: ...

        def ahead(self, *, background: bool) -> float: ...

        def reserve(self, *, longest: float, background: bool) -> float | None: ...


class NotNowError(RefreshTimeoutError):
    """Work in the background has given way to callers; there will be another time."""


class Pacing:
    """The pacers of one broker by operation, and the fleet's where the store has one.

    Args:
        pacers: By the name of the operation; what is not in it goes at once.
        fleet: A store with `reserve`, which then decides for all hosts; the pacers here are for
            when it is down.
        name: What the fleet's moments are counted for: the account's quotas in one region.
        metrics: Where it is counted how often a call waited for its turn.
    """

    def __init__(
        self, pacers: dict[str, RateLimiter], fleet: SharedStore | None, name: str, metrics: Metrics
    ) -> None:
        self.pacers = pacers
        self.fleet = fleet if fleet is not None and hasattr(fleet.store, "reserve") else None
        self.name = name
        self.metrics = metrics

    def wait(
        self,
        request: HttpRequest,
        *,
        longest: float,
        background: bool,
        held_up: Callable[[], object] = lambda: None,
    ) -> Flow[None]:
        """Wait until this request may be sent; `held_up` is called where that is not at once.

        Raises:
            NotNowError: It is background work, and callers need the quota.
            RefreshTimeoutError: Its turn would come only after `longest` seconds.
        """
        operation = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
        pacer = self.pacers.get(operation)
        if pacer is None:
            return
        seconds = yield from self._reserve(operation, pacer, longest=longest, background=background)
        if seconds is None and background:
            raise NotNowError(f"{operation} can wait: callers need the quota")
        if seconds is None:
            raise RefreshTimeoutError(
                f"The quota of {operation} is used up for longer than {longest:.0f} s",
                hint="Too many users come at once for the account's quota: let AWS raise it and say "
                "so in quotas, or give the call a longer deadline.",
            )
        if seconds:
            self.metrics.paced += 1
            held_up()
            yield from ops.sleep(seconds)

    def _reserve(
        self,
        operation: str,
        pacer: RateLimiter,
        longest: float,
        background: bool,  # noqa: FBT001
    ) -> Flow[float | None]:
        if self.fleet is not None:
            try:
                seconds: float | None = yield from self.fleet.call(
                    self.fleet.store.reserve,
                    f"{self.name} {operation}",
                    interval=pacer.interval,
                    ahead=pacer.ahead(background=background),
                    longest=0.0 if background else longest,
                )
            except StoreDownError:
                pass
            else:
                return seconds
        return (yield from ops.call(pacer.reserve, longest=longest, background=background))


def paced(flow: Flow[T], wait: Callable[[HttpRequest], Flow[None]]) -> Flow[T]:
    """Run a flow, and `wait` before each request that it or a flow within it sends."""
    try:
        operation = next(flow)
        while True:
            try:
                if isinstance(operation, ops.Send):
                    yield from wait(operation.request)
                answer = yield _with_inner_flows(operation, wait)
            except Exception as error:  # noqa: BLE001 - the flow decides what each one means
                operation = flow.throw(error)
            else:
                operation = flow.send(answer)
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        flow.close()


def _with_inner_flows(operation: Operation, wait: Callable[[HttpRequest], Flow[None]]) -> Operation:
    inner: Any
    if isinstance(operation, ops.Share):
        inner = operation.flow
        return ops.Share(operation.key, lambda: paced(inner(), wait))
    if isinstance(operation, ops.Hold):
        inner = operation.flow
        return ops.Hold(operation.lease, lambda: paced(inner(), wait))
    return operation
