"""What a benchmark gives, and the table of it."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


@dataclass(frozen=True)
class Ratio:
    """`numerator` over `denominator`; `target` is the most that it may be, if there is a promise."""

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
    """The samples of one program."""

    name: str
    unit: str
    samples: Sequence[float]

    @property
    def median(self) -> float:
        return statistics.median(self.samples)


class Row:
    """A line of the table: a figure, and how it stands to others."""

    def __init__(self, benchmark: str, figure: Figure, *ratios: Ratio) -> None:
        self.benchmark = benchmark
        self.figure = figure
        self.ratios = ratios


HEADINGS = ("benchmark", "program", "median", "range", "ratio", "target", "")


def table(rows: Iterable[Row]) -> str:
    """Return a Markdown table, padded so that it reads well in a terminal too."""
    lines = [HEADINGS, *(line for row in rows for line in _lines(row))]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines]
    padded.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(padded)


def _lines(row: Row) -> Iterator[tuple[str, ...]]:
    figure = row.figure
    first, *more = [_compared(ratio) for ratio in row.ratios] or [("", "", "")]
    yield (
        row.benchmark,
        figure.name,
        f"{_number(figure.median)} {figure.unit}",
        f"{_number(min(figure.samples))} to {_number(max(figure.samples))}",
        *first,
    )
    for compared in more:
        yield ("", "", "", "", *compared)


def _compared(ratio: Ratio) -> tuple[str, str, str]:
    target = "" if ratio.target is None else f"≤ {ratio.target:.2f}"
    return str(ratio), target, ratio.verdict


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
