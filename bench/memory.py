"""Memory over the number of armed escalations, and over pages: `python -m bench.memory [armed …]`.

The resident set of the real bot some time after it became ready, ticking and audited, with ever more armed;
then of an engine that pages without pause, after each fifth of all pages.
"""

import argparse
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta

from bench.armed import arm
from bench.databases import KINDS, Databases, Kind, databases
from bench.machine import resident
from bench.processes import bot, child
from bench.report import Cell, Report, arguments
from bot.clock import SystemClock
from bot.store.schema import migrate

SIZES = [1_000, 10_000, 100_000]
REST = 35.0
"""Seconds: more than the time between two audits."""
PARTS = 5

Row = dict[str, Cell]


def at_rest(where: Databases, kind: Kind, sizes: list[int], rest: float, api: str) -> Iterator[Row]:
    """A process for each size, on the same database that grows."""
    clock, url, armed = SystemClock(), where.fresh(kind), 0
    migrate(url)
    for size in sorted(sizes):
        arm(url, [clock.now() + timedelta(days=1)] * (size - armed))
        armed = size
        with bot(where.folder / f"memory-{kind}-{size}", url, api) as (_, pid):
            threading.Event().wait(rest)
            now, most = resident(pid)
        yield {"database": kind, "armed": size, "paged": 0, "resident_mb": now, "most_mb": most}
    where.drop(url)


def paging(where: Databases, kind: Kind, pages: int) -> Iterator[Row]:
    """One engine, which pages all of them."""
    clock, url = SystemClock(), where.fresh(kind)
    migrate(url)
    arm(url, [clock.now() - timedelta(seconds=1)] * pages)
    command = [sys.executable, "-m", "bench.pages", url, str(pages), str(PARTS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said = json.loads(line)
            yield {"database": kind, "armed": pages, **said}
    where.drop(url)


def measured(where: Databases, given: argparse.Namespace) -> Iterator[Row]:
    """Both databases."""
    with child("bench.slack") as slack:
        for kind in KINDS:
            yield from at_rest(where, kind, given.armed, given.rest, slack.said["api"])
    for kind in KINDS:
        if given.pages:
            yield from paging(where, kind, given.pages)


def main() -> None:
    """Print the table."""
    parser = arguments(__doc__)
    parser.add_argument("armed", type=int, nargs="*", default=SIZES)
    parser.add_argument("--pages", type=int, default=50_000)
    parser.add_argument("--rest", type=float, default=REST)
    given = parser.parse_args(sys.argv[1:])
    with databases() as where:
        report = Report(title="Memory of a process", postgres=where.postgres)
        report.take(measured(where, given))
        report.end(given.json)


if __name__ == "__main__":
    main()
