"""Answers a flow's operations by awaiting."""

from __future__ import annotations

import asyncio
import contextlib
import random

from cognito_credentials._aio.flight import Flights
from cognito_credentials._core import ops
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from cognito_credentials._core.ops import Flow, Operation
    from cognito_credentials.config import ResolvedConfig
    from cognito_credentials.ports import AsyncTransport, Clock

    T = TypeVar("T")


class Driver:
    """Runs flows; one for each provider, for all its tasks."""

    def __init__(
        self,
        *,
        transport: AsyncTransport,
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

    async def run(self, flow: Flow[T]) -> T:
        """Return what the flow returns, and raise what it raises."""
        try:
            operation = next(flow)
            while True:
                try:
                    answer = await self._answer(operation)
                except Exception as error:  # noqa: BLE001 - the flow decides what each one means
                    operation = flow.throw(error)
                else:
                    operation = flow.send(answer)
        except StopIteration as stop:
            result: T = stop.value
            return result
        finally:
            flow.close()

    async def _answer(self, operation: Operation) -> Any:
        if isinstance(operation, ops.Send):
            self.check_open()
            return await self.transport.send(operation.request)
        if isinstance(operation, ops.Now):
            return self.clock.now()
        if isinstance(operation, ops.Call):
            function = operation.function
            if getattr(function, "blocks", False):
                return await asyncio.to_thread(function, *operation.arguments, **operation.keywords)
            answer = function(*operation.arguments, **operation.keywords)
            return await answer if hasattr(answer, "__await__") else answer
        if isinstance(operation, ops.Share):
            return await self.flights.run(operation.key, lambda: self.run(operation.flow()))
        if isinstance(operation, ops.Hold):
            try:
                return await self.run(operation.flow())
            finally:
                # A lease that cannot be given back ends by itself; what was fetched is not lost.
                with contextlib.suppress(Exception):
                    released = operation.lease.release()
                    if hasattr(released, "__await__"):
                        await released
        if isinstance(operation, ops.Random):
            return self.random()
        return await self.clock.asleep(operation.seconds)


def transport_of(config: ResolvedConfig) -> tuple[AsyncTransport, AsyncTransport | None]:
    """Return the transport to use, and the same again where it is ours to close."""
    transport = config.transport
    if transport is None:
        from cognito_credentials.transports import default_async_transport

        transport = default_async_transport(config)
        return transport, transport
    if not hasattr(transport, "aclose"):
        raise ConfigurationError(
            f"transport is of type {type(transport).__name__} without aclose: this provider needs "
            "one that is awaited",
            hint="A blocking transport belongs to the functions of cognito_credentials itself.",
        )
    return transport, None
