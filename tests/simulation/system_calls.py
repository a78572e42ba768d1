"""Interruptions of a file store between two system calls.

An audit hook runs before each system call of the actual `FileStore`. It lets other processes run,
or kills the process. A killed process does not finish the call to the store, so it may leave, for
example, a temporary file behind.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from simulation.processes import Process
from simulation.scheduler import ProcessKilledError

INTERRUPTION_PROBABILITY = 0.05
MAX_INTERRUPTION_SECONDS = 0.002
EVENTS = frozenset(
    ("open", "os.rename", "os.remove", "os.mkdir", "os.listdir", "os.link", "fcntl.flock")
)


class _Watch:
    """The process whose call is in progress, and the directory of its store."""

    process: Process | None = None
    directory = ""
    is_installed = False


@contextmanager
def watch(process: Process, directory: str) -> Iterator[None]:
    """Interrupt a process at its system calls in a directory."""
    if not _Watch.is_installed:
        sys.addaudithook(_hook)
        _Watch.is_installed = True
    former = _Watch.process, _Watch.directory
    _Watch.process, _Watch.directory = process, directory
    try:
        yield
    finally:
        _Watch.process, _Watch.directory = former


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    process = _Watch.process
    if process is None or event not in EVENTS:
        return
    path = arguments[0]
    # Other code, such as an import, opens other files.
    if event != "fcntl.flock" and not str(path).startswith(_Watch.directory):
        return
    scheduler, random = process.world.scheduler, process.world.random.random
    _Watch.process = None
    seconds = 0.0
    started_at = scheduler.now
    try:
        if process.is_alive:
            process.checkpoint()
            if process.is_alive and process.paused_until > scheduler.now:
                seconds = process.paused_until - scheduler.now
            elif process.is_alive and random() < INTERRUPTION_PROBABILITY:
                seconds = MAX_INTERRUPTION_SECONDS * random()
            if seconds:
                scheduler.run_others(seconds)
                # If another process was paused within a system call in the meantime, this process
                # had to wait for it, because both calls are on the stack of this thread.
                process.paused_seconds += max(0.0, scheduler.now - started_at - seconds)
    finally:
        _Watch.process = process
    if not process.is_alive:
        raise ProcessKilledError
