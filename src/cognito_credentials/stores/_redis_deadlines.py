"""Deadlines for whole calls to a Redis server, including the connection, TLS and the response.

The timeouts of redis-py apply to each read: a server that sends one byte at a time could block a
caller indefinitely.
"""

from __future__ import annotations

import threading
import time
from contextlib import asynccontextmanager, contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from typing import Any

# The smallest timeout of a socket: zero would make it non-blocking.
MIN_SOCKET_TIMEOUT_SECONDS = 0.001
DEADLINE_STEPS = 10


class _Current(threading.local):
    """Deadline of this thread's current call, on the monotonic clock."""

    ends_at: float | None = None


_current = _Current()


@contextmanager
def deadline(seconds: float | None) -> Generator[None]:
    """Set a deadline, `seconds` from now, for this thread's connections; None sets no deadline."""
    former = _current.ends_at
    _current.ends_at = None if seconds is None else time.monotonic() + seconds
    try:
        yield
    finally:
        _current.ends_at = former


@asynccontextmanager
async def async_deadline(seconds: float) -> AsyncGenerator[None]:
    """Raise TimeoutError in the block after this many seconds.

    The deadline is measured in short steps, each of which begins only when the event loop runs.
    Most of the time during which the loop is blocked is therefore not counted, because a blocked
    loop cannot read the response.
    """
    import asyncio

    loop = asyncio.get_running_loop()
    remaining_steps = DEADLINE_STEPS
    handle: asyncio.TimerHandle | None = None

    def step() -> None:
        nonlocal remaining_steps, handle
        if remaining_steps:
            remaining_steps -= 1
            handle = loop.call_later(seconds / DEADLINE_STEPS, step)
        else:
            scope.reschedule(loop.time())

    async with asyncio.timeout(None) as scope:
        step()
        try:
            yield
        finally:
            if handle is not None:
                handle.cancel()


def limit(timeout: float | None) -> float | None:
    """Return a timeout in seconds, shortened so that it does not extend past the deadline."""
    # With a timeout of 0, redis-py only checks for pending bytes, so the timeout must remain 0.
    if _current.ends_at is None or timeout == 0:
        return timeout
    remaining = max(_current.ends_at - time.monotonic(), MIN_SOCKET_TIMEOUT_SECONDS)
    return remaining if timeout is None else min(timeout, remaining)


def check_deadline() -> None:
    """Raise TimeoutError if this thread's deadline has passed.

    The socket timeout applies to each read, so it does not end a call while the server keeps
    sending bytes.
    """
    if _current.ends_at is not None and time.monotonic() >= _current.ends_at:
        raise TimeoutError("timed out")


class DeadlineSocket:
    """Socket whose operations time out at the deadline.

    Python itself limits the total time of `sendall` and of a TLS handshake.
    """

    def __init__(self, connected: Any, timeout: float | None) -> None:
        self._socket = connected
        self._timeout: float | None = timeout

    def settimeout(self, timeout: float | None) -> None:
        self._timeout = timeout
        self._socket.settimeout(timeout)

    def recv(self, *arguments: Any) -> Any:
        check_deadline()
        self._socket.settimeout(limit(self._timeout))
        return self._socket.recv(*arguments)

    def recv_into(self, *arguments: Any) -> Any:
        check_deadline()
        self._socket.settimeout(limit(self._timeout))
        return self._socket.recv_into(*arguments)

    def sendall(self, *arguments: Any) -> Any:
        self._socket.settimeout(limit(self._timeout))
        return self._socket.sendall(*arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)


class DeadlineConnection:
    """Base class for redis-py connections whose operations time out at the deadline.

    The timeouts are properties, because redis-py reads them again for each address of the server.
    """

    # redis-py sets these attributes; redis-py 6 and later also defines properties with these names.
    _socket_timeout: float | None
    _socket_connect_timeout: float | None

    def _connect(self) -> Any:
        connected: Any = super()._connect()  # type: ignore[misc] # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
        return DeadlineSocket(connected, self._socket_timeout)

    @property
    def socket_timeout(self) -> float | None:
        return limit(self._socket_timeout)

    @socket_timeout.setter
    def socket_timeout(self, seconds: float | None) -> None:
        self._socket_timeout = seconds

    @property
    def socket_connect_timeout(self) -> float | None:
        return limit(self._socket_connect_timeout)

    @socket_connect_timeout.setter
    def socket_connect_timeout(self, seconds: float | None) -> None:
        self._socket_connect_timeout = seconds


def with_deadline(connection_class: Any) -> Any:
    """Return a subclass of a connection class whose connections respect the deadline."""
    return type(connection_class.__name__, (DeadlineConnection, connection_class), {})
