"""What a tick costs when nothing is due, and many are armed: `python -m bench.idle [armed …]`."""

import argparse
import sys
from collections.abc import Iterator
from datetime import timedelta

import structlog
import uvloop

from bench.armed import arm
from bench.databases import KINDS, Databases, databases
from bench.engine import engine
from bench.figures import Spread
from bench.report import Finding, Report, arguments, late
from bot.clock import SystemClock
from bot.store.schema import migrate

SIZES = [1_000, 10_000, 100_000, 1_000_000]
LOOKS = 300
WARM_UP = 20


async def ticks(url: str) -> Spread:
    """The climber's look and the page lane's."""
    async with engine(url) as it:
        took = []
        for _ in range(WARM_UP + LOOKS):
            began = it.clock.monotonic()
            await it.climber.tick()
            await it.dispatchers[0].drain()
            took.append(it.clock.monotonic() - began)
    return Spread.of(took[WARM_UP:])


def measured(where: Databases, sizes: list[int]) -> Iterator[Finding]:
    """A row for each database and number; ever more are armed in the same database."""
    clock = SystemClock()
    for kind in KINDS:
        url, armed = where.fresh(kind), 0
        migrate(url)
        for size in sorted(sizes):
            began = clock.monotonic()
            arm(url, [clock.now() + timedelta(days=1)] * (size - armed))
            armed, took = size, clock.monotonic() - began
            yield {"database": kind, "armed": size, **late(uvloop.run(ticks(url))), "arming_s": took}
        where.drop(url)


def main() -> None:
    """Print the table."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    parser = arguments(__doc__)
    parser.add_argument("armed", type=int, nargs="*", default=SIZES)
    given: argparse.Namespace = parser.parse_args(sys.argv[1:])
    with databases() as where:
        report = Report(title=f"A tick that finds nothing due, {LOOKS} times", postgres=where.postgres)
        report.take(measured(where, given.armed))
        report.end(given.json)


if __name__ == "__main__":
    main()
