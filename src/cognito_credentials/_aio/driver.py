"""Driver that uses asynchronous calls to carry out the operations of flows."""

from __future__ import annotations

import contextlib

from cognito_credentials._aio.flight import Flights
from cognito_credentials._base.daemon_threads import call_in_thread
from cognito_credentials._base.jitter import random_jitter
from cognito_credentials._core import ops
from cognito_credentials.errors import CognitoCredentialsError, ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from cognito_credentials._core.ops import Flow, Operation
    from cognito_credentials.config import ResolvedConfig
    from cognito_credentials.ports import AsyncTransport, Clock

    T = TypeVar("T")


class Driver:
    """Driver for the flows of a provider or broker, and of its caches; any task may use it."""

    def __init__(
        self,
        *,
        transport: AsyncTransport,
        clock: Clock,
        max_flight_seconds: float,
        random: Callable[[], float] = random_jitter,
    ) -> None:
        self.transport = transport
        self.clock = clock
        self.random = random
        self.flights = Flights(max_flight_seconds)
        self.is_closed = False

    def check_open(self) -> None:
        """Check that the provider is open, because a closed provider must not open connections.

        Raises:
            ConfigurationError: If the provider is closed.
        """
        if self.is_closed:
            raise ConfigurationError("the provider is closed", hint="Create a new provider.")

    async def call(self, flow: Flow[T]) -> T:
        """Run a flow for a public method; shorten the tracebacks of the library's errors."""
        try:
            return await self.run(flow)
        except CognitoCredentialsError as error:
            from cognito_credentials._core.tracebacks import shorten_traceback

            raise shorten_traceback(error)  # noqa: B904 - the raised error is the same object

    async def run(self, flow: Flow[T]) -> T:
        """Run a flow, and return its result or raise its exception."""
        leases: list[Any] = []
        try:
            try:
                operation = next(flow)
                while True:
                    try:
                        result = await self._carry_out(operation, leases)
                    except Exception as error:  # noqa: BLE001 - The flow decides how to continue.
                        operation = flow.throw(error)
                    else:
                        operation = flow.send(result)
            except StopIteration as stop:
                returned: T = stop.value
                return returned
            finally:
                flow.close()
                await _release(leases)
        finally:
            # Release again, because an exception may have interrupted the first call.
            await _release(leases)

    async def _carry_out(self, operation: Operation, leases: list[Any]) -> Any:
        if isinstance(operation, ops.Send):
            self.check_open()
            return await self.transport.send(operation.request)
        if isinstance(operation, ops.Now):
            return self.clock.now()
        if isinstance(operation, ops.Call):
            if isinstance(operation, ops.AcquireLease):
                # Acquire and append the lease in one expression: if a signal handler raised an
                # exception in between, the lease would never be released.
                leases.append(operation.function(*operation.arguments, **operation.keywords))
                if hasattr(leases[-1], "__await__"):
                    leases.append(await leases.pop())
                return leases[-1]
            return await _call(operation)
        if isinstance(operation, ops.Random):
            return self.random()
        if isinstance(operation, ops.Sleep):
            return await self.clock.asleep(operation.seconds)
        return await self._run_flight_operation(operation)

    async def _run_flight_operation(
        self, operation: ops.SingleFlight | ops.IsInFlight | ops.StartFlight | ops.JoinFlight
    ) -> Any:
        flights, key = self.flights, operation.key
        if isinstance(operation, ops.IsInFlight):
            return flights.is_in_flight(key)
        flow = operation.flow
        if isinstance(operation, ops.SingleFlight):
            return await flights.run(key, lambda: self.run(flow()), operation.max_seconds)
        if isinstance(operation, ops.JoinFlight):
            return await flights.join(key, lambda: self.run(flow()), operation.timeout_seconds)
        flights.start(key, lambda: self.run(flow()), operation.max_seconds)
        return None


async def _call(operation: ops.Call) -> Any:
    function = operation.function
    if getattr(function, "blocks", False):
        return await call_in_thread(function, *operation.arguments, **operation.keywords)
    result = function(*operation.arguments, **operation.keywords)
    return await result if hasattr(result, "__await__") else result


async def _release(leases: list[Any]) -> None:
    while leases:
        if leases[-1] is not None:
            # Ignore the error: the lease will expire, and the fetched credentials can be returned.
            with contextlib.suppress(Exception):
                released = leases[-1].release()
                if hasattr(released, "__await__"):
                    await released
        leases.pop()


def resolve_transport(config: ResolvedConfig) -> tuple[AsyncTransport, AsyncTransport | None]:
    """Return the transport to use, and the transport to close with the provider, if any.

    Raises:
        ConfigurationError: If the configured transport is synchronous.
    """
    transport = config.transport
    if transport is None:
        from cognito_credentials.transports import default_async_transport

        transport = default_async_transport(config)
        return transport, transport
    if not hasattr(transport, "aclose"):
        raise ConfigurationError(
            f"transport must be an asynchronous transport with an aclose method, "
            f"not {type(transport).__name__}",
            hint="Use a synchronous transport with the functions of cognito_credentials itself.",
        )
    return transport, None
