"""The chart in the README, docs/images/benchmarks.svg: the medians of selected benchmarks as bars."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from benchmarks.figures import format_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.figures import Figure, Row

# The title of each group of bars, the benchmark, and its programs with their labels; ours comes first.
GROUPS = (
    (
        "A new process fetches its first credentials",
        "cold start",
        {
            "cognito_credentials": "this library",
            "JavaScript SDK": "JavaScript SDK",
            "boto3": "boto3, by hand",
        },
    ),
    (
        "CPU time for fetching credentials",
        "fetch CPU",
        {"cognito_credentials": "this library", "boto3": "boto3, by hand"},
    ),
    (
        "1,000 users fetch credentials at once, time per user",
        "concurrent",
        {
            "1,000 fetches, cognito_credentials.aio": "this library",
            "1,000 fetches, aiobotocore": "aiobotocore, by hand",
            "1,000 fetches, JavaScript SDK": "JavaScript SDK",
        },
    ),
    (
        "A client reads cached credentials",
        "read",
        {
            "ours, get_frozen_credentials()": "this library",
            "botocore's RefreshableCredentials": "botocore",
        },
    ),
    (
        "The longest wait of a reader during a refresh that takes 2 s",
        "under load",
        {"cache.get(), longest read": "this library", "botocore, longest read": "botocore"},
    ),
    (
        "An S3 client for another user, CPU time",
        "clients",
        {
            "a client for a user, CPU": "this library",
            "boto3.Session().client, CPU": "boto3.Session().client()",
        },
    ),
    (
        "An emulator responds to a request",
        "emulator",
        {
            "cognito-credentials emulator, request": "this emulator",
            "ministack, request": "ministack",
            "moto's server, request": "moto's server",
        },
    ),
)

WIDTH, MARGIN = 760, 20
BAR_LEFT, BAR_WIDTH, BAR_HEIGHT, BAR_DISTANCE = 200, 450, 14, 20
TITLE_HEIGHT, GROUP_GAP = 24, 12
STYLE = """\
    svg { font-family: system-ui, sans-serif; font-size: 13px; }
    .card { fill: #ffffff; stroke: #d0d5dd; }
    .title { fill: #1f2933; font-weight: 600; }
    .label { fill: #52606d; }
    .ours { fill: #2f6fde; } .other { fill: #b8c2cc; }
    @media (prefers-color-scheme: dark) {
      .card { fill: #1b2027; stroke: #3e4c59; }
      .title { fill: #f0f4f8; }
      .label { fill: #bcccdc; }
      .ours { fill: #6ea1f7; } .other { fill: #5b6773; }
    }"""


def draw(rows: Iterable[Row]) -> str:
    """Return the chart as SVG; each group of bars has its own scale."""
    figures = {(row.benchmark, row.figure.name): row.figure for row in rows}
    lines: list[str] = []
    top = MARGIN
    for title, benchmark, programs in GROUPS:
        lines.append(_text("title", MARGIN, top + 12, title))
        bars = [(figures[benchmark, name], label) for name, label in programs.items()]
        lines += _draw_bars(top + TITLE_HEIGHT, bars)
        top += TITLE_HEIGHT + len(bars) * BAR_DISTANCE + GROUP_GAP
    height = top - GROUP_GAP + MARGIN
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
            "  <title>Benchmarks: shorter bars are better</title>",
            f"  <style>\n{STYLE}\n  </style>",
            f'  <rect class="card" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8"/>',
            *lines,
            "</svg>\n",
        ]
    )


def _draw_bars(top: int, bars: Sequence[tuple[Figure, str]]) -> list[str]:
    longest = max(figure.median for figure, _ in bars)
    lines = []
    for number, (figure, label) in enumerate(bars):
        y = top + number * BAR_DISTANCE
        width = max(1, round(figure.median / longest * BAR_WIDTH))
        kind = "other" if number else "ours"
        lines += [
            _text("label", BAR_LEFT - 10, y + 11, label, anchor="end"),
            f'  <rect class="{kind}" x="{BAR_LEFT}" y="{y}" width="{width}" height="{BAR_HEIGHT}" rx="2"/>',
            _text(
                "label",
                BAR_LEFT + width + 8,
                y + 11,
                f"{format_number(figure.median)} {figure.unit}",
            ),
        ]
    return lines


def _text(kind: str, x: int, y: int, text: str, *, anchor: str = "start") -> str:
    return f'  <text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
