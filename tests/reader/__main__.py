"""How well unknown bots are read: `python -m tests.reader [FOLDER --labels FILE] [--wrong]`.

Without a folder the messages of this repository are read. The exact parsers have no part in it.
"""

import argparse
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from tests.reader.labelled import folder, ours
from tests.reader.score import Read, Score, Tally, read, score, wrong

HEADS = ("messages", "alerts", "firing", "surely firing", "cleared", "severity", "same thing")


def table(found: list[Read]) -> Iterator[str]:
    """A line for each source and one for all: precision and recall; a dash where nothing counts."""
    by_source = sorted(found, key=lambda each: each.labelled.source)
    groups = [(name, list(group)) for name, group in groupby(by_source, lambda each: each.labelled.source)]
    width = max(len(name) for name, _ in groups)
    yield f"{'source':{width}}" + "".join(f"{head:>18}" for head in HEADS)
    for name, group in [*groups, ("all", found)]:
        yield f"{name:{width}}{_row(score(group))}"


def _row(figures: Score) -> str:
    tallies = (figures.firing, figures.surely, figures.cleared, figures.severity, figures.same)
    return f"{figures.messages:>18}{figures.alerts:>18}" + "".join(
        f"{_shown(tally):>18}" for tally in tallies
    )


def _shown(tally: Tally) -> str:
    return " / ".join("–" if part is None else f"{part:.1%}" for part in (tally.precision, tally.recall))


def main() -> None:
    """Read, print the table and, when asked, what is wrong."""
    parser = argparse.ArgumentParser(prog="tests.reader", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="messages as <source>/<name>.json")
    parser.add_argument("--labels", type=Path, help="their labels (FOLDER/labels.json)")
    parser.add_argument("--wrong", action="store_true", help="also print what is read wrongly")
    asked = parser.parse_args()
    messages = folder(asked.folder, asked.labels or asked.folder / "labels.json") if asked.folder else ours()
    found = read(messages)
    lines = [
        "Precision / recall of the general reader:",
        *table(found),
        *(wrong(found) if asked.wrong else ()),
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
