"""Rate limits for flows: requests wait until the account's quotas permit them."""

from __future__ import annotations

from cognito_credentials._core import ops
from cognito_credentials._core.shared_store import StoreUnavailableError
from cognito_credentials.errors import RefreshTimeoutError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Protocol, TypeVar

    from cognito_credentials._core.http import HttpRequest
    from cognito_credentials._core.ops import Flow, Operation
    from cognito_credentials._core.shared_store import SharedStore

    T = TypeVar("T")

    class Metrics(Protocol):
        rate_limited: int

    class RateLimiter(Protocol):
        """The rate limit of one operation; see `_base.rate_limits.RateLimiter`."""

        @property
        def interval(self) -> float: ...

        def burst_seconds(self, *, is_background: bool) -> float: ...

        def reserve(self, *, max_wait: float, is_background: bool) -> float | None: ...


class RefreshDeferredError(RefreshTimeoutError):
    """A background refresh was deferred because callers need the quota."""


class RateLimits:
    """The rate limits of one broker, or of all hosts if the store supports rate limits.

    Args:
        limiters: Rate limiters by operation name; other operations are not limited.
        store: A store whose `reserve` method limits the combined rate of all hosts. `limiters` are
            used if the store is unavailable or has no such method.
        name: Name of the quotas in the store. The name consists of an account ID, or of an identity
            pool ID if the account is unknown, and a region.
        metrics: Metrics that count the requests that had to wait.
    """

    def __init__(
        self,
        limiters: Mapping[str, RateLimiter],
        store: SharedStore | None,
        name: str,
        metrics: Metrics,
    ) -> None:
        self.limiters = limiters
        self._store = store if store is not None and hasattr(store.store, "reserve") else None
        self._name = name
        self._metrics = metrics

    def wait(
        self,
        request: HttpRequest,
        *,
        max_wait: float,
        is_background: bool,
        on_wait: Callable[[], object] = lambda: None,
    ) -> Flow[None]:
        """Wait until this request may be sent; call `on_wait` first if there is a wait.

        Raises:
            RefreshDeferredError: If the request is part of a background refresh, and callers need
                the quota.
            RefreshTimeoutError: If the wait would be longer than `max_wait` seconds.
        """
        operation = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
        limiter = self.limiters.get(operation)
        if limiter is None:
            return
        seconds = yield from self._reserve(
            operation, limiter, max_wait=max_wait, is_background=is_background
        )
        if seconds is None and is_background:
            raise RefreshDeferredError(
                f"the refresh was deferred because callers need the quota for {operation}"
            )
        if seconds is None:
            raise RefreshTimeoutError(
                f"the quota for {operation} will be exhausted for more than {max_wait:.0f} s",
                hint="Request a higher quota from AWS and pass it as quotas, or pass a longer "
                "deadline.",
            )
        if seconds:
            self._metrics.rate_limited += 1
            on_wait()
            yield from ops.sleep(seconds)

    def _reserve(
        self, operation: str, limiter: RateLimiter, *, max_wait: float, is_background: bool
    ) -> Flow[float | None]:
        """Return the seconds to wait before the request; None if the wait would be too long."""
        if self._store is not None:
            try:
                seconds: float | None = yield from self._store.call(
                    self._store.store.reserve,
                    f"{self._name} {operation}",
                    interval=limiter.interval,
                    burst_seconds=limiter.burst_seconds(is_background=is_background),
                    max_wait=0.0 if is_background else max_wait,
                )
            except StoreUnavailableError:
                pass
            else:
                return seconds
        return (
            yield from ops.call(limiter.reserve, max_wait=max_wait, is_background=is_background)
        )


def rate_limited(flow: Flow[T], wait: Callable[[HttpRequest], Flow[None]]) -> Flow[T]:
    """Run a flow, and run `wait` before each request that the flow or an inner flow sends."""
    try:
        operation = next(flow)
        while True:
            try:
                if isinstance(operation, ops.Send):
                    yield from wait(operation.request)
                result = yield _limit_inner_flow(operation, wait)
            except Exception as error:  # noqa: BLE001 - The flow decides how to continue.
                operation = flow.throw(error)
            else:
                operation = flow.send(result)
    except StopIteration as stop:
        returned: T = stop.value
        return returned
    finally:
        flow.close()


def _limit_inner_flow(operation: Operation, wait: Callable[[HttpRequest], Flow[None]]) -> Operation:
    inner: Any
    if isinstance(operation, ops.SingleFlight):
        inner = operation.flow
        return ops.SingleFlight(
            operation.key, lambda: rate_limited(inner(), wait), operation.max_seconds
        )
    return operation
