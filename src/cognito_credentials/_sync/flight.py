"""Single flight: what several threads want at the same time is done once."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import weakref

from cognito_credentials._core.flight_errors import again, asked_from_within, took_too_long

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from typing import Any, TypeVar

    T = TypeVar("T")


class Flights:
    """Flights by key. The first thread to ask does the work, the others wait for its answer.

    Each waiter raises an error of its own whose cause is the leader's. A leader that is interrupted
    (KeyboardInterrupt) leaves the work to one of those who wait. One that takes longer than
    `longest_wait` seconds is left to itself, and the next to ask starts anew. Nothing is shared
    across a fork: the child would wait for a thread that it does not have.
    """

    def __init__(self, longest_wait: float) -> None:
        self.longest_wait = longest_wait
        self.reset()
        _all_flights.add(self)

    def reset(self) -> None:
        """Forget all flights, and the lock, which a thread that is gone may hold."""
        self._lock = threading.Lock()
        self._flights: dict[Hashable, Flight] = {}

    def run(self, key: Hashable, work: Callable[[], T]) -> T:
        """Return what the work returns, whichever thread did it.

        Raises:
            RefreshTimeoutError: Another thread's work took too long.
            ConfigurationError: The work itself asks for what it is to bring.
        """
        return self._run(key, work, self.longest_wait)

    def _run(self, key: Hashable, work: Callable[[], T], longest: float) -> T:
        while True:
            with self._lock:
                flight = self._flights.get(key)
                leads = flight is None
                if flight is None:
                    flight = self._flights[key] = Flight()
            if leads:
                return self._lead(key, flight, work)
            self._wait(key, flight, longest)
            if not flight.was_interrupted:
                result: T = flight.result
                return result

    def run_apart(self, key: Hashable, work: Callable[[], T], longest: float) -> T:
        """Return what the work returns; it is done in a thread of its own, whoever gives up.

        Raises:
            RefreshTimeoutError: It took longer than `longest` seconds, and goes on.
            ConfigurationError: The work itself asks for what it is to bring.
        """
        flight = self.start(key, work)
        self._wait(key, flight, longest)
        if flight.was_interrupted:  # there are no more threads
            return self._run(key, work, longest)
        result: T = flight.result
        return result

    def start(self, key: Hashable, work: Callable[[], object]) -> Flight:
        """Do the work in a background thread, unless it is under way; its error is not raised."""
        with self._lock:
            flight = self._flights.get(key)
            if flight is not None:
                return flight
            flight = self._flights[key] = Flight()

        def lead() -> None:
            # The work has told its owner, and those who wait are told by the flight.
            with contextlib.suppress(Exception):
                self._lead(key, flight, work)

        try:
            threading.Thread(target=lead, name="cognito-credentials", daemon=True).start()
        except RuntimeError:  # no more threads, or the interpreter is on its way out
            self._forget(key, flight)
            flight.done.set()
        return flight

    def in_flight(self, key: Hashable) -> bool:
        return key in self._flights

    def _wait(self, key: Hashable, flight: Flight, longest: float) -> None:
        if flight.leader == threading.get_ident():
            raise asked_from_within()
        if not flight.done.wait(max(0.0, longest)):
            if time.monotonic() - flight.begun >= self.longest_wait:
                self._forget(key, flight)
            raise took_too_long(longest)
        if flight.error is not None:
            raise again(flight.error)

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
            self._forget(key, flight)
            flight.done.set()

    def _forget(self, key: Hashable, flight: Flight) -> None:
        with self._lock:
            # It may be another's by now: after a fork in the middle of the work, or a long wait.
            if self._flights.get(key) is flight:
                del self._flights[key]


class Flight:
    """One piece of work that is under way."""

    __slots__ = ("begun", "done", "error", "leader", "result", "was_interrupted")

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.done = threading.Event()
        self.leader: int | None = None  # the thread that does it
        self.result: Any = None
        self.error: Exception | None = None
        self.was_interrupted = True


_all_flights: weakref.WeakSet[Flights] = weakref.WeakSet()


def _reset_after_fork() -> None:
    for flights in list(_all_flights):
        flights.reset()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_after_fork)
