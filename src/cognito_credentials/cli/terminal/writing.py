"""Functions that write to the command's standard output and standard error.

Output for people may contain external text, such as a service's message, a claim or a path. Control
characters are escaped, so that such text cannot end or erase the line. On a terminal, long lines
are wrapped. Machine-readable documents are written unchanged, because their formats already escape
such text.
"""

from __future__ import annotations

import sys

from cognito_credentials._external_text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

__all__ = ["write_document", "write_line", "write_lines", "write_prompt"]


def write_line(stream: TextIO, text: str = "", *, indent: int | None = None) -> None:
    """Write a line for people, and flush the stream.

    Args:
        stream: The stream.
        text: The text.
        indent: Indentation of the continuation lines if the text is wrapped; see `layout.wrap`.
    """
    write_lines(stream, _wrap(stream, printable(text), indent))


def write_prompt(stream: TextIO, text: str) -> None:
    """Write a prompt without a trailing newline, so that the user types on the same line."""
    _write(stream, "\n".join(_wrap(stream, printable(text), None)))


def write_lines(stream: TextIO, lines: Iterable[str]) -> None:
    """Write lines that are already printable, and flush the stream."""
    _write(stream, "".join(f"{line}\n" for line in lines))


def write_document(text: str) -> None:
    """Write a machine-readable document to standard output, followed by a line break."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _wrap(stream: TextIO, text: str, indent: int | None) -> list[str]:
    if not stream.isatty():
        return [text]
    from cognito_credentials.cli.terminal.layout import terminal_width, wrap

    return wrap(text, terminal_width(stream), indent)


def _write(stream: TextIO, text: str) -> None:
    # Characters that the stream cannot encode are replaced with `?`.
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding))
    stream.flush()
