"""Hosts with clocks, and processes that can be paused and killed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from simulation.scheduler import Task

if TYPE_CHECKING:
    from simulation.worlds import World

PREEMPTION_SECONDS = 0.002


class Host:
    """A machine with a wall clock that may be wrong, and a monotonic clock that may stand still.

    Implements `ports.Clock` except for the method `sleep`, because the driver simulates sleeping.
    """

    def __init__(self, world: World, name: str, offset: float) -> None:
        self.world = world
        self.name = name
        self.offset = offset  # Seconds by which the wall clock is ahead of the true time.
        self._monotonic_offset = -world.scheduler.now + 1000.0
        self.last_jump_at = self.suspended_until = float("-inf")
        # The last period during which the monotonic clock stood still.
        self._stop = 0.0, 0.0
        self.processes: list[Process] = []

    def now(self) -> float:
        return self.world.scheduler.now + self.offset

    def monotonic(self) -> float:
        now, (start, end) = self.world.scheduler.now, self._stop
        return (start if now < end else now - (end - start)) + self._monotonic_offset

    def sleep(self, seconds: float) -> None:
        raise AssertionError("the driver sleeps")

    asleep: Any = sleep

    def jump(self, seconds: float) -> None:
        """Set the wall clock forward, or back if `seconds` is negative."""
        self.offset += seconds
        self.last_jump_at = self.world.scheduler.now
        self.world.log(self.name, f"wall clock set by {seconds:+.0f} s")

    def suspend(self, seconds: float, *, stops_monotonic: bool) -> None:
        """Suspend the machine with all of its processes."""
        now = self.world.scheduler.now
        if now < self.suspended_until:
            return
        stopped = " and the monotonic clock stopped" if stops_monotonic else ""
        self.world.log(self.name, f"suspended for {seconds:.1f} s{stopped}")
        for process in self.processes:
            process.stop_until(now + seconds)
        self.suspended_until = now + seconds
        if stops_monotonic:
            start, end = self._stop
            self._monotonic_offset -= end - start
            self._stop = now, now + seconds


class Process:
    """A process that runs tasks, as threads or in an event loop.

    A thread can be interrupted before every operation of a flow. A task in an event loop is
    interrupted only where it awaits. `faults` maps the number of a step to the fault that happens at
    this step.
    """

    def __init__(self, world: World, name: str, host: Host, *, is_loop: bool) -> None:
        self.world = world
        self.name = name
        self.host = host
        self.is_loop = is_loop
        self.is_alive = True
        self.paused_until = host.suspended_until
        self.paused_seconds = 0.0
        # The latest time of the service that the process has received in a response.
        self.last_response_at = float("-inf")
        self.wrong_date_count = 0
        self.step_count = 0
        self.faults: dict[int, Callable[[Process], object]] = {}
        self.tasks: list[Task] = []
        self._random = world.random.random
        self.leases: list[Any] = []
        host.processes.append(self)

    def spawn(self, steps: Any, delay: float = 0.0) -> Task:
        """Start a task of this process."""
        task = self.world.scheduler.spawn(self, steps, delay)
        self.tasks.append(task)
        return task

    def checkpoint(self, *, awaits: bool = False) -> float | None:
        """Count a step, and cause the fault that is due; return the seconds to sleep, or None."""
        self.step_count += 1
        if self.step_count in self.faults:
            self.faults.pop(self.step_count)(self)
            return 0.0
        if self.is_loop and not awaits:
            return None
        random = self._random()
        if random < 0.7 and not awaits:
            return None
        return PREEMPTION_SECONDS * random * random

    def pause(self, seconds: float) -> None:
        """Stop the process for a while, like SIGSTOP."""
        self.world.log(self.name, f"paused for {seconds:.1f} s")
        self.stop_until(self.world.scheduler.now + seconds)

    def stop_until(self, time: float) -> None:
        """Stop all tasks until a time, unless they are already stopped until a later time."""
        stopped_until = max(self.paused_until, self.world.scheduler.now)
        if time > stopped_until:
            self.paused_seconds += time - stopped_until
            self.paused_until = time

    def kill(self) -> None:
        """End the process without giving it an opportunity to clean up."""
        if not self.is_alive:
            return
        self.world.log(self.name, "killed")
        self.is_alive = False
        self.host.processes.remove(self)
        for task in self.tasks:
            task.end()
        self.world.on_kill(self)
