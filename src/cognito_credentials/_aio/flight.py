"""Single flight for tasks: work that several tasks need at the same time is done only once."""

from __future__ import annotations

import asyncio
import contextvars
import weakref

from cognito_credentials._core.flight_errors import (
    copy_error,
    deadlock_error,
    refresh_timeout_error,
)
from cognito_credentials.errors import CognitoCredentialsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable
    from typing import Any, TypeVar

    T = TypeVar("T")


class Flights:
    """Flights in progress, by event loop and key. Callers wait for a task that does the work.

    Canceling a caller therefore affects neither the work nor the other callers. If the work fails,
    the caller that started it raises the error, and each waiter raises a copy. The task runs in an
    empty `contextvars` context, because it works for all callers. If a caller has waited longer
    than the flight's `max_seconds`, the flight is abandoned, and the next caller starts a new
    flight. If the task itself is canceled or interrupted, a waiter starts the work again.
    """

    def __init__(self, max_seconds: float) -> None:
        self.max_seconds = max_seconds
        self._by_loop: weakref.WeakKeyDictionary[
            asyncio.AbstractEventLoop, dict[Hashable, Flight]
        ] = weakref.WeakKeyDictionary()

    async def run(
        self,
        key: Hashable,
        work: Callable[[], Coroutine[Any, Any, T]],
        max_seconds: float | None = None,
    ) -> T:
        """Do the work, or wait for the flight in progress.

        Raises:
            RefreshTimeoutError: If another caller's work took too long.
            ConfigurationError: If the work waits for its own result.
        """
        while True:
            is_waiter = self.is_in_flight(key)
            flight = self.start(key, work, max_seconds)
            await self._wait(key, flight, flight.max_seconds if is_waiter else None)
            # If the task was interrupted, but this caller was not, start the work again.
            if not flight.was_interrupted or (flight.task.cancelled() and not is_waiter):
                result: T = _copy_result(flight.task) if is_waiter else flight.task.result()
                return result

    async def join(
        self, key: Hashable, work: Callable[[], Coroutine[Any, Any, T]], timeout_seconds: float
    ) -> T:
        """Do the work in its own task unless it is in progress, and wait for the result.

        Raises:
            RefreshTimeoutError: If the work took longer than `timeout_seconds`; the work continues.
            ConfigurationError: If the work waits for its own result.
        """
        flight = self.start(key, work)
        await self._wait(key, flight, timeout_seconds)
        if flight.was_interrupted:  # The work was interrupted, but this waiter was not.
            flight = self.start(key, work)
            await self._wait(key, flight, timeout_seconds)
        result: T = _copy_result(flight.task)
        return result

    def start(
        self,
        key: Hashable,
        work: Callable[[], Coroutine[Any, Any, object]],
        max_seconds: float | None = None,
    ) -> Flight:
        """Start the work in its own task unless it is in progress; errors are not raised here."""
        loop = asyncio.get_running_loop()
        flights = self._by_loop.setdefault(loop, {})
        if self.is_in_flight(key):
            return flights[key]
        task: asyncio.Task[object] | None = None
        try:
            task = loop.create_task(work(), context=contextvars.Context())
            flight = Flight(
                task, loop.time(), self.max_seconds if max_seconds is None else max_seconds
            )
            task.add_done_callback(lambda _task: _finish(flights, key, flight))
            # Add the flight last: a signal handler may raise an exception between any two lines,
            # and every flight in `flights` must have the callback that removes it.
            flights[key] = flight
        except BaseException:
            if task is not None:
                task.cancel()  # The next caller starts the work again.
            raise
        return flight

    def is_in_flight(self, key: Hashable) -> bool:
        flight = self._by_loop.get(asyncio.get_running_loop(), {}).get(key)
        # The callback that removes an interrupted flight may not have run yet.
        return flight is not None and not (flight.task.done() and flight.was_interrupted)

    async def _wait(self, key: Hashable, flight: Flight, timeout_seconds: float | None) -> None:
        task = flight.task
        if task is asyncio.current_task():
            raise deadlock_error()
        # If the waiter is canceled, `asyncio.wait` does not cancel the task, unlike `await task`.
        await asyncio.wait((task,), timeout=timeout_seconds and max(0.0, timeout_seconds))
        if not task.done():
            loop = asyncio.get_running_loop()
            if loop.time() - flight.started_at >= flight.max_seconds:
                _remove(self._by_loop[loop], key, flight)
            raise refresh_timeout_error(timeout_seconds or 0.0)


class Flight:
    """Work in progress: its task, and its start time on the event loop's clock."""

    __slots__ = ("max_seconds", "started_at", "task")

    def __init__(self, task: asyncio.Task[Any], started_at: float, max_seconds: float) -> None:
        self.task = task
        self.started_at = started_at
        self.max_seconds = max_seconds

    @property
    def was_interrupted(self) -> bool:
        """Whether the task was canceled, or raised an exception such as `KeyboardInterrupt`."""
        task = self.task
        return task.cancelled() or not isinstance(task.exception(), Exception | None)


def _finish(flights: dict[Hashable, Flight], key: Hashable, flight: Flight) -> None:
    _remove(flights, key, flight)
    if not flight.task.cancelled():
        # Mark the exception as retrieved, because every waiter may have been canceled.
        flight.task.exception()


def _remove(flights: dict[Hashable, Flight], key: Hashable, flight: Flight) -> None:
    if flights.get(key) is flight:
        del flights[key]


def _copy_result(task: asyncio.Task[T]) -> T:
    error = task.exception()
    if isinstance(error, CognitoCredentialsError):
        raise copy_error(error) from error
    return task.result()
