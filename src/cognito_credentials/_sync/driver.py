"""Answers a flow's operations by blocking."""

from __future__ import annotations

import contextlib
import random

from cognito_credentials._core import ops
from cognito_credentials._sync.flight import Flights
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from cognito_credentials._core.ops import Flow, Operation
    from cognito_credentials.config import ResolvedConfig
    from cognito_credentials.ports import Clock, Transport

    T = TypeVar("T")


class Driver:
    """Runs flows; one for each provider, for all its threads."""

    def __init__(
        self,
        *,
        transport: Transport,
        clock: Clock,
        longest_flight: float,
        random: Callable[[], float] = random.random,
    ) -> None:
        self.transport = transport
        self.clock = clock
        self.random = random
        self.flights = Flights(longest_flight)
        self.closed = False

    def check_open(self) -> None:
        """Raise where the provider is closed: a retry would open a connection that nobody closes."""
        if self.closed:
            raise ConfigurationError("this provider is closed: make another")

    def run(self, flow: Flow[T]) -> T:
        """Return what the flow returns, and raise what it raises."""
        try:
            operation = next(flow)
            while True:
                try:
                    answer = self._answer(operation)
                except Exception as error:  # noqa: BLE001 - the flow decides what each one means
                    operation = flow.throw(error)
                else:
                    operation = flow.send(answer)
        except StopIteration as stop:
            result: T = stop.value
            return result
        finally:
            flow.close()

    def _answer(self, operation: Operation) -> Any:
        if isinstance(operation, ops.Send):
            self.check_open()
            return self.transport.send(operation.request)
        if isinstance(operation, ops.Now):
            return self.clock.now()
        if isinstance(operation, ops.Call):
            function = operation.function
            return _refuse_awaitable(function, function(*operation.arguments, **operation.keywords))
        if isinstance(operation, ops.Share):
            return self.flights.run(operation.key, lambda: self.run(operation.flow()))
        if isinstance(operation, ops.Hold):
            try:
                return self.run(operation.flow())
            finally:
                # A lease that cannot be given back ends by itself; what was fetched is not lost.
                with contextlib.suppress(Exception):
                    operation.lease.release()
        if isinstance(operation, ops.Random):
            return self.random()
        return self.clock.sleep(operation.seconds)


def _refuse_awaitable(function: Callable[..., Any], answer: Any) -> Any:
    if not hasattr(answer, "__await__"):
        return answer
    if hasattr(answer, "close"):
        answer.close()  # a coroutine that nobody awaits would complain when it is collected
    name = getattr(function, "__qualname__", type(function).__qualname__)
    raise ConfigurationError(
        f"{name} is asynchronous, and this provider is not",
        hint="Use the same function from cognito_credentials.aio, which awaits it.",
    )


def transport_of(config: ResolvedConfig) -> tuple[Transport, Transport | None]:
    """Return the transport to use, and the same again where it is ours to close."""
    transport = config.transport
    if transport is None:
        from cognito_credentials.transports import default_transport

        transport = default_transport(config)
        return transport, transport
    if not hasattr(transport, "close"):
        raise ConfigurationError(
            f"transport is of type {type(transport).__name__} without close: this provider needs "
            "one that blocks",
            hint="An awaited transport belongs to cognito_credentials.aio.",
        )
    return transport, None
