"""Functions that read files and pipes with a size limit and a time limit."""

from __future__ import annotations

import os
import stat
import time

from cognito_credentials._external_text import HiddenBytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    import selectors
    from collections.abc import Callable

__all__ = ["CHUNK_BYTES", "PipeReader", "TimeLimitError", "TooLongError", "read_file"]

CHUNK_BYTES = 64 * 1024
# Interval for checking whether a command has exited. The command's pipes may remain open, because a
# process that the command left behind may have inherited them.
EXIT_POLL_INTERVAL_SECONDS = 0.05


class TooLongError(Exception):
    """The content exceeds the size limit."""


class TimeLimitError(Exception):
    """The end of the content was not reached within the time limit."""


def read_file(path: str, *, max_bytes: int, timeout: float) -> bytes:
    """Return the content of a file, or all data from a pipe until its end.

    `timeout`, in seconds, applies only to files that are not regular files, such as named pipes,
    and is ignored on Windows.

    Raises:
        TooLongError: If the content exceeds `max_bytes`.
        TimeLimitError: If a pipe has no writer, or its writer does not close it in time.
        OSError: If the file cannot be read.
    """
    # Without O_NONBLOCK, opening a pipe would block until a writer opens it.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    try:
        # Windows cannot poll pipes, and cannot open pipes as files.
        if stat.S_ISREG(os.fstat(descriptor).st_mode) or os.name == "nt":
            return HiddenBytes(_read_regular(descriptor, max_bytes))
        reader = PipeReader(time.monotonic() + timeout)
        content = reader.collect(descriptor, max_bytes)
        reader.read()
        return HiddenBytes(content)
    finally:
        os.close(descriptor)


def _read_regular(descriptor: int, max_bytes: int) -> bytes:
    content = bytearray()
    while chunk := os.read(descriptor, CHUNK_BYTES):
        content += chunk
        if len(content) > max_bytes:
            raise TooLongError
    return bytes(content)


class PipeReader:
    """Reader for several pipes at once, until all pipes have ended or a deadline has passed."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.consumers: dict[int, Callable[[bytes], object]] = {}
        self._collected: set[int] = set()

    def collect(self, descriptor: int, max_bytes: int) -> bytearray:
        """Return a buffer that `read` fills from a pipe."""
        content = bytearray()

        def consume(chunk: bytes) -> None:
            content.extend(chunk)
            if len(content) > max_bytes:
                raise TooLongError

        self.consumers[descriptor] = consume
        self._collected.add(descriptor)
        return content

    def read(self, has_exited: Callable[[], bool] = lambda: False) -> None:
        """Pass data to the consumers as it arrives; stop when the writer has exited.

        Raises:
            TimeLimitError: If the deadline has passed.
            TooLongError: If a pipe contains more data than the `max_bytes` that were passed to
                `collect`.
        """
        with _new_selector() as selector:
            for descriptor in self.consumers:
                selector.register(descriptor, 1)  # The value of `selectors.EVENT_READ`.
            while selector.get_map():
                remaining = self.deadline - time.monotonic()
                if remaining <= 0:
                    raise TimeLimitError
                # Check before `select`, so that output that was written just before the exit is
                # still read.
                exited = has_exited()
                ready = {
                    key.fd for key, _ in selector.select(min(remaining, EXIT_POLL_INTERVAL_SECONDS))
                }
                for descriptor in ready:
                    if chunk := os.read(descriptor, CHUNK_BYTES):
                        self.consumers[descriptor](chunk)
                    else:
                        selector.unregister(descriptor)
                if exited and not ready & self._collected:
                    return


def _new_selector() -> selectors.BaseSelector:
    import selectors

    # select() does not accept descriptors above 1023, but a busy server may have more descriptors.
    return getattr(selectors, "PollSelector", selectors.SelectSelector)()
