"""Threads that run one at a time, and switch at lines that a seed chooses.

A schedule that fails can be repeated with its seed.
"""

from __future__ import annotations

import linecache
import random
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from cognito_credentials._sync import flight as flight_module

MAX_SECONDS = 10.0
# Name of the threads that the library starts.
LIBRARY_THREAD = "cognito-credentials"


class DeadlockError(AssertionError):
    """All threads wait for each other."""


class Scheduler:
    """Runs functions in threads, and switches between the threads at lines of some files.

    A thread that waits at a `Latch` does not take part until the latch is set. The files must
    acquire no other locks: a thread that is stopped while it holds a lock would stop all others.

    Args:
        seed: Seed of the schedule.
        files: Names of the files in whose lines threads are switched.
    """

    def __init__(self, seed: int, files: set[str]) -> None:
        self.switches = 0
        self._random = random.Random(seed)  # noqa: S311 - not for cryptography
        self._files = files
        # If switches are rare, one thread can run for a long time while another is paused in its
        # critical section.
        self._probability = self._random.choice([0.02, 0.1, 0.3])
        self._condition = threading.Condition()
        self._current: threading.Thread | None = None
        self._runnable: list[threading.Thread] = []
        self._names: dict[threading.Thread, str] = {}
        self._waiting: dict[threading.Thread, threading.Lock] = {}
        # Threads that no longer wait for a latch, but do not take part again yet.
        self._woken: set[threading.Thread] = set()
        self._finished: set[threading.Thread] = set()
        self._failure: BaseException | None = None

    def run(self, *functions: Callable[[], Any]) -> list[Any]:
        """Run each function in a thread; return the results, or the exceptions.

        Raises:
            DeadlockError: If all threads wait.
        """
        results: list[Any] = [None] * len(functions)

        def run(index: int) -> None:
            sys.settrace(self._trace)
            self._enter(threading.current_thread(), str(index))
            try:
                results[index] = functions[index]()
            except BaseException as error:  # noqa: BLE001 - the caller examines the exception
                results[index] = error
            finally:
                sys.settrace(None)
                self._finish(threading.current_thread())

        threads = [
            threading.Thread(target=run, args=(index,), daemon=True)
            for index in range(len(functions))
        ]
        former = threading.gettrace()
        threading.settrace(self._trace)  # Also trace the threads that the library starts.
        try:
            for index, thread in enumerate(threads, 1):
                thread.start()
                with self._condition:
                    self._await(lambda index=index: len(self._runnable) == index)
            with self._condition:
                self._choose()
                self._await(lambda: not self._runnable and not self._waiting)
        finally:
            threading.settrace(former)  # type: ignore[arg-type]
        for thread in threads:
            thread.join(MAX_SECONDS)
        return results

    def _await(self, predicate: Callable[[], bool]) -> None:
        """Wait with the condition held; raise the failure of another thread."""
        has_ended = self._condition.wait_for(
            lambda: self._failure is not None or predicate(), MAX_SECONDS
        )
        if self._failure is not None:
            raise self._failure
        assert has_ended, "a thread does not take part in the schedule"

    def _enter(self, thread: threading.Thread, name: str) -> None:
        """Add this thread, and wait until it is chosen."""
        with self._condition:
            self._names[thread] = name
            self._waiting.pop(thread, None)
            self._runnable.append(thread)
            # The order in which threads arrive must not matter.
            self._runnable.sort(key=lambda each: self._names[each])
            self._condition.notify_all()
            self._await(lambda: self._current == thread)

    def _finish(self, thread: threading.Thread) -> None:
        with self._condition:
            self._finished.add(thread)
            self._runnable.remove(thread)
            self._choose()

    def _choose(self) -> None:
        """Choose the next thread, with the condition held."""
        self._await(lambda: not self._woken & self._waiting.keys() and self._have_entered())
        self._woken.clear()
        if not self._runnable and self._waiting:
            self._failure = DeadlockError("all threads wait")
        self._current = self._random.choice(self._runnable) if self._runnable else None
        self._condition.notify_all()

    def _have_entered(self) -> bool:
        """Return True if all threads that the library has started take part."""
        return all(
            thread in self._names
            for thread in threading.enumerate()
            if thread.name == LIBRARY_THREAD and thread.is_alive()
        )

    def _trace(self, frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code.co_filename not in self._files:
            return None
        thread = threading.current_thread()
        if thread in self._finished or self._failure is not None:
            return None
        if thread not in self._names:
            if thread.name != LIBRARY_THREAD:
                return None
            self._enter(thread, f"library {len(self._names)}")
        is_in_flight_module = frame.f_code.co_filename == flight_module.__file__
        name = frame.f_code.co_name
        if event == "return" and is_in_flight_module and name == "lead":
            self._finish(thread)
            return None
        if event != "line":
            return self._trace
        if thread in self._waiting:
            self._enter(thread, self._names[thread])
        line = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
        if is_in_flight_module and "waiter.acquire(timeout" in line:
            latch, waiter = frame.f_locals["self"], frame.f_locals["waiter"]
            # Python also reports the line after the `finally` block.
            if waiter in latch._waiters and not latch._is_set:
                self._leave(thread, waiter)
                return self._trace
        if self._random.random() < self._probability:
            self._switch(thread)
        if is_in_flight_module and "waiter.release()" in line:
            waiter = frame.f_locals["waiter"]
            self._woken |= {each for each, lock in self._waiting.items() if lock is waiter}
        return self._trace

    def _leave(self, thread: threading.Thread, waiter: threading.Lock) -> None:
        with self._condition:
            self._runnable.remove(thread)
            self._waiting[thread] = waiter
            self._choose()

    def _switch(self, thread: threading.Thread) -> None:
        with self._condition:
            self._choose()
            self.switches += self._current != thread
            self._await(lambda: self._current == thread)
