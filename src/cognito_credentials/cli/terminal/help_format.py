"""Help formatter that fits the help to the width of the terminal."""

from __future__ import annotations

import argparse
import re
from itertools import groupby

from cognito_credentials.cli.terminal.layout import label_lines, wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["HelpFormatter"]

WIDE = 80  # On a terminal of at least this width, the help for an option is beside the option.
HELP_COLUMN, NARROW_HELP_COLUMN = 28, 8
CONTINUATION = " \\"  # In a shell, a backslash at the end of a line continues the command.
_DEFINITION = re.compile(r"(  \S+ {2,})(.+)")


class HelpFormatter(argparse.HelpFormatter):
    """Formatter that wraps paragraphs and preserves indented lines, such as commands.

    A command line that is too long continues after a backslash, so that it can be pasted into a shell.
    """

    def __init__(self, prog: str, *, width: int) -> None:
        column = HELP_COLUMN if width >= WIDE else NARROW_HELP_COLUMN
        super().__init__(prog, width=width, max_help_position=column)

    def _format_usage(self, usage: Any, actions: Any, groups: Any, prefix: Any) -> str:
        text = super()._format_usage(usage, actions, groups, prefix).rstrip("\n")
        lines = wrap(text, self._width, indent=len("usage: "))
        return "\n".join([*lines, "", ""])

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines: list[str] = []
        for is_indented, group in groupby(text.splitlines(), lambda line: line.startswith("  ")):
            if is_indented:
                lines += [part for line in group for part in _wrap_indented(line, width)]
                continue
            for is_blank, paragraph in groupby(group, lambda line: not line):
                lines += [""] if is_blank else wrap(" ".join(paragraph), width)
        return "\n".join(f"{indent}{line}" if line else "" for line in lines)

    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrap(" ".join(text.split()), width)


def _wrap_indented(line: str, width: int) -> list[str]:
    if definition := _DEFINITION.fullmatch(line):
        label, text = definition.groups()
        return label_lines(label.rstrip(" "), [text], width, len(label))
    lines = wrap(line, width - len(CONTINUATION), indent=6)
    return [line + CONTINUATION for line in lines[:-1]] + lines[-1:]
