"""Driver that uses blocking calls to carry out the operations of flows."""

from __future__ import annotations

from cognito_credentials._base.jitter import random_jitter
from cognito_credentials._core import ops
from cognito_credentials._sync.flight import Flights
from cognito_credentials.errors import CognitoCredentialsError, ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from cognito_credentials._core.ops import Flow, Operation
    from cognito_credentials.config import ResolvedConfig
    from cognito_credentials.ports import Clock, Transport

    T = TypeVar("T")


class Driver:
    """Driver for the flows of a provider or broker, and of its caches; any thread may use it."""

    def __init__(
        self,
        *,
        transport: Transport,
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
        """Check that the provider is open; a closed provider must not open connections.

        Raises:
            ConfigurationError: If the provider is closed.
        """
        if self.is_closed:
            raise ConfigurationError("the provider is closed", hint="Create a new provider.")

    def call(self, flow: Flow[T]) -> T:
        """Run a flow for a public method; shorten the tracebacks of the library's errors."""
        try:
            return self.run(flow)
        except CognitoCredentialsError as error:
            from cognito_credentials._core.tracebacks import shorten_traceback

            raise shorten_traceback(error)  # noqa: B904 - this raises the same error

    def run(self, flow: Flow[T]) -> T:
        """Run a flow, and return its result or raise its exception."""
        leases: list[Any] = []
        try:
            try:
                operation = next(flow)
                while True:
                    try:
                        result = self._carry_out(operation, leases)
                    except Exception as error:  # noqa: BLE001 - The flow decides how to continue.
                        operation = flow.throw(error)
                    else:
                        operation = flow.send(result)
            except StopIteration as stop:
                returned: T = stop.value
                return returned
            finally:
                flow.close()
                _release(leases)
        finally:
            # Release again, because an exception may have interrupted the first call.
            _release(leases)

    def _carry_out(self, operation: Operation, leases: list[Any]) -> Any:
        if isinstance(operation, ops.Send):
            self.check_open()
            return self.transport.send(operation.request)
        if isinstance(operation, ops.Now):
            return self.clock.now()
        if isinstance(operation, ops.Call):
            if isinstance(operation, ops.AcquireLease):
                # Acquire and append the lease in one expression: if a signal handler raised an
                # exception in between, the lease would never be released.
                leases.append(operation.function(*operation.arguments, **operation.keywords))
                return _check_not_awaitable(operation.function, leases[-1])
            return _check_not_awaitable(
                operation.function, operation.function(*operation.arguments, **operation.keywords)
            )
        if isinstance(operation, ops.Random):
            return self.random()
        if isinstance(operation, ops.Sleep):
            return self.clock.sleep(operation.seconds)
        return self._run_flight_operation(operation)

    def _run_flight_operation(
        self, operation: ops.SingleFlight | ops.IsInFlight | ops.StartFlight | ops.JoinFlight
    ) -> Any:
        flights, key = self.flights, operation.key
        if isinstance(operation, ops.IsInFlight):
            return flights.is_in_flight(key)
        flow = operation.flow
        if isinstance(operation, ops.SingleFlight):
            return flights.run(key, lambda: self.run(flow()), operation.max_seconds)
        if isinstance(operation, ops.JoinFlight):
            return flights.join(key, lambda: self.run(flow()), operation.timeout_seconds)
        flights.start(key, lambda: self.run(flow()), operation.max_seconds)
        return None


def _check_not_awaitable(function: Callable[..., Any], result: Any) -> Any:
    if not hasattr(result, "__await__"):
        return result
    if hasattr(result, "close"):
        result.close()  # Otherwise Python warns that the coroutine was never awaited.
    name = getattr(function, "__qualname__", type(function).__qualname__)
    raise ConfigurationError(
        f"{name} is asynchronous, but the provider is not",
        hint="Use the asynchronous provider, cache or broker from cognito_credentials.aio.",
    )


def _release(leases: list[Any]) -> None:
    while leases:
        if leases[-1] is not None:
            from contextlib import suppress

            # Ignore the error: the lease will expire, and the fetched credentials can be returned.
            with suppress(Exception):
                leases[-1].release()
        leases.pop()


def resolve_transport(config: ResolvedConfig) -> tuple[Transport, Transport | None]:
    """Return the transport to use, and the transport to close with the provider, if any.

    Raises:
        ConfigurationError: If the configured transport is asynchronous.
    """
    transport = config.transport
    if transport is None:
        from cognito_credentials.transports import default_transport

        transport = default_transport(config)
        return transport, transport
    if not hasattr(transport, "close"):
        raise ConfigurationError(
            f"transport must be a synchronous transport with a close method, "
            f"not {type(transport).__name__}",
            hint="Use an asynchronous transport with cognito_credentials.aio.",
        )
    return transport, None
