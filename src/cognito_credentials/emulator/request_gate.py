"""A gate that lets requests pass at the same time, and stops them while the account is replaced."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator


class RequestGate:
    """Context manager for requests. No request starts within `exclusive`. Thread-safe."""

    def __init__(self) -> None:
        self._running = 0
        self._is_closed = False
        # Requests acquire this lock directly, because a lock is faster than a condition.
        self._lock = threading.Lock()
        self._condition = threading.Condition(self._lock)
        self._exclusive = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            while self._is_closed:
                self._condition.wait()
            self._running += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._running -= 1
            if self._is_closed:
                self._condition.notify_all()

    @contextlib.contextmanager
    def exclusive(self, *, timeout: float) -> Generator[None]:
        """Wait for the running requests, and make later requests wait until the block ends.

        Args:
            timeout: The maximum wait, in seconds. A running request may itself wait for a later
                request, for example if a function that verifies login tokens sends a request.
        """
        with self._exclusive:
            with self._condition:
                self._is_closed = True
                self._condition.wait_for(lambda: not self._running, timeout)
            try:
                yield
            finally:
                with self._condition:
                    self._is_closed = False
                    self._condition.notify_all()
