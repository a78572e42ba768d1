"""Text for people: aligned, colored on a terminal, and plain elsewhere."""

from __future__ import annotations

import os
import re

from cognito_credentials._external_text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TextIO

__all__ = ["Output", "format_duration", "redact_user_info"]

GREEN, RED, DIM, RESET = "32", "31", "2", "0"
_COLOR = re.compile(r"\033\[(?:32|31|2|0)m")
# In a URL, or at the beginning of a URL without a scheme.
_USER_INFO = re.compile(r"(//)[^/\s]*@|^[^/\s:]+:[^/\s]*@")


class Output:
    """Writer of lines and tables to a stream, in color if it is a terminal.

    Color is disabled if NO_COLOR is not empty, or if TERM is `dumb`. Control characters are escaped,
    so that text from elsewhere can neither end nor erase a line. Characters that the stream cannot
    encode are replaced by `?`.
    """

    def __init__(self, stream: TextIO, environment: Mapping[str, str] = os.environ) -> None:
        self.stream = stream
        self.is_colored: bool = (
            stream.isatty()
            and not environment.get("NO_COLOR")
            and environment.get("TERM") != "dumb"
        )
        # Begins a color in a text until the text is written. Text from elsewhere cannot contain it.
        self._color_mark = f"\033{os.urandom(8).hex()}:"

    def line(self, text: str = "") -> None:
        """Write a line, and flush the stream."""
        self.stream.write(f"{self._render(text)}\n")
        self.stream.flush()

    def table(self, rows: Iterable[Sequence[str]], *, header: Sequence[str] = ()) -> None:
        """Write rows of cells in aligned columns, with an optional header row."""
        lines = [[self._render(cell) for cell in row] for row in rows]
        if header:
            lines.insert(0, [self._render(self.dim(name)) for name in header])
        if not lines:
            return
        count = max(map(len, lines))
        widths = [
            max(_visible_length(row[i]) for row in lines if i < len(row)) for i in range(count)
        ]
        for row in lines:
            cells = (cell + " " * (widths[i] - _visible_length(cell)) for i, cell in enumerate(row))
            self.stream.write("  ".join(cells).rstrip() + "\n")

    def good(self, text: str) -> str:
        """Return the text in the color of success."""
        return self._colorize(GREEN, text)

    def bad(self, text: str) -> str:
        """Return the text in the color of failure."""
        return self._colorize(RED, text)

    def dim(self, text: str) -> str:
        """Return the text in the color of secondary information."""
        return self._colorize(DIM, text)

    def _colorize(self, color: str, text: str) -> str:
        if not self.is_colored:
            return text
        return f"{self._color_mark}{color}m{text}{self._color_mark}{RESET}m"

    def _render(self, text: str) -> str:
        """Return a text as it is written: printable, with colors, in the encoding of the stream."""
        plain, *colored = text.split(self._color_mark)
        parts = [printable(plain)]
        for part in colored:
            color, _, rest = part.partition("m")
            parts += f"\033[{color}m", printable(rest)
        encoding = getattr(self.stream, "encoding", None) or "utf-8"
        return "".join(parts).encode(encoding, "replace").decode(encoding)


def format_duration(seconds: float) -> str:
    """Return a time span in its two largest units, for example "1 h 5 min"."""
    if seconds <= 0:
        return "expired"
    rest, parts = int(seconds), list[str]()
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        number, rest = divmod(rest, size)
        if number:
            parts.append(f"{number} {unit}")
    return " ".join(parts[:2]) or "less than 1 s"


def redact_user_info(text: str) -> str:
    """Return a text whose URLs contain no user name and no password."""
    return _USER_INFO.sub(r"\1…@", text)


def _visible_length(text: str) -> int:
    return len(_COLOR.sub("", text))
