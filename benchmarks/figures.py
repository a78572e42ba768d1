"""Results of benchmarks, and the table that shows them."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


@dataclass(frozen=True)
class Ratio:
    """Ratio of two figures; `target` is the maximum that the project aims for, if any."""

    numerator: Figure
    denominator: Figure
    target: float | None = None

    @property
    def value(self) -> float:
        return self.numerator.median / self.denominator.median

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        return "✓" if self.value <= self.target else "✗"

    def __str__(self) -> str:
        return f"{self.value:.2f} of {self.denominator.name}"


@dataclass(frozen=True)
class Figure:
    """Samples of one measured quantity, such as a program's duration."""

    name: str
    unit: str
    samples: Sequence[float]

    @property
    def median(self) -> float:
        return statistics.median(self.samples)


class Row:
    """Table row: a figure and its ratios to other figures."""

    def __init__(self, benchmark: str, figure: Figure, *ratios: Ratio) -> None:
        self.benchmark = benchmark
        self.figure = figure
        self.ratios = ratios


HEADINGS = ("benchmark", "program", "median", "range", "ratio", "target", "")


def table(rows: Iterable[Row]) -> str:
    """Return a Markdown table, padded so that it is also readable in a terminal."""
    lines = [HEADINGS, *(line for row in rows for line in _row_lines(row))]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines]
    padded.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(padded)


def _row_lines(row: Row) -> Iterator[tuple[str, ...]]:
    figure = row.figure
    first, *more = [_ratio_cells(ratio) for ratio in row.ratios] or [("", "", "")]
    yield (
        row.benchmark,
        figure.name,
        f"{format_number(figure.median)} {figure.unit}",
        f"{format_number(min(figure.samples))} to {format_number(max(figure.samples))}",
        *first,
    )
    for cells in more:
        yield ("", "", "", "", *cells)


def _ratio_cells(ratio: Ratio) -> tuple[str, str, str]:
    target = "" if ratio.target is None else f"≤ {ratio.target:.2f}"
    return str(ratio), target, ratio.verdict


def format_number(value: float) -> str:
    """Return the number with three significant digits, but without an exponent."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
