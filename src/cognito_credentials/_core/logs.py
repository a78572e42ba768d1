"""The library's logging, and the display of operations that the library is waiting for.

Importing `logging` takes as long as importing the rest of this package, so debug records are
created only if the program has already imported `logging`. The library installs no handler, so
Python writes warnings to standard error unless the program configures logging. Log records and
waits contain names, addresses, error codes and IDs, including user identifiers, but no login tokens
and no credentials.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from logging import Logger
    from typing import Protocol, Self

    class WaitDisplay(Protocol):
        """Display of the operations that the library waits for; implemented by the command."""

        def begin(self, wait: Wait, /) -> None:
            """Add a wait."""

        def end(self, wait: Wait, /) -> None:
            """Remove a wait."""

        def clear(self) -> None:
            """Clear the display before other text is written."""


NAME = "cognito_credentials"
DEBUG = 10  # The value of `logging.DEBUG`.

_logger: Logger | None = None

wait_display: WaitDisplay | None = None  # The command sets this while a subcommand runs.


class Wait:
    """Context manager for a potentially slow operation; displayed as "waiting for `text`"."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text: str = text

    def __enter__(self) -> Self:
        if wait_display is not None:
            wait_display.begin(self)
        return self

    def __exit__(self, *_: object) -> None:
        if wait_display is not None:
            wait_display.end(self)


def clear_wait_display() -> None:
    """Clear the display of waits, if there is one, before other text is written."""
    if wait_display is not None:
        wait_display.clear()


def debug(text: str, *arguments: object) -> None:
    """Log a debug record, if the program has imported `logging`."""
    if _logger is None and "logging" not in sys.modules:
        return
    logger = _logger or _find_logger()
    if logger.getEffectiveLevel() <= DEBUG:  # Unlike `isEnabledFor`, this method acquires no lock.
        logger.debug(text, *map(_printable, arguments))


def warning(text: str, *arguments: object) -> None:
    """Log a warning."""
    clear_wait_display()
    (_logger or _find_logger()).warning(text, *map(_printable, arguments))


def _find_logger() -> Logger:
    """Look up the logger; each process does so once.

    `logging.getLogger` acquires a process-wide lock, which would stay locked if a signal handler
    raised an exception.
    """
    global _logger  # noqa: PLW0603
    import logging

    _logger = logging.getLogger(NAME)
    return _logger


def _printable(argument: object) -> object:
    """Return a log argument without control characters, so that it cannot forge a log line."""
    if isinstance(argument, int | float):
        return argument
    from cognito_credentials._external_text import printable

    return printable(str(argument))
