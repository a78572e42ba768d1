"""Layout of text to fit the width of a terminal, with line breaks between words.

A word is divided only if it is longer than a whole line. Text may contain color codes, which take no
space. Output that is not written to a terminal has no width, and its lines are never divided.
"""

from __future__ import annotations

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TextIO

__all__ = [
    "COLUMN_GAP",
    "NARROW_INDENT",
    "label_lines",
    "record_lines",
    "shorten",
    "terminal_width",
    "text_width",
    "wrap",
]

COLOR = re.compile(r"\033\[(?:32|31|2|0)m")
NARROW_INDENT = 2  # This indent is used if a word does not fit in the usual column.
COLUMN_GAP = "  "
_WORD = re.compile(r"( *)([(]?`[^`]+`[^ ]*|[^ ]+)")
ELLIPSIS = "..."
MAX_COLUMNS_DIGITS = 5


def terminal_width(stream: TextIO, environment: Mapping[str, str] = os.environ) -> int | None:
    """Return the number of columns of a terminal; None if the size is unknown or unlimited.

    The variable COLUMNS takes precedence over the size that the terminal reports.
    """
    if not stream.isatty():
        return None
    columns = environment.get("COLUMNS", "")
    if columns.isdecimal() and len(columns) <= MAX_COLUMNS_DIGITS and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError):  # The stream has no descriptor, or the terminal has been closed.
        return None


def text_width(text: str) -> int:
    """Return the number of columns that the text occupies on a terminal."""
    text = COLOR.sub("", text)
    return len(text) if text.isascii() else sum(map(_character_width, text))


def _character_width(character: str) -> int:
    import unicodedata

    # Characters of these categories are combined with the preceding character.
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def wrap(text: str, width: int | None, indent: int | None = None) -> list[str]:
    """Split text into lines of this width.

    Args:
        text: The text; its leading spaces are preserved.
        width: Number of columns; None if there is no limit.
        indent: Indentation of all lines but the first; by default, the indentation of the first
            line, or of the text after its bullet. If a word would not fit, the lines are indented
            less.
    """
    if width is None or text_width(text) <= width:
        return [text]
    body = text.lstrip(" ")
    leading = len(text) - len(body)
    if indent is None:
        indent = leading + 2 * COLOR.sub("", body).startswith("- ")
    words = _split(body, width)
    if any(size > width - indent for _, _, size in words):
        indent = min(indent, NARROW_INDENT)
    lines: list[str] = []
    line, used = " " * leading, leading
    for gap, word, size in words:
        if line.strip(" ") and used + len(gap) + size > width:
            lines.append(line)
            used = min(indent, max(0, width - size))
            line, gap = " " * used, ""  # noqa: PLW2901 - a line begins without a gap
        line += gap + word
        used += len(gap) + size
    return [*lines, line]


def _split(text: str, width: int) -> list[tuple[str, str, int]]:
    """Return the words of the text, each with the spaces that precede it and with its width.

    Text between backticks, often a command to copy, is treated as one word if it fits on a line.
    """
    words: list[tuple[str, str, int]] = []
    # Without rstrip, the pattern would take quadratic time for many trailing spaces.
    for gap, word in _WORD.findall(text.rstrip(" ")):
        size = text_width(word)
        if word.startswith("`") and size > width - NARROW_INDENT:
            words += [
                (gap if i == 0 else " ", part, text_width(part))
                for i, part in enumerate(word.split(" "))
            ]
        else:
            words.append((gap, word, size))
    return words


def label_lines(label: str, texts: Sequence[str], width: int | None, column: int) -> list[str]:
    """Return the lines for a label and its paragraphs; each paragraph starts a line at `column`.

    If a word does not fit beside the label, all paragraphs are placed below the label.
    """
    label_width = text_width(label)
    is_beside = width is None or label_width < column
    if width is not None:
        words = (word for text in texts for word in _split(text, width))
        if any(size > width - column for _, _, size in words):
            is_beside, column = False, NARROW_INDENT
    lines = [line for text in texts for line in _indent(text, width, column)]
    if not is_beside:
        return [label, *lines]
    lines[0] = label + " " * max(column - label_width, 1) + lines[0].lstrip(" ")
    return [line.rstrip(" ") for line in lines]


def _indent(text: str, width: int | None, column: int) -> list[str]:
    inner = len(text) - len(text.lstrip(" "))
    hanging = column + inner + (NARROW_INDENT if inner else 0)
    return wrap(" " * column + text, width, hanging)


def record_lines(rows: Sequence[Sequence[str]], width: int | None) -> list[str]:
    """Return the lines for rows that each consist of a label and further cells."""
    labels = [text_width(label) for label, *_ in rows]
    if width is not None:
        # A longer label is on a separate line, so it does not affect the column of the paragraphs.
        labels = [label for label in labels if label <= width // 2]
    column = max(labels, default=0) + len(COLUMN_GAP)
    return [
        line
        for label, *cells in rows
        for line in label_lines(label, [COLUMN_GAP.join(cells)], width, column)
    ]


def shorten(text: str, width: int) -> str:
    """Truncate text to a single line of at most `width` columns, between words if possible."""
    if text_width(text) <= width:
        return text
    room = max(width - len(ELLIPSIS), 0)
    cut = text[:room]
    while text_width(cut) > room:
        cut = cut[:-1]
    # Start of the word in which the text is truncated.
    start = text.rfind(" ", 0, len(cut) + 1) + 1
    word = text[start:].partition(" ")[0]
    return f"{cut if text_width(word) > room else text[:start].rstrip(' ')}{ELLIPSIS}"
