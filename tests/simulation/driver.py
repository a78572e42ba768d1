"""The third driver: carries out the operations of flows in virtual time.

Its counterparts are `_sync/driver.py` with `_sync/flight.py`, and `_aio/driver.py` with
`_aio/flight.py`. In a process with threads, the first caller leads a flight; in an event loop, each
flight is a task of its own, so that a canceled caller does not end it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable
from typing import Any

from cognito_credentials._core import ops
from cognito_credentials._core.flight_errors import (
    copy_error,
    deadlock_error,
    refresh_timeout_error,
)
from cognito_credentials.errors import ConfigurationError
from simulation.processes import Process
from simulation.scheduler import Latch, Steps, Task


class Flight:
    """Work in progress, and its result or error."""

    def __init__(self, max_seconds: float, started_at: float) -> None:
        self.max_seconds = max_seconds
        self.started_at = started_at
        self.is_done = Latch()
        self.leader: Task | None = None
        self.result: Any = None
        self.error: Exception | None = None
        self.was_interrupted = True


class SimulatedDriver:
    """Driver of one provider or broker in a simulated process."""

    def __init__(self, process: Process, send: Callable[..., Steps], max_flight_seconds: float):
        self.process = process
        self.is_closed = False
        self._send = send
        self._scheduler = process.world.scheduler
        self._random = process.world.random.random
        self._max_flight_seconds = max_flight_seconds
        self._flights: dict[Hashable, Flight] = {}

    def check_open(self) -> None:
        if self.is_closed:
            raise ConfigurationError("the provider is closed", hint="Create a new provider.")

    def run(self, flow: Any) -> Steps:
        """Run a flow, and return its result or raise its exception."""
        leases: list[Any] = []
        checkpoint, now = self.process.checkpoint, self.process.host.now
        try:
            operation = next(flow)
            while True:
                try:
                    seconds = checkpoint()
                    if seconds is not None:
                        yield seconds
                    if type(operation) is ops.Now:
                        result = now()
                    else:
                        result = yield from self._carry_out(operation, leases)
                except Exception as error:  # noqa: BLE001 - The flow decides how to continue.
                    operation = flow.throw(error)
                else:
                    operation = flow.send(result)
        except StopIteration as stop:
            return stop.value
        finally:
            flow.close()
            if self.process.is_alive:
                for lease in leases:
                    yield from self._release(lease)

    def _release(self, lease: Any) -> Steps:
        try:
            yield from _finish(lease.release())
        except Exception:  # noqa: BLE001 - As in the other drivers, the lease expires by itself.
            return

    def _carry_out(self, operation: Any, leases: list[Any]) -> Steps:
        if isinstance(operation, ops.Call):
            result = operation.function(*operation.arguments, **operation.keywords)
            result = yield from _finish(result)
            if isinstance(operation, ops.AcquireLease) and result is not None:
                leases.append(result)
            return result
        if isinstance(operation, ops.Send):
            self.check_open()
            return (yield from self._send(operation.request))
        if isinstance(operation, ops.Random):
            return self._random()
        if isinstance(operation, ops.Sleep):
            yield operation.seconds
            return None
        return (yield from self._run_flight_operation(operation))

    # --- flights ------------------------------------------------------------------------------------

    def _run_flight_operation(self, operation: Any) -> Steps:
        key = operation.key
        if isinstance(operation, ops.IsInFlight):
            return key in self._flights
        flow = operation.flow
        if isinstance(operation, ops.SingleFlight):
            return (yield from self._run_flight(key, flow, operation.max_seconds))
        if isinstance(operation, ops.JoinFlight):
            return (yield from self._join(key, flow, operation.timeout_seconds))
        self._start(key, flow, operation.max_seconds)
        return None

    def _run_flight(self, key: Hashable, flow: Any, max_seconds: float | None) -> Steps:
        while True:
            flight = self._flights.get(key)
            if flight is None and not self.process.is_loop:
                flight = self._add(key, max_seconds)
                yield from self._lead(key, flight, flow)
            else:
                is_waiter = flight is not None
                flight = self._start(key, flow, max_seconds)
                yield from self._wait(key, flight, flight.max_seconds if is_waiter else None)
            if not flight.was_interrupted:
                return flight.result

    def _join(self, key: Hashable, flow: Any, timeout_seconds: float) -> Steps:
        flight = self._start(key, flow, None)
        yield from self._wait(key, flight, timeout_seconds)
        return flight.result

    def _start(self, key: Hashable, flow: Any, max_seconds: float | None) -> Flight:
        flight = self._flights.get(key)
        if flight is None:
            flight = self._add(key, max_seconds)
            self.process.spawn(self._lead_in_background(key, flight, flow))
        return flight

    def _add(self, key: Hashable, max_seconds: float | None) -> Flight:
        max_seconds = self._max_flight_seconds if max_seconds is None else max_seconds
        flight = self._flights[key] = Flight(max_seconds, self._scheduler.now)
        return flight

    def _lead_in_background(self, key: Hashable, flight: Flight, flow: Any) -> Steps:
        try:
            yield from self._lead(key, flight, flow)
        except Exception:  # noqa: BLE001 - The flight stores the error for the waiters.
            return

    def _lead(self, key: Hashable, flight: Flight, flow: Any) -> Steps:
        flight.leader = self._scheduler.current
        try:
            flight.result = yield from self.run(flow())
            flight.was_interrupted = False
        except Exception as error:
            flight.error = error
            raise
        finally:
            self._remove(key, flight)
            if self.process.is_alive:
                self._scheduler.set(flight.is_done)

    def _wait(self, key: Hashable, flight: Flight, timeout_seconds: float | None) -> Steps:
        if flight.leader is self._scheduler.current:
            raise deadlock_error()
        yield flight.is_done, timeout_seconds
        if not flight.is_done.is_set:
            if self._scheduler.now - flight.started_at >= flight.max_seconds:
                self._remove(key, flight)
            raise refresh_timeout_error(timeout_seconds or 0.0)
        if flight.error is not None:
            raise copy_error(flight.error)

    def _remove(self, key: Hashable, flight: Flight) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]


def _finish(result: Any) -> Steps:
    """Return a result; run a generator to its end, like the async driver awaits an awaitable."""
    if isinstance(result, Generator):
        return (yield from result)
    return result
