"""The chart of docs/benchmarks.md must show the figures of the table."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

from benchmarks.chart import GROUPS, draw
from benchmarks.figures import Figure, Row

DOCS = Path(__file__).parents[2] / "docs"
SVG = "{http://www.w3.org/2000/svg}"


def bars_of(svg: str) -> list[int]:
    rectangles = ET.fromstring(svg).findall(f"{SVG}rect")  # noqa: S314 - the project's own file
    return [int(each.attrib["width"]) for each in rectangles if each.attrib["class"] != "card"]


def test_bars_are_proportional_within_their_group():
    rows = [
        Row(benchmark, Figure(name, "ms", [10.0 * position, 1.0, 1000.0]))
        for _, benchmark, programs in GROUPS
        for position, name in enumerate(programs, start=1)
    ]
    bars = iter(bars_of(draw(rows)))
    for _, _, programs in GROUPS:
        widths = [next(bars) for _ in programs]
        assert [round(width / widths[-1] * len(programs)) for width in widths] == list(
            range(1, len(programs) + 1)
        )


def test_the_published_chart_shows_the_medians_of_the_published_table():
    page = (DOCS / "benchmarks.md").read_text(encoding="utf-8")
    cells = [[cell.strip() for cell in line.split("|")] for line in page.splitlines()]
    medians = {(line[1], line[2]): line[3] for line in cells if len(line) > 3}
    chart = (DOCS / "images" / "benchmarks.svg").read_text(encoding="utf-8")
    shown = re.findall(r'text-anchor="start">([\d.]+ [^<]+)<', chart)
    assert shown == [medians[benchmark, name] for _, benchmark, names in GROUPS for name in names]


def test_this_library_has_the_shortest_bar_of_each_group_as_the_readme_says():
    bars = iter(bars_of((DOCS / "images" / "benchmarks.svg").read_text(encoding="utf-8")))
    for title, _, programs in GROUPS:
        ours, *others = [next(bars) for _ in programs]
        assert ours < min(others), title
