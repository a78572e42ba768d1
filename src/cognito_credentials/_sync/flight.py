"""Single flight: what several threads want at the same time is done once."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref

from cognito_credentials.errors import RefreshTimeoutError, again

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    T = TypeVar("T")


class Flights:
    """Flights by key. The first thread to ask does the work, the others wait for its answer.

    Each waiter raises an error of its own whose cause is the leader's. A leader that is interrupted
    (KeyboardInterrupt) leaves the work to one of those who wait. Nothing is shared across a fork:
    the child would wait for a thread that it does not have.
    """

    def __init__(self, longest_wait: float) -> None:
        self.longest_wait = longest_wait
        self.reset()
        _all_flights.add(self)

    def reset(self) -> None:
        """Forget all flights, and the lock, which a thread that is gone may hold."""
        self._lock = threading.Lock()
        self._flights: dict[str, Flight] = {}

    def run(self, key: str, work: Callable[[], T]) -> T:
        """Return what the work returns, whichever thread did it; raises `RefreshTimeoutError`."""
        while True:
            with self._lock:
                flight = self._flights.get(key)
                leads = flight is None
                if flight is None:
                    flight = self._flights[key] = Flight()
            if leads:
                return self._lead(key, flight, work)
            if not flight.done.wait(self.longest_wait):
                raise RefreshTimeoutError(
                    f"Another thread's fetch took longer than {self.longest_wait:.0f} s"
                )
            if flight.error is not None:
                raise again(flight.error)
            if not flight.was_interrupted:
                result: T = flight.result
                return result

    def start(self, key: str, work: Callable[[], object]) -> None:
        """Do the work in a background thread, unless it is under way; its error is not raised."""
        with self._lock:
            if key in self._flights:
                return
            flight = self._flights[key] = Flight()

        def lead() -> None:
            # The work has told its owner, and those who wait are told by the flight.
            with contextlib.suppress(Exception):
                self._lead(key, flight, work)

        try:
            threading.Thread(target=lead, name=f"cognito-{key}", daemon=True).start()
        except RuntimeError:  # no more threads, or the interpreter is on its way out
            with self._lock:
                self._flights.pop(key, None)
            flight.done.set()

    def in_flight(self, key: str) -> bool:
        return key in self._flights

    def _lead(self, key: str, flight: Flight, work: Callable[[], T]) -> T:
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
            with self._lock:
                # After a fork in the middle of the work the child's flights are others.
                if self._flights.get(key) is flight:
                    del self._flights[key]
            flight.done.set()


class Flight:
    """One piece of work that is under way."""

    __slots__ = ("done", "error", "result", "was_interrupted")

    def __init__(self) -> None:
        self.done = threading.Event()
        self.result: Any = None
        self.error: Exception | None = None
        self.was_interrupted = True


_all_flights: weakref.WeakSet[Flights] = weakref.WeakSet()


def _reset_after_fork() -> None:
    for flights in list(_all_flights):
        flights.reset()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_after_fork)
