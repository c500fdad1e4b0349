"""How late pages are when many are due within one second: `python -m bench.lateness [pages …]`."""

import asyncio
import sys
from collections.abc import Iterator
from datetime import timedelta

import structlog
import uvloop

from bench.databases import KINDS, Databases, Kind, databases
from bench.engine import engine
from bench.figures import Spread, median_run, table
from bench.lateness_baselines import baselines
from bench.machine import machine

RUNS = 3
AHEAD = timedelta(seconds=1)
"""Between the arming and the first due time."""


async def lateness(url: str, pages: int) -> Spread:
    """From the instant at which a rung is due to the moment at which the pager is called."""
    async with engine(url) as it:
        await it.arm([it.clock.now() + timedelta(days=1)] * 10)  # warm: statements are compiled
        armed_from = it.clock.now()
        spread = timedelta(seconds=1) / pages
        estimate = timedelta(seconds=pages / 1500) + AHEAD
        start = armed_from + estimate
        armed = await it.arm([start + number * spread for number in range(pages)])
        assert it.clock.now() < start, "arming took longer than planned"
        it.notes.expected = pages
        async with it.working(), asyncio.timeout(600):
            await it.notes.all_paged.wait()
        assert it.notes.twice == 0
        return Spread.of([(it.notes.paged[key] - due_at).total_seconds() for key, due_at in armed.items()])


def measured(where: Databases, sizes: list[int]) -> Iterator[tuple[str, ...]]:
    """A row for every size and database, then the baselines."""
    for pages in sizes:
        for kind in KINDS:
            yield ("Tocsin", kind, f"{pages:,}", *_median(where, kind, pages).cells())
        for name, kind, spread in baselines(where, pages):
            yield (name, kind, f"{pages:,}", *(spread.cells() if spread else ("not installed", "", "")))


def _median(where: Databases, kind: Kind, pages: int) -> Spread:
    runs = [uvloop.run(lateness(where.fresh(kind), pages)) for _ in range(RUNS)]
    return median_run(runs, lambda run: run.p99)


def main() -> None:
    """Print the table."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    sizes = [int(word) for word in sys.argv[1:]] or [1_000, 10_000]
    with databases() as where:
        print(f"Lateness of pages due within one second; median of {RUNS} runs by p99")
        print(machine(where.postgres))
        print(table(("engine", "database", "pages", "p50", "p99", "worst"), list(measured(where, sizes))))


if __name__ == "__main__":
    main()
