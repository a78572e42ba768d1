"""Virtual time, and tasks that take turns in an order that the seed determines.

A task is a generator. It yields a number of seconds to sleep, or a pair of a latch and a timeout in
seconds (None for no timeout) to wait for the latch.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Generator
from random import Random
from typing import Any, TypeAlias

Steps: TypeAlias = Generator[Any, None, Any]

# Only a defect exceeds these limits: then a world does not end, or calls nest too deeply.
MAX_EVENTS = 200_000
MAX_NESTING = 2


class WorldDidNotEndError(Exception):
    """The simulation has not finished after `MAX_EVENTS` events; a task probably loops forever."""


class ProcessKilledError(BaseException):
    """The process was killed in the middle of a call."""


class TaskCanceledError(BaseException):
    """Ends a task of an event loop, like `asyncio.CancelledError`."""


class Latch:
    """An event that is set once."""

    __slots__ = ("is_set", "waiters")

    def __init__(self) -> None:
        self.is_set = False
        self.waiters: list[tuple[Task, int]] = []


class Task:
    """A generator that runs in a process. `turn` distinguishes its current wait from earlier ones."""

    __slots__ = ("is_running", "process", "steps", "turn")

    def __init__(self, process: Any, steps: Steps) -> None:
        self.process = process
        self.steps: Steps | None = steps
        self.turn = 0
        self.is_running = False

    def end(self) -> None:
        """End the task as if its process had been killed: no more of its code runs."""
        self.turn += 1
        steps, self.steps = self.steps, None
        if steps is not None and not self.is_running:
            steps.close()


class Scheduler:
    """Runs tasks and timers in virtual time.

    Args:
        random: Source of the order of simultaneous events.
        now: Start time in seconds since 1970.
    """

    def __init__(self, random: Random, now: float) -> None:
        self.now = now
        self.current: Task | None = None
        self.event_count = 0
        self._random = random.random
        self._events: list[tuple[float, float, int, Task | Callable[[], object], int, Any]] = []
        self._order = itertools.count()
        self._nesting = 0

    def spawn(self, process: Any, steps: Steps, delay: float = 0.0) -> Task:
        """Start a task after `delay` seconds."""
        task = Task(process, steps)
        self._push(delay, task, 0)
        return task

    def call_later(self, delay: float, function: Callable[[], object]) -> None:
        """Call a function after `delay` seconds."""
        self._push(delay, function, 0)

    def set(self, latch: Latch) -> None:
        """Set a latch, and wake the tasks that wait for it."""
        latch.is_set = True
        for task, turn in latch.waiters:
            self._push(0.0, task, turn)
        latch.waiters.clear()

    def throw(self, task: Task, error: BaseException) -> None:
        """Raise an exception in a task at its current wait, like a cancellation."""
        task.turn += 1
        self._push(0.0, task, task.turn, error)

    def run(self) -> None:
        """Run until no event is left."""
        while self._events:
            self._run_next()

    def run_others(self, seconds: float) -> None:
        """Run other tasks for `seconds`, while the current task is inside a blocking call."""
        if self._nesting >= MAX_NESTING:
            return
        current, ends_at = self.current, self.now + seconds
        self._nesting += 1
        try:
            while self._events and self._events[0][0] <= ends_at:
                self._run_next()
        finally:
            self._nesting -= 1
            self.current = current
        self.now = max(self.now, ends_at)

    def _push(
        self, delay: float, target: Task | Callable[[], object], turn: int, error: Any = None
    ) -> None:
        event = self.now + delay, self._random(), next(self._order), target, turn, error
        heapq.heappush(self._events, event)

    def _run_next(self) -> None:
        time, _, _, target, turn, error = heapq.heappop(self._events)
        self.now = max(self.now, time)
        self.event_count += 1
        if self.event_count > MAX_EVENTS:
            raise WorldDidNotEndError
        if not isinstance(target, Task):
            target()
        elif target.turn == turn and target.steps is not None:
            paused_until = target.process.paused_until
            if paused_until > self.now:
                self._push(paused_until - self.now, target, turn, error)
            else:
                self._resume(target, error)

    def _resume(self, task: Task, error: Any) -> None:
        steps = task.steps
        assert steps is not None
        task.turn += 1
        former, self.current = self.current, task
        task.is_running = True
        try:
            wait = next(steps) if error is None else steps.throw(error)
        except (StopIteration, ProcessKilledError, TaskCanceledError):
            task.steps = None
            return
        finally:
            task.is_running = False
            self.current = former
        if task.steps is None:  # The process was killed during this step.
            steps.close()
        elif isinstance(wait, tuple):
            self._wait(task, *wait)
        else:
            self._push(wait, task, task.turn)

    def _wait(self, task: Task, latch: Latch, timeout: float | None) -> None:
        if latch.is_set:
            self._push(0.0, task, task.turn)
            return
        latch.waiters.append((task, task.turn))
        if timeout is not None:
            self._push(max(0.0, timeout), task, task.turn)
