"""Daemon threads in which event loops call blocking functions."""

from __future__ import annotations

import asyncio
import contextvars
import queue
import threading
from contextlib import suppress

from cognito_credentials._base.after_fork import reset_after_fork

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, ParamSpec, TypeVar

    P = ParamSpec("P")
    T = TypeVar("T")

__all__ = ["call_in_thread"]

# Login commands may run for half a minute. The maximum is so high that store calls do not have to
# wait for them.
MAX_THREADS = 64


class DaemonThreads:
    """Threads that start work in the order of submission; if all are busy, a thread is added.

    The methods acquire no lock: a signal handler may raise an exception in the event loop's thread,
    and the lock would then stay locked.
    """

    def __init__(self, max_threads: int) -> None:
        self._max_threads = max_threads
        self.reset()
        reset_after_fork(self)

    def reset(self) -> None:
        """Start over in a child process, which does not have its parent's threads."""
        self._work: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._idle: list[None] = []  # The list has one item for each idle thread.
        self._started = 0

    def submit(self, work: Callable[[], object]) -> None:
        """Run a function, which must not raise an exception, in one of the threads.

        Raises:
            RuntimeError: If there is no thread, and none can be started.
        """
        self._work.put(work)
        try:
            self._idle.pop()
        except IndexError:
            if self._started < self._max_threads:
                self._start_thread()

    def _start_thread(self) -> None:
        try:
            threading.Thread(target=self._run, name="cognito-credentials call", daemon=True).start()
            self._started += 1
        except RuntimeError:  # The thread limit has been reached, or Python is exiting.
            if not self._started:
                raise

    def _run(self) -> None:
        work, idle = self._work, self._idle
        while True:
            try:
                item = work.get_nowait()
            except queue.Empty:
                idle.append(None)
                item = work.get()
            item()
            del item  # Otherwise, this frame would retain the result until the next call.


_threads = DaemonThreads(MAX_THREADS)


async def call_in_thread(
    function: Callable[P, T], /, *arguments: P.args, **keywords: P.kwargs
) -> T:
    """Call a blocking function in a daemon thread, and return its result.

    Unlike `asyncio.to_thread`, this function does not make the event loop or the program wait for
    unfinished calls on exit.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[tuple[Any, BaseException | None]] = loop.create_future()
    context = contextvars.copy_context()

    def set_result(result: Any, error: BaseException | None) -> None:
        if not future.done():  # The caller may have been canceled.
            future.set_result((result, error))

    def work() -> None:
        result = error = None
        try:
            result = context.run(function, *arguments, **keywords)
        except BaseException as raised:  # noqa: BLE001 - the caller raises the error
            error = raised
        with suppress(RuntimeError):  # The event loop has been closed.
            loop.call_soon_threadsafe(set_result, result, error)

    _threads.submit(work)
    result, error = await future
    if error is not None:
        try:
            raise error
        finally:
            del error  # Break a reference cycle: the traceback refers to this frame.
    returned: T = result
    return returned
