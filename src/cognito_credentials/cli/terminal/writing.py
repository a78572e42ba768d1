"""The ways in which the command writes to its standard output and standard error.

Text for people may contain text from elsewhere: a message from a service, a claim, a path. It is
written as a single line that no such text can end, erase or continue. A terminal shows the line as
several lines if it is too long, which break between words. Documents for programs are written
unchanged; their formats escape what they contain.
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
        indent: Indentation if the text continues on another line of the terminal; see `layout.wrap`.
    """
    write_lines(stream, _wrap(stream, printable(text), indent))


def write_prompt(stream: TextIO, text: str) -> None:
    """Write a question for people, after which the response is typed."""
    _write(stream, "\n".join(_wrap(stream, printable(text), None)))


def write_lines(stream: TextIO, lines: Iterable[str]) -> None:
    """Write lines that are already printable, and flush the stream."""
    _write(stream, "".join(f"{line}\n" for line in lines))


def write_document(text: str) -> None:
    """Write a document for programs to standard output, followed by a line break."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _wrap(stream: TextIO, text: str, indent: int | None) -> list[str]:
    if not stream.isatty():
        return [text]
    from cognito_credentials.cli.terminal.layout import terminal_width, wrap

    return wrap(text, terminal_width(stream), indent)


def _write(stream: TextIO, text: str) -> None:
    # Characters that the stream cannot encode are replaced by `?`.
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding))
    stream.flush()
