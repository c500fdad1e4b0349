"""What a command found: a table for people, and JSON from which pictures are drawn."""

import argparse
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.databases import KINDS, Kind
from bench.figures import Spread, short, table
from bench.machine import machine
from bench.rivals.rival import MISSING, NEEDS, installed, rival

Cell = str | int | float | None
Finding = Mapping[str, Cell]
"""One row. Names that end in `_s` are seconds, in `_mb` megabytes, in `_rate` so many a second."""


def late(spread: Spread | None) -> dict[str, Cell]:
    """A spread as cells of a row."""
    if spread is None:
        return {"p50_s": None, "p99_s": None, "worst_s": None}
    return {"p50_s": spread.p50, "p99_s": spread.p99, "worst_s": spread.worst}


@dataclass(kw_only=True)
class Report:
    """Begins with the machine line; each row is printed when it is there, the table at the end."""

    title: str
    postgres: str | None
    found: list[Finding] = field(default_factory=list)
    machine: str = ""

    def __post_init__(self) -> None:
        """The load before the measurement belongs to the machine line."""
        self.machine = machine(self.postgres)
        print(self.title)
        print(self.machine, flush=True)

    def take(self, rows: Iterable[Finding]) -> None:
        """Rows as they come."""
        for row in rows:
            self.found.append(row)
            print("  " + ", ".join(f"{head(name)} {cell(name, row[name])}" for name in row), flush=True)

    def end(self, file: Path | None) -> None:
        """Print the table, and write the JSON."""
        names = list(dict.fromkeys(name for row in self.found for name in row))
        rows = [tuple(cell(name, row.get(name)) for name in names) for row in self.found]
        print()
        print(table([head(name) for name in names], rows))
        if file is not None:
            content = {"title": self.title, "machine": self.machine, "rows": self.found}
            file.write_text(json.dumps(content, indent=1) + "\n")


def head(name: str) -> str:
    """The head of a column."""
    for end in ("_s", "_mb"):
        name = name.removesuffix(end)
    return name.replace("_rate", " a second").replace("_", " ")


def cell(name: str, value: Cell) -> str:
    """How a value reads."""
    match value:
        case None:
            return "-"
        case float() if name.endswith("_s"):
            return short(value)
        case float() if name.endswith("_mb"):
            return f"{value:,.0f} MB"
        case int() | float():
            return f"{value:,.0f}"
        case _:
            return value


def arguments(description: str | None) -> argparse.ArgumentParser:
    """What all commands take."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser


def on_each(
    given: argparse.Namespace, measure: Callable[[str, Kind], Iterable[Finding]]
) -> Iterator[Finding]:
    """What is found of each chosen engine on each of its chosen databases; one that is missing says so."""
    for name in chosen(given.engines, tuple(NEEDS)):
        if not installed(name):
            yield {"engine": name, "database": MISSING}
            continue
        for kind in KINDS:
            if kind in given.databases.split(",") and kind in rival(name).kinds:
                yield from measure(name, kind)


def chosen(text: str, among: Sequence[str]) -> list[str]:
    """Names out of a list with commas; refuses one that is not there."""
    names = text.split(",")
    unknown = set(names) - set(among)
    if unknown:
        raise SystemExit(f"{', '.join(sorted(unknown))} is not among {', '.join(among)}")
    return names
