"""What a tick costs when nothing is due, and many are armed: `python -m bench.idle [armed …]`."""

import sys
from collections.abc import Iterator
from datetime import timedelta

import uvloop

from bench.databases import KINDS, Databases, databases
from bench.engine import engine
from bench.figures import Spread, table
from bench.machine import machine

LOOKS = 300
WARM_UP = 20


async def ticks(url: str, armed: int) -> Spread:
    """The climber's look and the page lane's, with that many rungs due tomorrow."""
    async with engine(url) as it:
        await it.arm([it.clock.now() + timedelta(days=1)] * armed)
        took = []
        for _ in range(WARM_UP + LOOKS):
            began = it.clock.monotonic()
            await it.climber.tick()
            await it.dispatchers[0].drain()
            took.append(it.clock.monotonic() - began)
    return Spread.of(took[WARM_UP:])


def rows(where: Databases, sizes: list[int]) -> Iterator[tuple[str, ...]]:
    """A row for each database and number."""
    for kind in KINDS:
        for armed in sizes:
            yield (kind, f"{armed:,}", *uvloop.run(ticks(where.fresh(kind), armed)).cells())


def main() -> None:
    """Print the table."""
    sizes = [int(word) for word in sys.argv[1:]] or [1_000, 100_000]
    with databases() as where:
        print(f"A tick that finds nothing due, {LOOKS} times")
        print(machine(where.postgres))
        print(table(("database", "armed", "p50", "p99", "worst"), list(rows(where, sizes))))


if __name__ == "__main__":
    main()
