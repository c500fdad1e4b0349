"""kill -9 in a burst of due pages, and what the provider has afterwards: `python -m bench.burst_killed`.

The provider is the local Slack, which outlives the process that is killed; every engine posts its pages there
over HTTP. The process is killed when some of the pages were accepted, and started again at once. A page is
lost when Slack never got it, and doubled when Slack got it more than once. An engine is waited for as long
as it may take to notice that somebody died.
"""

import argparse
import asyncio
import logging
import math
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

import uvloop

from bench import armed
from bench.databases import KINDS, Databases, Kind, databases
from bench.processes import settings
from bench.report import Finding, Report, arguments, on_each
from bench.rivals.rival import Rival, rival
from bench.slack import REQUEST_URL
from bot.clock import SystemClock
from bot.sandbox.slack import seed
from bot.sandbox.slack.journal import Entry
from bot.sandbox.slack.journal import Kind as Happened
from bot.sandbox.slack.server import SlackServer
from handlers.manifest import manifest

ENGINES = ("tocsin", "apscheduler", "procrastinate", "procrastinate_stalled", "dbos", "bare")
HEAD_START = timedelta(seconds=8)
LOOK = 0.01
START = 30.0
"""Seconds within which a new process has begun, however busy the machine is."""
LONGEST = 180.0
"""Seconds for one engine, whatever happens."""


@dataclass(kw_only=True)
class Accepted:
    """What Slack accepted, by key."""

    pages: Counter[str] = field(default_factory=Counter)
    last: float = 0.0

    def heard(self, entry: Entry) -> None:
        """Direct messages only; Tocsin's carry their key, the others' are their key."""
        if entry.kind is not Happened.CALL or entry.name != "chat.postMessage" or entry.outcome != "ok":
            return
        if str(entry.payload.get("channel", ""))[:1] not in ("D", "U"):
            return
        notes = entry.payload.get("metadata") or {}
        key = notes["event_payload"]["key"].split(":")[1] if notes else str(entry.payload["text"])
        self.pages[key] += 1
        self.last = SystemClock().monotonic()


@dataclass(frozen=True, kw_only=True)
class Killing:
    """One engine on one database, its provider, and how it is started."""

    engine: Rival
    accepted: Accepted
    command: list[str]
    environment: dict[str, str] | None
    log: Path

    def start(self) -> subprocess.Popen[bytes]:
        """A new process."""
        with self.log.open("ab") as log:
            return subprocess.Popen(self.command, env=self.environment, stdout=log, stderr=log)

    async def die(self, pages: int, kills: int) -> float:
        """Kill it so many times while it pages; how many seconds after the last death the last page came."""
        clock, process = SystemClock(), self.start()
        died = clock.monotonic()
        try:
            async with asyncio.timeout(LONGEST):
                for kill in range(1, kills + 1):
                    while len(self.accepted.pages) < kill * pages / (kills + 1):
                        await clock.sleep(LOOK)
                    process.kill()
                    await asyncio.to_thread(process.wait)
                    died = clock.monotonic()
                    process = self.start()
                self.accepted.last = died
                while clock.monotonic() - self.accepted.last < self._patience(died):
                    await clock.sleep(LOOK)
        except TimeoutError:
            print(f"{self.engine.title} was given up after {LONGEST:.0f} s: {self.log}", file=sys.stderr)
        finally:
            process.kill()
            await asyncio.to_thread(process.wait)
        return max(self.accepted.last - died, 0.0)

    def _patience(self, died: float) -> float:
        """As long as it may take to notice a death, and longer until the new process has paged at all."""
        return self.engine.patience + (START if self.accepted.last == died else 0.0)


async def one(where: Databases, name: str, kind: Kind, pages: int, kills: int, logs: Path) -> Finding:
    """Arm, begin, kill, begin again, and count."""
    engine, url, accepted = rival(name), where.fresh(kind), Accepted()
    await asyncio.to_thread(engine.prepare, url)
    world = seed.seed(manifest("http", REQUEST_URL))
    slack = SlackServer(world, SystemClock(), limits=math.inf)
    slack.journal.listen(accepted.heard)
    async with slack:
        start = SystemClock().now() + HEAD_START
        due = [start + timedelta(seconds=place / pages) for place in range(pages)]
        arm = partial(armed.arm, posted=False) if name == "tocsin" else engine.arm
        keys = await asyncio.to_thread(arm, url, due)
        folder = where.folder / f"{name}-{kind}"
        command = [sys.executable, "-m", "bench.worker", name, url, "-", "0", "0", slack.api_url]
        environment = None
        if name == "tocsin":
            command = [sys.executable, "-m", "bench.unpaced"]
            environment = settings(folder, url, slack.api_url)[1]
        killing = Killing(
            engine=engine,
            accepted=accepted,
            command=command,
            environment=environment,
            log=logs / f"{name}-{kind}.log",
        )
        after = await killing.die(pages, kills)
    return {
        "engine": engine.title,
        "database": kind,
        "pages": pages,
        "kills": kills,
        "lost": len(set(keys) - set(accepted.pages)),
        "doubled": sum(max(accepted.pages[key] - 1, 0) for key in keys),
        "last_page_after_death_s": after,
    }


def measured(where: Databases, given: argparse.Namespace) -> Iterator[Finding]:
    """Each engine on each of its databases."""
    logs = given.logs or where.folder
    yield from on_each(
        given, lambda name, kind: [uvloop.run(one(where, name, kind, given.pages, given.kills, logs))]
    )


def main() -> None:
    """Print the table."""
    parser = arguments(__doc__)
    parser.add_argument("--pages", type=int, default=1_000)
    parser.add_argument("--kills", type=int, default=1)
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--databases", default=",".join(KINDS))
    parser.add_argument("--logs", type=Path, help="keep what the processes said in this folder")
    given = parser.parse_args(sys.argv[1:])
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)  # of those who hang up because they were killed
    with databases() as where:
        report = Report(
            title=f"kill -9 in a burst of {given.pages:,} due pages: what the provider got",
            postgres=where.postgres,
        )
        report.take(measured(where, given))
        report.end(given.json)


if __name__ == "__main__":
    main()
