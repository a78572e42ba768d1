"""What a benchmark gives, and the table of it."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


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


@dataclass(frozen=True)
class Row:
    """A line of the table: a figure, and how it stands to another."""

    benchmark: str
    figure: Figure
    ratio: Ratio | None = None


HEADINGS = ("benchmark", "program", "median", "range", "ratio", "target", "")


def table(rows: Iterable[Row]) -> str:
    """Return a Markdown table, padded so that it reads well in a terminal too."""
    lines = [HEADINGS, *map(_cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = [" | ".join(map(str.ljust, line, widths)) for line in lines]
    padded.insert(1, "-|-".join("-" * width for width in widths))
    return "\n".join(f"| {line} |" for line in padded).replace("| -", "|--").replace("- |", "--|")


def _cells(row: Row) -> tuple[str, ...]:
    figure, ratio = row.figure, row.ratio
    low, high = min(figure.samples), max(figure.samples)
    return (
        row.benchmark,
        figure.name,
        f"{_number(figure.median)} {figure.unit}",
        f"{_number(low)} to {_number(high)}",
        str(ratio) if ratio else "",
        f"≤ {ratio.target:.2f}" if ratio and ratio.target else "",
        ratio.verdict if ratio else "",
    )


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
