"""One line on the terminal that says what is waited for, as soon as that takes long.

`logs.Wait` is where the library waits; here it is shown: after two seconds, with the seconds that
it has taken (first: a long address is cut), written over itself and wiped at the end. Nothing is
shown where standard error is no terminal, since a program may be keeping it, and nothing of what
other threads wait for: the terminal may be the program's that `exec` runs.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import contextmanager, suppress

from cognito_credentials._core import logs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import TextIO

__all__ = ["Progress", "shown"]

AFTER = 2.0  # seconds
BETWEEN_LOOKS = 0.2
WIPED = "\r\033[K"


@contextmanager
def shown() -> Generator[None]:
    """Show what is waited for while the block runs, if there is a terminal to show it on."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield
        return
    progress = Progress(sys.stderr)
    logs.watchers.append(progress)
    try:
        yield
    finally:
        logs.watchers.remove(progress)
        progress.close()


class Progress:
    """Shows the innermost of the waits that have become long. A thread looks while there is one."""

    def __init__(self, stream: TextIO, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._lock = threading.Lock()
        self._waits: list[tuple[logs.Wait, float]] = []
        self._over = threading.Event()
        self._line = ""

    def begin(self, wait: logs.Wait, /) -> None:
        """Note that something is waited for."""
        if threading.current_thread() is not threading.main_thread():
            return
        with self._lock:
            self._waits.append((wait, self._clock()))
            if len(self._waits) > 1:
                return
            self._over = threading.Event()
        threading.Thread(target=self._work, args=(self._over,), daemon=True).start()

    def end(self, wait: logs.Wait, /) -> None:
        """Note that it is there, or will not come."""
        with self._lock:
            self._waits = [entry for entry in self._waits if entry[0] is not wait]
            if not self._waits:
                self._over.set()
            self._write("")

    def make_room(self) -> None:
        """Wipe the line, for something else to be written; it comes back below that."""
        with self._lock:
            self._write("")

    def close(self) -> None:
        """Show nothing any more: a wait that was interrupted may not have ended."""
        with self._lock:
            self._waits = []
            self._over.set()
            self._write("")

    def look(self) -> None:
        """Show what is waited for at this moment, if it has become long."""
        with self._lock:
            now = self._clock()
            line = ""
            for wait, began in self._waits:
                if now - began >= AFTER:
                    line = f"{int(now - began)} s, waiting for {wait.text}"
            self._write(line)

    def _work(self, over: threading.Event) -> None:
        while not over.wait(BETWEEN_LOOKS):
            self.look()

    def _write(self, line: str) -> None:
        if line == self._line:
            return
        self._line = line
        columns = 80
        with suppress(OSError, ValueError):  # no size, or no terminal any more
            columns = os.get_terminal_size(self._stream.fileno()).columns or columns
        text = "".join(c if c.isprintable() else "?" for c in line)
        if len(text) >= columns:
            text = f"{text[: max(columns - 4, 0)]}..."
        encoding = self._stream.encoding or "ascii"
        with suppress(OSError, ValueError):
            self._stream.write(WIPED + text.encode(encoding, "replace").decode(encoding))
            self._stream.flush()
