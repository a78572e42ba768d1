"""Progress line on the terminal, which shows what the command is waiting for.

The line appears once a wait has lasted two seconds, begins with the elapsed seconds, and is erased
when the wait ends. No line is shown if standard error is not a terminal, because a program may be
recording the output. Waits in other threads are not shown, because the program that `exec` runs may
be using the terminal.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import contextmanager, suppress

from cognito_credentials._core import logs
from cognito_credentials._external_text import printable
from cognito_credentials.cli.terminal.layout import shorten, terminal_width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import TextIO

__all__ = ["ProgressLine", "show_waits"]

DELAY_SECONDS = 2.0
UPDATE_INTERVAL_SECONDS = 0.2
DEFAULT_COLUMNS = 80
ERASE_LINE = "\r\033[K"


@contextmanager
def show_waits() -> Generator[None]:
    """Show a progress line during waits within the block, if standard error is a terminal."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield
        return
    logs.wait_display = line = ProgressLine(sys.stderr)
    try:
        yield
    finally:
        logs.wait_display = None
        line.close()


class ProgressLine:
    """`WaitDisplay` that shows the innermost wait once it has lasted two seconds.

    A thread updates the line while there are waits.
    """

    def __init__(self, stream: TextIO, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._lock = threading.Lock()
        # The waits in progress, with their start times.
        self._waits: list[tuple[logs.Wait, float]] = []
        self._stopped = threading.Event()
        self._text = ""

    def begin(self, wait: logs.Wait, /) -> None:
        """Start tracking a wait of the main thread."""
        if threading.current_thread() is not threading.main_thread():
            return
        with self._lock:
            self._waits.append((wait, self._clock()))
            if len(self._waits) > 1:
                return
            self._stopped = threading.Event()
        threading.Thread(target=self._run, args=(self._stopped,), daemon=True).start()

    def end(self, wait: logs.Wait, /) -> None:
        """Stop tracking a wait, and erase the line."""
        with self._lock:
            self._waits = [entry for entry in self._waits if entry[0] is not wait]
            if not self._waits:
                self._stopped.set()
            self._write("")

    def clear(self) -> None:
        """Erase the line before other text is written; the next update shows the line again."""
        with self._lock:
            self._write("")

    def close(self) -> None:
        """Erase the line and discard all waits, including waits that an interrupt left open."""
        with self._lock:
            self._waits = []
            self._stopped.set()
            self._write("")

    def update(self) -> None:
        """Show the innermost wait that has lasted two seconds."""
        with self._lock:
            now = self._clock()
            text = ""
            for wait, began_at in self._waits:
                elapsed = now - began_at
                if elapsed >= DELAY_SECONDS:
                    text = f"{int(elapsed)} s, waiting for {wait.text}"
            self._write(text)

    def _run(self, stopped: threading.Event) -> None:
        while not stopped.wait(UPDATE_INTERVAL_SECONDS):
            self.update()

    def _write(self, text: str) -> None:
        if text == self._text:
            return
        self._text = text
        with suppress(OSError, ValueError):  # The terminal may have been closed.
            # Use the actual size even if COLUMNS is set, because only one line of the terminal is
            # erased.
            columns = terminal_width(self._stream, {}) or DEFAULT_COLUMNS
            text = shorten(printable(text), columns - 1)
            encoding = self._stream.encoding or "ascii"
            self._stream.write(ERASE_LINE + text.encode(encoding, "replace").decode(encoding))
            self._stream.flush()
