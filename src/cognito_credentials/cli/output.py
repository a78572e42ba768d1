"""Text for people: coloured on a terminal, plain everywhere else."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["Output"]


class Output:
    """Writes lines to a stream; colour only on a terminal, and not where NO_COLOR is set."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._has_colour = stream.isatty() and not os.environ.get("NO_COLOR")

    def line(self, text: str = "") -> None:
        """Write a line, to be seen at once."""
        self.stream.write(f"{text}\n")
        self.stream.flush()

    def good(self, text: str) -> str:
        """Return the text as what is right looks."""
        return self._coloured(text, 32)

    def bad(self, text: str) -> str:
        """Return the text as what is wrong looks."""
        return self._coloured(text, 31)

    def dim(self, text: str) -> str:
        """Return the text as what matters less looks."""
        return self._coloured(text, 2)

    def _coloured(self, text: str, code: int) -> str:
        return f"\033[{code}m{text}\033[0m" if self._has_colour else text
