"""Text for people: aligned, coloured on a terminal, and plain where a program or a file reads it."""

from __future__ import annotations

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TextIO

__all__ = ["Output", "duration", "without_user"]

GOOD, BAD, DIM, PLAIN = "\033[32m", "\033[31m", "\033[2m", "\033[0m"
_OURS = re.compile(r"\033\[(?:32|31|2|0)m")
# Names and claims are others' text: one must not clear the screen, or write over another line.
_CONTROLS = re.compile(
    rf"(?!{_OURS.pattern})[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
)
_USER = re.compile(r"//[^/\s]*@")
_SPACES = str.maketrans("\n\t", "  ")


class Output:
    """Write lines and tables to a stream, in colour where it is a terminal.

    The variable NO_COLOR, with any text, takes the colour away, as does TERM=dumb.
    """

    def __init__(self, stream: TextIO, environment: Mapping[str, str] = os.environ) -> None:
        self.stream = stream
        self.is_coloured = (
            stream.isatty()
            and not environment.get("NO_COLOR")
            and environment.get("TERM") != "dumb"
        )

    def line(self, text: str = "") -> None:
        """Write a line, or several, to be seen at once."""
        self.stream.write(f"{self._shown(text)}\n")
        self.stream.flush()

    def table(self, rows: Iterable[Sequence[str]], *, header: Sequence[str] = ()) -> None:
        """Write rows of texts, one below the other; `header` names the columns."""
        shown = [[self._shown(cell).translate(_SPACES) for cell in row] for row in rows]
        if header:
            shown.insert(0, [self.dim(name) for name in header])
        if not shown:
            return
        count = max(map(len, shown))
        widths = [max(_width(row[i]) for row in shown if i < len(row)) for i in range(count)]
        for row in shown:
            cells = (cell + " " * (widths[i] - _width(cell)) for i, cell in enumerate(row))
            self.stream.write("  ".join(cells).rstrip() + "\n")

    def good(self, text: str) -> str:
        """Return the text as good news looks."""
        return self._painted(GOOD, text)

    def bad(self, text: str) -> str:
        """Return the text as bad news looks."""
        return self._painted(BAD, text)

    def dim(self, text: str) -> str:
        """Return the text as what matters less looks."""
        return self._painted(DIM, text)

    def _painted(self, colour: str, text: str) -> str:
        return f"{colour}{text}{PLAIN}" if self.is_coloured else text

    def _shown(self, text: str) -> str:
        """Return the text without what would steer the terminal, and what it cannot write."""
        text = _CONTROLS.sub("?", text if self.is_coloured else _OURS.sub("", text))
        encoding = getattr(self.stream, "encoding", None) or "utf-8"
        return text.encode(encoding, "replace").decode(encoding)


def duration(seconds: float) -> str:
    """Return a time span as a person reads it, in its two largest units."""
    if seconds <= 0:
        return "over"
    rest, parts = int(seconds), list[str]()
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        number, rest = divmod(rest, size)
        if number:
            parts.append(f"{number} {unit}")
    return " ".join(parts[:2]) or "less than 1 s"


def without_user(text: str) -> str:
    """Return a text without whom an address in it is asked as, perhaps with a password."""
    return _USER.sub("//…@", text)


def _width(text: str) -> int:
    return len(_OURS.sub("", text))
