"""Output for people: aligned, and in color only on a terminal."""

from __future__ import annotations

import os
import re

from cognito_credentials._external_text import printable
from cognito_credentials.cli.terminal.layout import (
    COLUMN_GAP,
    NARROW_INDENT,
    label_lines,
    record_lines,
    terminal_width,
    text_width,
    wrap,
)
from cognito_credentials.cli.terminal.writing import write_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TextIO

__all__ = ["Output", "format_duration", "redact_user_info"]

GREEN, RED, DIM, RESET = "32", "31", "2", "0"
# This pattern matches a user name and a password in a URL, or at the beginning of a URL without a
# scheme.
_USER_INFO = re.compile(r"(//)[^/\s]*@|^[^/\s:]+:[^/\s]*@")


class Output:
    """Writer of lines and tables, in color if the stream is a terminal.

    On a terminal, the output fits the width of the terminal. Color is disabled if NO_COLOR is not
    empty, or if TERM is `dumb`. Control characters are escaped, so that external text can neither
    end nor erase a line. Characters that the stream cannot encode are replaced with `?`.
    """

    def __init__(self, stream: TextIO, environment: Mapping[str, str] = os.environ) -> None:
        self.stream = stream
        self._environment = environment
        self.is_colored: bool = (
            stream.isatty()
            and not environment.get("NO_COLOR")
            and environment.get("TERM") != "dumb"
        )
        # This mark stands for each change of color until the text is written. The mark is random,
        # so external text cannot contain it.
        self._color_mark = f"\033{os.urandom(8).hex()}:"

    @property
    def width(self) -> int | None:
        """Number of columns of the terminal; None if lines have no limit."""
        return terminal_width(self.stream, self._environment)

    def line(self, text: str = "", *, indent: int | None = None) -> None:
        """Write a line, wrapped to the width of the terminal; see `layout.wrap`."""
        write_lines(self.stream, wrap(self._render(text), self.width, indent))

    def item(self, label: str, *texts: str, column: int) -> None:
        """Write a label, with paragraphs beside it; each paragraph begins a line at `column`."""
        lines = label_lines(
            self._render(label), [self._render(text) for text in texts], self.width, column
        )
        write_lines(self.stream, lines)

    def table(self, rows: Iterable[Sequence[str]], *, header: Sequence[str] = ()) -> None:
        """Write rows of cells in aligned columns, with an optional header row.

        If a table with a header is wider than the terminal, each row becomes a block of lines, one
        for each cell, with the column name as the label, and an empty line at the end. If a table
        without a header is wider, the first cell of each row becomes the label for the other cells.
        """
        lines = [[self._render(cell) for cell in row] for row in rows]
        names = [self._render(self.dim(name)) for name in header]
        aligned = _align([names, *lines] if header else lines)
        width = self.width
        if width is None or max(map(text_width, aligned), default=0) <= width:
            write_lines(self.stream, aligned)
        elif not header:
            write_lines(self.stream, record_lines(lines, width))
        else:
            for row in lines:
                cells = [(name, cell) for name, cell in zip(names, row, strict=False) if cell]
                write_lines(self.stream, [*record_lines(cells, width), ""])

    def error(self, program: str, message: str, step: str, url: str = "") -> None:
        """Write an error message, the next step in the color of success, and a URL if there is one."""
        self.line(f"{self.bad(f'{program}:')} {message}", indent=2)
        self.item(self.good("Next:"), self.good(step), column=len("Next: "))
        if url:
            self.link(url)

    def link(self, url: str, *, column: int = 0) -> None:
        """Write a URL on a separate line, in `column`, or further left if it would not fit."""
        if self.width is not None and column + len(url) > self.width:
            column = min(column, NARROW_INDENT)
        self.line(" " * column + self.dim(url))

    def good(self, text: str) -> str:
        """Return the text in green, the color of success."""
        return self._colorize(GREEN, text)

    def bad(self, text: str) -> str:
        """Return the text in red, the color of failure."""
        return self._colorize(RED, text)

    def dim(self, text: str) -> str:
        """Return the text in the color of secondary information."""
        return self._colorize(DIM, text)

    def _colorize(self, color: str, text: str) -> str:
        if not self.is_colored:
            return text
        return f"{self._color_mark}{color}m{text}{self._color_mark}{RESET}m"

    def _render(self, text: str) -> str:
        """Return the text in printable form, with color codes instead of the color marks."""
        plain, *colored = text.split(self._color_mark)
        parts = [printable(plain)]
        for part in colored:
            color, _, rest = part.partition("m")
            parts += f"\033[{color}m", printable(rest)
        return "".join(parts)


def format_duration(seconds: float) -> str:
    """Return a duration in its two largest units, for example "1 h 5 min"."""
    if seconds <= 0:
        return "expired"
    rest, parts = int(seconds), list[str]()
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        number, rest = divmod(rest, size)
        if number:
            parts.append(f"{number} {unit}")
    return " ".join(parts[:2]) or "less than 1 s"


def redact_user_info(text: str) -> str:
    """Return the text without the user names and passwords in its URLs."""
    return _USER_INFO.sub(r"\1…@", text)


def _align(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a line for each row, with cells in columns."""
    count = max(map(len, rows), default=0)
    widths = [max(text_width(row[i]) for row in rows if i < len(row)) for i in range(count)]
    return [
        COLUMN_GAP.join(
            cell + " " * (widths[i] - text_width(cell)) for i, cell in enumerate(row)
        ).rstrip()
        for row in rows
    ]
