"""From the start of the process to the first overdue page: `python -m bench.startup [armed]`.

The real `tocsin run` on a database with many armed and some overdue, against the local Slack; beside it the
other engines with the same. Then where Tocsin's time goes: the interpreter, the imports, and the rest.
"""

import argparse
import asyncio
import math
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from bench import armed
from bench.burst_killed import Accepted
from bench.databases import KINDS, Databases, Kind, databases
from bench.figures import Spread
from bench.processes import settings
from bench.report import Finding, Report, arguments, chosen, late
from bench.rivals.rival import NEEDS, installed, rival
from bench.slack import REQUEST_URL
from bot.clock import SystemClock
from bot.sandbox.slack import seed
from bot.sandbox.slack.server import SlackServer
from handlers.manifest import manifest

ARMED = 100_000
OVERDUE = 20
ENGINES = ("tocsin", "apscheduler", "procrastinate", "dbos", "bare")
RUNS = 5
LOOK = 0.002
LONGEST = 60.0


async def first_page(name: str, url: str, folder: Path) -> float:
    """Seconds from the start of the process to the first page that Slack accepted."""
    clock, accepted = SystemClock(), Accepted()
    slack = SlackServer(seed.seed(manifest("http", REQUEST_URL)), clock, limits=math.inf)
    slack.journal.listen(accepted.heard)
    async with slack:
        command = [sys.executable, "-m", "bench.worker", name, url, "-", "0", "0", slack.api_url]
        environment = None
        if name == "tocsin":
            command = [str(Path(sys.executable).with_name("tocsin")), "run"]
            environment = settings(folder / "bot", url, slack.api_url)[1]
        began = clock.monotonic()
        process = started(command, environment)
        try:
            async with asyncio.timeout(LONGEST):
                while not accepted.pages:
                    await clock.sleep(LOOK)
        finally:
            process.kill()
            await asyncio.to_thread(process.wait)
    return accepted.last - began


def started(command: list[str], environment: dict[str, str] | None) -> subprocess.Popen[bytes]:
    """A process that keeps what it has to say to itself."""
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def starts(where: Databases, name: str, kind: Kind, count: int, runs: int) -> Spread:
    """Each on a copy of the same database."""
    engine, clock, base = rival(name), SystemClock(), where.fresh(kind)
    engine.prepare(base)
    arm = partial(armed.arm, posted=False) if name == "tocsin" else engine.arm
    tomorrow, before = clock.now() + timedelta(days=1), clock.now() - timedelta(minutes=1)
    engine.arm(base, [tomorrow] * count)
    arm(base, [before] * OVERDUE)
    took = []
    for _ in range(runs):
        url = where.copy(base)
        with TemporaryDirectory() as folder:
            took.append(uvloop.run(first_page(name, url, Path(folder))))
        where.drop(url)
    where.drop(base)
    return Spread.of(took)


PARTS = {
    "the interpreter alone": "pass",
    "and the imports of `tocsin run`": "import gc; gc.disable(); import bot.__main__",
}


def parts(runs: int) -> Iterator[Finding]:
    """Where Tocsin's time goes, from outside."""
    clock = SystemClock()
    for what, code in PARTS.items():
        took = []
        for _ in range(runs):
            began = clock.monotonic()
            subprocess.run([sys.executable, "-c", code], check=True)
            took.append(clock.monotonic() - began)
        yield {"engine": what, "database": "", "armed": 0, "runs": runs, **late(Spread.of(took))}


def measured(where: Databases, given: argparse.Namespace) -> Iterator[Finding]:
    """Every engine on each of its databases, then the parts."""
    for name in filter(installed, chosen(given.engines, tuple(NEEDS))):
        for kind in rival(name).kinds:
            if kind in given.databases.split(","):
                spread = starts(where, name, kind, given.armed, given.runs)
                yield {
                    "engine": rival(name).title,
                    "database": kind,
                    "armed": given.armed,
                    "runs": given.runs,
                    **late(spread),
                }
    yield from parts(given.runs)


def main() -> None:
    """Print the table."""
    parser = arguments(__doc__)
    parser.add_argument("armed", type=int, nargs="?", default=ARMED)
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--databases", default=",".join(KINDS))
    parser.add_argument("--runs", type=int, default=RUNS)
    given = parser.parse_args(sys.argv[1:])
    with databases() as where:
        report = Report(
            title=f"From the start of the process to the first of {OVERDUE} overdue pages",
            postgres=where.postgres,
        )
        report.take(measured(where, given))
        report.end(given.json)


if __name__ == "__main__":
    main()
