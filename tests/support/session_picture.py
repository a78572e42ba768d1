"""The picture in the README, docs/images/session.svg, which `make docs` draws from docs/session.md.

The picture shows some of the recorded commands, with their complete output.
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "session.md"
PICTURE = ROOT / "docs" / "images" / "session.svg"

# The first words of the commands in the picture.
COMMANDS = (
    "cognito-credentials whoami",
    "cognito-credentials configure",
    "export AWS_PROFILE",
    "aws s3 ls",
    "cognito-credentials whoami --identity-pool-id",
)
COLUMNS = 102
FONT_SIZE, CHARACTER_WIDTH, LINE_HEIGHT, MARGIN, TITLE_BAR = 14, 8.4, 19, 20, 30
CODE_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STYLE = """\
text { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d7dee7; }
.prompt { fill: #7ee787; }
.command { fill: #ffffff; font-weight: 600; }
.added { fill: #7ee787; }
.error { fill: #ffa198; }"""


def find_command(session: str, beginning: str) -> tuple[str, list[str]]:
    """Return the first recorded command with these first words, and the lines of its output.

    Arguments may follow the words, unless another recorded command consists of these words only.
    """
    found = [
        (command, output.splitlines())
        for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]
        for command, _, output in [part.partition("\n")]
        if command.startswith(beginning)
    ]
    return min(found, key=lambda each: each[0] != beginning)


def wrap(line: str, offset: int = 0) -> list[str]:
    """Break a line into rows like a terminal; `offset` characters are already on the first row."""
    rows = [line[: COLUMNS - offset]]
    rest = line[COLUMNS - offset :]
    return rows + [rest[i : i + COLUMNS] for i in range(0, len(rest), COLUMNS)]


def class_of(line: str) -> str:
    """Return the class of a line of output in the picture's style sheet."""
    if line.startswith("+"):
        return "added"
    return "error" if line.startswith("cognito-credentials: ") else "output"


def rows_of(session: str) -> list[list[tuple[str, str]]]:
    """Return the rows of the terminal; each row is a list of strings with their classes."""
    rows: list[list[tuple[str, str]]] = []
    for beginning in COMMANDS:
        command, output = find_command(session, beginning)
        first, *rest = wrap(command, offset=2)
        rows += [[("$ ", "prompt"), (first, "command")], *([(row, "command")] for row in rest)]
        rows += [[(row, class_of(line))] for line in output for row in wrap(line)]
    return rows


def render_picture() -> str:
    """Return the picture as SVG."""
    rows = rows_of("".join(CODE_BLOCK.findall(PAGE.read_text(encoding="utf-8"))))
    width = round(COLUMNS * CHARACTER_WIDTH + 2 * MARGIN)
    height = TITLE_BAR + len(rows) * LINE_HEIGHT + MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-labelledby="title">',
        '<title id="title">Commands and their output in a terminal, recorded in docs/session.md</title>',
        f"<style>\n{STYLE}\n</style>",
        f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>',
        *(
            f'<circle cx="{MARGIN + 18 * i}" cy="16" r="5.5" fill="{color}"/>'
            for i, color in enumerate(("#ff5f57", "#febc2e", "#28c840"))
        ),
    ]
    for number, row in enumerate(rows):
        column, y = 0, TITLE_BAR + LINE_HEIGHT * number + FONT_SIZE
        for text, kind in row:
            if text.strip():
                # textLength aligns the columns, no matter how wide the characters of the reader's
                # font are.
                lines.append(
                    f'<text class="{kind}" xml:space="preserve" font-size="{FONT_SIZE}"'
                    f' x="{MARGIN + column * CHARACTER_WIDTH:g}" y="{y}"'
                    f' textLength="{len(text) * CHARACTER_WIDTH:g}">{escape(text)}</text>'
                )
            column += len(text)
    return "\n".join([*lines, "</svg>", ""])


if __name__ == "__main__":
    PICTURE.write_text(render_picture(), encoding="utf-8")
