"""Handler that writes the library's log records as lines that fit the terminal."""

from __future__ import annotations

import copy
import logging
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cognito_credentials._core import logs
from cognito_credentials._external_text import printable
from cognito_credentials.cli.terminal.writing import write_line

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import TextIO

__all__ = ["LineHandler", "show_warnings"]


class LineHandler(logging.Handler):
    """Handler that writes each record as one line, and any traceback on separate lines.

    Args:
        stream: Stream to write to; None for `sys.stderr` at the time of each record.
        indent: Indentation of the continuation lines if a line is too long for the terminal.
    """

    def __init__(self, stream: TextIO | None = None, *, indent: int = 0) -> None:
        super().__init__()
        self._stream = stream
        self._indent = indent

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        logs.clear_wait_display()
        try:
            for line in self.format(record).split("\n"):
                write_line(self._stream or sys.stderr, line, indent=self._indent)
        except (OSError, ValueError):  # The stream is closed.
            self.handleError(record)

    def format(self, record: logging.LogRecord) -> str:
        """Format a record, with its message on one line."""
        record = copy.copy(record)
        record.msg, record.args = printable(record.getMessage()), None
        return super().format(record)


@contextmanager
def show_warnings() -> Generator[None]:
    """Write the library's warnings to standard error while the block runs."""
    handler = LineHandler()
    handler.setLevel(logging.WARNING)
    logger = logging.getLogger(logs.NAME)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
