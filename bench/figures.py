"""Figures: percentiles of what was measured, and tables to read and to paste."""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

R = TypeVar("R")


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all does not exceed."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How long things took, in seconds."""

    count: int
    p50: float
    p99: float
    worst: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Spread":
        """Of at least one measurement."""
        return cls(
            count=len(seconds),
            p50=percentile(seconds, 0.5),
            p99=percentile(seconds, 0.99),
            worst=max(seconds),
        )

    def cells(self) -> tuple[str, str, str]:
        """p50, p99 and the worst, for a table."""
        return short(self.p50), short(self.p99), short(self.worst)


def short(seconds: float) -> str:
    """A duration with three significant digits."""
    if seconds < 0.0001:
        return f"{seconds * 1_000_000:.3g} µs"
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms" if seconds < 0.1 else f"{seconds * 1000:.0f} ms"
    return f"{seconds:.3g} s"


def median_run(runs: Sequence[R], key: Callable[[R], float]) -> R:
    """The run in the middle: never the lucky one."""
    middle = statistics.median_low([key(run) for run in runs])
    return next(run for run in runs if key(run) == middle)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table that reads well in a terminal and is Markdown."""
    widths = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]
    rule = [f"{'-' * (width - 1)}:" if place else "-" * width for place, width in enumerate(widths)]
    lines = [
        "| " + " | ".join(_pad(cell, widths[place], place) for place, cell in enumerate(row)) + " |"
        for row in (head, *rows)
    ]
    lines.insert(1, "| " + " | ".join(rule) + " |")
    return "\n".join(lines)


def _pad(cell: str, width: int, place: int) -> str:
    return cell.rjust(width) if place else cell.ljust(width)
