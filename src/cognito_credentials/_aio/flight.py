"""Single flight: what several tasks want at the same time is done once."""

from __future__ import annotations

import asyncio
import contextvars
import weakref

from cognito_credentials._core.flight_errors import again, asked_from_within, took_too_long
from cognito_credentials.errors import CognitoCredentialsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable
    from typing import Any, TypeVar

    T = TypeVar("T")
    Airspace = dict[Hashable, tuple[asyncio.Task[Any], float]]  # with the moment of its start


class Flights:
    """Flights by event loop and key. The work runs in a task of its own, which all wait for.

    So a caller that is cancelled takes nothing from the others, and the work is not lost. Who
    started the work raises its error, each other waiter one of its own whose cause it is. The task starts in an empty
    context: what it finds is for all, whoever came first. Work that others have waited for longer
    than `longest_wait` seconds is left to itself, and the next to ask starts anew; so does a waiter
    when the task itself was cancelled.
    """

    def __init__(self, longest_wait: float) -> None:
        self.longest_wait = longest_wait
        self._by_loop: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Airspace] = (
            weakref.WeakKeyDictionary()
        )

    async def run(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return what the work returns, whichever task asked for it first.

        Raises:
            RefreshTimeoutError: What another task asked for took too long.
            ConfigurationError: The work itself asks for what it is to bring.
        """
        while True:
            waits = self.in_flight(key)
            task = self.start(key, work)
            await self._wait(key, task, self.longest_wait if waits else None)
            if not waits:
                return task.result()
            if not task.cancelled():  # else: nobody cancelled this waiter
                return _result_again(task)

    async def run_apart(
        self, key: Hashable, work: Callable[[], Coroutine[Any, Any, T]], longest: float
    ) -> T:
        """Return what the work returns; it is done in a task of its own, whoever gives up.

        Raises:
            RefreshTimeoutError: It took longer than `longest` seconds, and goes on.
            ConfigurationError: The work itself asks for what it is to bring.
        """
        task = self.start(key, work)
        await self._wait(key, task, longest)
        if task.cancelled():  # nobody cancelled this waiter
            task = self.start(key, work)
            await self._wait(key, task, longest)
        return _result_again(task)

    def start(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, T]]) -> asyncio.Task[T]:
        """Return the flight's task, started where there is none."""
        loop = asyncio.get_running_loop()
        flights = self._by_loop.setdefault(loop, {})
        if key in flights:
            return flights[key][0]
        task = loop.create_task(work(), context=contextvars.Context())
        flights[key] = task, loop.time()
        task.add_done_callback(lambda done: self._landed(flights, key, done))
        return task

    def in_flight(self, key: Hashable) -> bool:
        return key in self._by_loop.get(asyncio.get_running_loop(), ())

    async def _wait(self, key: Hashable, task: asyncio.Task[Any], longest: float | None) -> None:
        if task is asyncio.current_task():
            raise asked_from_within()
        # Unlike awaiting the task, this leaves it alone when the waiter is cancelled.
        await asyncio.wait((task,), timeout=longest and max(0.0, longest))
        if not task.done():
            loop = asyncio.get_running_loop()
            flights = self._by_loop[loop]
            if key in flights and loop.time() - flights[key][1] >= self.longest_wait:
                self._forget(flights, key, task)
            raise took_too_long(longest or 0.0)

    def _landed(self, flights: Airspace, key: Hashable, task: asyncio.Task[Any]) -> None:
        self._forget(flights, key, task)
        if not task.cancelled():
            task.exception()  # mark it as seen: every waiter may have been cancelled

    @staticmethod
    def _forget(flights: Airspace, key: Hashable, task: asyncio.Task[Any]) -> None:
        if key in flights and flights[key][0] is task:
            del flights[key]


def _result_again(task: asyncio.Task[T]) -> T:
    error = task.exception()
    if isinstance(error, CognitoCredentialsError):
        raise again(error) from error
    return task.result()
