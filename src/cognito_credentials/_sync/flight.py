"""Single flight for threads: work that several threads need at the same time is done only once."""

from __future__ import annotations

import threading
import time

from cognito_credentials._base.after_fork import reset_after_fork

TYPE_CHECKING = False
if TYPE_CHECKING:
    import weakref
    from collections.abc import Callable, Hashable
    from typing import Any, TypeVar

    T = TypeVar("T")


class Latch:
    """An event that is set once.

    Signal handlers can interrupt `threading.Event`, which acquires a lock in Python code: if a
    handler raises an exception there, the lock stays locked, and all threads wait forever. This
    class relies only on functions that signal handlers cannot interrupt.
    """

    __slots__ = ("_is_set", "_waiters")

    def __init__(self) -> None:
        self._is_set = False
        self._waiters: list[threading.Lock] = []

    def set(self) -> None:
        """Wake all waiters; can be called again if an exception interrupted the first call."""
        self._is_set = True
        for waiter in tuple(self._waiters):
            if waiter.locked():
                try:  # noqa: SIM105 - contextlib would be another import in a new process
                    waiter.release()
                except RuntimeError:  # pragma: no cover - needs a thread switch in the line above
                    pass  # Another thread has released the lock at the same time.

    def wait(self, timeout_seconds: float) -> bool:
        """Wait until the latch is set; return False after a timeout."""
        waiter = threading.Lock()
        waiter.acquire()
        self._waiters.append(waiter)
        try:
            # Read the attribute only after adding the waiter. As `set` sets the attribute before it
            # wakes the waiters, this waiter cannot miss the change.
            return self._is_set or waiter.acquire(timeout=timeout_seconds) or self._is_set
        finally:
            self._waiters.remove(waiter)


class Flights:
    """Flights in progress, by key. The first caller leads; the others wait for the leader's result.

    Each waiter raises its own copy of the leader's error. If a leader is interrupted
    (`KeyboardInterrupt`), a waiter takes over. A flight that takes longer than its `max_seconds` is
    abandoned, and the next caller starts a new flight. After a fork, the child process discards all
    flights, because their threads exist only in the parent.

    A signal handler can raise an exception between any two lines of a leader. The methods therefore
    acquire no lock, and add a flight only inside a block that always removes it again.
    """

    def __init__(self, max_seconds: float) -> None:
        self.max_seconds = max_seconds
        self.reset()
        reset_after_fork(self)

    def reset(self) -> None:
        """Discard all flights."""
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
            flight = self._flights.get(key)
            if flight is None:
                flight = self._new_flight(max_seconds)
                if not self._lead(key, flight, work, is_new=True):
                    continue  # Another thread has added a flight in the meantime.
            else:
                self._wait(
                    key, flight, flight.max_seconds if timeout_seconds is None else timeout_seconds
                )
            if not flight.was_interrupted:
                result: T = flight.result
                return result

    def join(self, key: Hashable, work: Callable[[], T], timeout_seconds: float) -> T:
        """Do the work in a background thread unless it is in progress, and wait for the result.

        Raises:
            RefreshTimeoutError: If the work took longer than `timeout_seconds`; the work continues.
            ConfigurationError: If the work waits for its own result.
        """
        flight = self.start(key, work)
        self._wait(key, flight, timeout_seconds)
        # The work was interrupted, or no background thread could be started.
        if flight.was_interrupted:
            return self._run(key, work, None, timeout_seconds)
        result: T = flight.result
        return result

    def start(
        self, key: Hashable, work: Callable[[], object], max_seconds: float | None = None
    ) -> Flight:
        """Start the work in a new thread unless it is in progress; errors are not raised here."""
        flight = self._flights.get(key)
        if flight is not None:
            return flight
        new = self._new_flight(max_seconds)
        try:
            flight = self._flights.setdefault(key, new)
            if flight is new:
                self._start_thread(key, flight, work)
        except BaseException:
            # The thread may have started despite the error, but its result is ignored.
            self._end(key, new)
            raise
        return flight

    def is_in_flight(self, key: Hashable) -> bool:
        return key in self._flights

    def _new_flight(self, max_seconds: float | None) -> Flight:
        return Flight(self.max_seconds if max_seconds is None else max_seconds)

    def _start_thread(self, key: Hashable, flight: Flight, work: Callable[[], object]) -> None:
        import weakref
        from contextlib import suppress

        def lead() -> None:
            # The flight stores the error for the waiters, and the work has already reported it.
            with suppress(Exception):
                self._lead(key, flight, work, is_new=False)

        thread = threading.Thread(target=lead, name="cognito-credentials", daemon=True)
        # If the thread ends before it executes its first line, the callback ends the flight.
        flight.thread = weakref.ref(thread, lambda _: self._end(key, flight))
        try:
            thread.start()
        except RuntimeError:  # The system's thread limit is reached, or the interpreter is exiting.
            self._end(key, flight)

    def _wait(self, key: Hashable, flight: Flight, timeout_seconds: float) -> None:
        # Imported here, because the first caller in a process never waits.
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

    def _lead(
        self, key: Hashable, flight: Flight, work: Callable[[], object], *, is_new: bool
    ) -> bool:
        """Do the work of a flight; return False if this key belongs to another flight.

        If `is_new` is True, the flight is added under the key first. `_end` is called twice,
        because an exception may interrupt the first call.
        """
        flights = self._flights
        try:
            try:
                found = flights.setdefault(key, flight) if is_new else flights.get(key)
                if found is not flight:
                    return False
                flight.leader = threading.get_ident()
                flight.result = work()
                flight.was_interrupted = False
            except Exception as error:
                flight.error = error
                raise
            finally:
                self._end(key, flight)
        finally:
            self._end(key, flight)
        return True

    def _end(self, key: Hashable, flight: Flight) -> None:
        self._remove(key, flight)
        flight.thread = None
        flight.is_done.set()

    def _remove(self, key: Hashable, flight: Flight) -> None:
        # The key may belong to another flight by now, because of a fork during the work or because
        # this flight was abandoned.
        if self._flights.get(key) is flight:
            self._flights.pop(key, None)


class Flight:
    """Work in progress, and its result or error."""

    __slots__ = (
        "error",
        "is_done",
        "leader",
        "max_seconds",
        "result",
        "started_at",
        "thread",
        "was_interrupted",
    )

    def __init__(self, max_seconds: float) -> None:
        self.max_seconds = max_seconds
        self.started_at = time.monotonic()
        self.is_done = Latch()
        self.leader: int | None = None  # Identifier of the thread that does the work.
        # None unless a background thread does the work.
        self.thread: weakref.ref[threading.Thread] | None = None
        self.result: Any = None
        self.error: Exception | None = None
        self.was_interrupted = True
