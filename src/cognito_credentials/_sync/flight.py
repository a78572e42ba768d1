"""Single flight for threads: work that several threads need at the same time is done once."""

from __future__ import annotations

import threading
import time

from cognito_credentials._base.after_fork import reset_after_fork

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from typing import Any, TypeVar

    T = TypeVar("T")


class Flights:
    """Flights by key. The first caller is the leader; the others wait for its result.

    Each waiter raises its own copy of the leader's error. If a leader is interrupted
    (`KeyboardInterrupt`), a waiter takes over. A flight that takes longer than its `max_seconds` is
    abandoned, and the next caller starts a new flight. After a fork, the child process discards all
    flights, because their threads exist only in the parent.
    """

    def __init__(self, max_seconds: float) -> None:
        self.max_seconds = max_seconds
        self.reset()
        reset_after_fork(self)

    def reset(self) -> None:
        """Discard all flights, and replace the lock, which a thread of the parent may hold."""
        self._lock = threading.Lock()
        self._flights: dict[Hashable, Flight] = {}

    def run(self, key: Hashable, work: Callable[[], T], max_seconds: float | None = None) -> T:
        """Do the work in this thread, or wait for the thread that is doing it.

        Raises:
            RefreshTimeoutError: If another thread's work took too long.
            ConfigurationError: If the work waits for its own result.
        """
        return self._run(key, work, max_seconds, None)

    def _run(
        self,
        key: Hashable,
        work: Callable[[], T],
        max_seconds: float | None,
        timeout_seconds: float | None,
    ) -> T:
        while True:
            flight, is_new = self._find_or_add(key, max_seconds)
            if is_new:
                return self._lead(key, flight, work)
            self._wait(
                key, flight, flight.max_seconds if timeout_seconds is None else timeout_seconds
            )
            if not flight.was_interrupted:
                result: T = flight.result
                return result

    def join(self, key: Hashable, work: Callable[[], T], timeout_seconds: float) -> T:
        """Do the work in a background thread unless it is in progress, and wait for the result.

        Raises:
            RefreshTimeoutError: If the work took longer than `timeout_seconds`; it continues.
            ConfigurationError: If the work waits for its own result.
        """
        flight = self.start(key, work)
        self._wait(key, flight, timeout_seconds)
        if flight.was_interrupted:  # No background thread could be started.
            return self._run(key, work, None, timeout_seconds)
        result: T = flight.result
        return result

    def start(
        self, key: Hashable, work: Callable[[], object], max_seconds: float | None = None
    ) -> Flight:
        """Start the work in a thread of its own unless it is in progress; do not raise its error."""
        from contextlib import suppress

        flight, is_new = self._find_or_add(key, max_seconds)
        if not is_new:
            return flight

        def lead() -> None:
            # The flight stores the error for the waiters, and the work has already reported it.
            with suppress(Exception):
                self._lead(key, flight, work)

        try:
            threading.Thread(target=lead, name="cognito-credentials", daemon=True).start()
        except RuntimeError:  # No more threads can be started, or the interpreter is exiting.
            self._remove(key, flight)
            flight.is_done.set()
        return flight

    def is_in_flight(self, key: Hashable) -> bool:
        return key in self._flights

    def _find_or_add(self, key: Hashable, max_seconds: float | None) -> tuple[Flight, bool]:
        with self._lock:
            flight = self._flights.get(key)
            if flight is not None:
                return flight, False
            flight = Flight(self.max_seconds if max_seconds is None else max_seconds)
            self._flights[key] = flight
            return flight, True

    def _wait(self, key: Hashable, flight: Flight, timeout_seconds: float) -> None:
        # Imported here, because the first caller of a process never waits.
        from cognito_credentials._core.flight_errors import (
            copy_error,
            deadlock_error,
            refresh_timeout_error,
        )

        if flight.leader == threading.get_ident():
            raise deadlock_error()
        if not flight.is_done.wait(max(0.0, timeout_seconds)):
            if time.monotonic() - flight.started_at >= flight.max_seconds:
                self._remove(key, flight)
            raise refresh_timeout_error(timeout_seconds)
        if flight.error is not None:
            raise copy_error(flight.error)

    def _lead(self, key: Hashable, flight: Flight, work: Callable[[], T]) -> T:
        flight.leader = threading.get_ident()
        try:
            result = work()
        except Exception as error:
            flight.error = error
            raise
        else:
            flight.result = result
            flight.was_interrupted = False
            return result
        finally:
            self._remove(key, flight)
            flight.is_done.set()

    def _remove(self, key: Hashable, flight: Flight) -> None:
        with self._lock:
            # After a fork during the work, or a long wait, another flight may have this key.
            if self._flights.get(key) is flight:
                del self._flights[key]


class Flight:
    """Work in progress, and its result or error."""

    __slots__ = (
        "error",
        "is_done",
        "leader",
        "max_seconds",
        "result",
        "started_at",
        "was_interrupted",
    )

    def __init__(self, max_seconds: float) -> None:
        self.max_seconds = max_seconds
        self.started_at = time.monotonic()
        self.is_done = threading.Event()
        self.leader: int | None = None  # identifier of the thread that does the work
        self.result: Any = None
        self.error: Exception | None = None
        self.was_interrupted = True
