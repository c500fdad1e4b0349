"""Pictures of the figures in docs/benchmarks: `python -m bench.plot [FOLDER]`.

What `bench.lateness` and `bench.burst` wrote with `--json` becomes docs/pictures/lateness.svg and
docs/pictures/burst.svg: lateness over the number armed, and rate and lateness over the size of a burst.
The same figures give the same bytes.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from itertools import cycle
from pathlib import Path
from typing import Any

FOLDER = Path("docs/benchmarks")
PICTURES = Path("docs/pictures")
STYLE = {
    "svg.hashsalt": "tocsin",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 11,
    "axes.grid": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": "#dddddd",
    "legend.frameon": False,
    "figure.facecolor": "white",
}
WIDE = (8.0, 4.6)
"""Inches; at 100 dots an inch the picture is 800 wide."""
COLOURS = ("#c0392b", "#2471a3", "#1e8449", "#8e44ad", "#7f8c8d")
MARKERS = {"sqlite": "o", "postgresql": "s"}
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}

Row = Mapping[str, Any]  # as untyped as JSON


def read(folder: Path, name: str) -> list[Row]:
    """The rows of one command; what was not installed or not paged is left out."""
    rows: list[Row] = json.loads((folder / f"{name}.json").read_text())["rows"]
    return [row for row in rows if row.get("p99_s") is not None]


def lines(axes: Any, rows: Sequence[Row], across: str, up: str) -> None:
    """One line for each engine and database: a colour an engine, a dash and a mark a database."""
    colours = dict(zip(dict.fromkeys(row["engine"] for row in rows), cycle(COLOURS), strict=False))
    for engine, kind in dict.fromkeys((row["engine"], row["database"]) for row in rows):
        points = [row for row in rows if (row["engine"], row["database"]) == (engine, kind)]
        axes.plot(
            [row[across] for row in points],
            [row[up] for row in points],
            label=f"{engine}, {NAMES[kind]}",
            color=colours[engine],
            marker=MARKERS[kind],
            linestyle="-" if kind == "sqlite" else "--",
            linewidth=2.4 if engine == "Tocsin" else 1.3,
        )
    axes.set_xscale("log")
    axes.set_yscale("log")


def lateness(rows: Sequence[Row], file: Path) -> None:
    """p99 over the number armed, with the two goals."""
    import matplotlib.pyplot as plt  # noqa: PLC0415 - only where pictures are drawn

    figure, axes = plt.subplots(figsize=WIDE, layout="constrained")
    lines(axes, rows, "armed", "p99_s")
    axes.plot([1_000, 100_000, 100_000, 1_000_000], [0.25, 0.25, 1, 1], ":", color="black", label="the goal")
    axes.set(xlabel="armed escalations", ylabel="p99 lateness, seconds", title="Pages at a steady rate")
    figure.legend(loc="outside lower center", ncols=2, fontsize=8)
    _save(figure, file)


def burst(rows: Sequence[Row], file: Path) -> None:
    """Rate and p99 over the size of the burst."""
    import matplotlib.pyplot as plt  # noqa: PLC0415 - only where pictures are drawn

    figure, (left, right) = plt.subplots(1, 2, figsize=WIDE, layout="constrained")
    lines(left, rows, "pages", "pages_rate")
    lines(right, rows, "pages", "p99_s")
    left.set(xlabel="pages due within one second", ylabel="pages a second")
    right.set(xlabel="pages due within one second", ylabel="p99 lateness, seconds")
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, fontsize=8)
    _save(figure, file)


def _save(figure: Any, file: Path) -> None:
    figure.savefig(file, metadata={"Date": None, "Creator": None})
    print(file)


def main() -> None:
    """Draw what is there."""
    if find_spec("matplotlib") is None:
        raise SystemExit("matplotlib is not installed: make bench-deps")
    import matplotlib as mpl  # noqa: PLC0415 - only where pictures are drawn

    mpl.use("svg")
    mpl.rcParams.update(STYLE)
    folder = Path(sys.argv[1]) if sys.argv[1:] else FOLDER
    pictures = PICTURES if folder == FOLDER else folder
    for name, draw in (("lateness", lateness), ("burst", burst)):
        if (folder / f"{name}.json").exists():
            draw(read(folder, name), pictures / f"{name}.svg")


if __name__ == "__main__":
    main()
