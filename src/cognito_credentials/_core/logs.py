"""What the package tells while it works: its log, and what it waits for.

It costs nothing until somebody looks. Importing `logging` takes as long as all of this package, so
that it is only used for a debug line when the program has imported it already. No handler is
installed: a warning reaches standard error unless the program says otherwise. What is told names
operations, addresses, codes and ids, never a value that a user or the service gave.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol, Self

    class Watcher(Protocol):
        """Whoever shows what is waited for; a line on the terminal, where the command has one."""

        def begin(self, wait: Wait, /) -> None: ...

        def end(self, wait: Wait, /) -> None: ...

        def make_room(self) -> None:
            """Let something else be written where the wait is shown."""


NAME = "cognito_credentials"

watchers: list[Watcher] = []  # one at most, as a rule none


class Wait:
    """Something that may take long, while the block runs: "waiting for" and this text."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __enter__(self) -> Self:
        for watcher in watchers:
            watcher.begin(self)
        return self

    def __exit__(self, *_: object) -> None:
        for watcher in watchers:
            watcher.end(self)


def make_room() -> None:
    """Let something else be written where a wait is shown."""
    for watcher in watchers:
        watcher.make_room()


def debug(text: str, *arguments: object) -> None:
    logging = sys.modules.get("logging")
    if logging is not None:
        logging.getLogger(NAME).debug(text, *arguments)


def warning(text: str, *arguments: object) -> None:
    import logging

    make_room()
    logging.getLogger(NAME).warning(text, *arguments)
