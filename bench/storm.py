"""Many alerts at once, to the first page that Slack accepted for each: `python -m bench.storm [alerts]`.

The sandbox's Slack posts them into a watched channel and brings each as a signed event over HTTP to the real
bot. Nobody's rate limits count: neither the sandbox's nor the bot's own, which would spread 500 pages to one
person over minutes.
"""

import asyncio
import math
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import uvloop

from bench.databases import KINDS, Databases, databases
from bench.figures import Spread, median_run
from bench.processes import bot
from bench.report import Finding, Report, arguments, late
from bench.slack import REQUEST_URL
from bot.clock import SystemClock
from bot.demo.alerts import firing
from bot.sandbox.slack import seed
from bot.sandbox.slack.journal import Entry, Kind
from bot.sandbox.slack.server import SlackServer
from handlers.manifest import manifest

RUNS = 3
ALERTS = 500
WARM_UP = 20
PATIENCE = 300.0


class Pages:
    """Notes when the first page of each alert was accepted."""

    def __init__(self, slack: SlackServer) -> None:
        self.accepted: dict[str, datetime] = {}
        self.news = asyncio.Event()
        slack.journal.listen(self._heard)

    def _heard(self, entry: Entry) -> None:
        if entry.kind is not Kind.CALL or entry.name != "chat.postMessage" or entry.outcome != "ok":
            return
        if not str(entry.payload.get("channel", "")).startswith("D"):
            return
        words = str(entry.payload.get("text", ""))
        for word in words.replace("*", " ").split():
            if word.startswith("Storm"):
                self.accepted.setdefault(word, entry.at)
        self.news.set()

    async def wait(self, count: int) -> None:
        """Until so many alerts have led to a page."""
        async with asyncio.timeout(PATIENCE):
            while len(self.accepted) < count:
                self.news.clear()
                await self.news.wait()


async def storm(folder: Path, database: str, alerts: int) -> Spread:
    """From the post of each alert to its first accepted page."""
    clock = SystemClock()
    slack = SlackServer(
        seed.seed(manifest("http", REQUEST_URL)), clock, limits=math.inf, ack_seconds=PATIENCE
    )
    async with slack:
        pages = Pages(slack)
        starting = bot(folder, database, slack.api_url, module="bench.unpaced")
        url, _ = await asyncio.to_thread(starting.__enter__)
        try:
            slack.deliver_to(f"{url}/slack/events")
            alertmanager = slack.integration("Alertmanager")
            for number in range(WARM_UP):
                alertmanager.post("#alerts", firing(f"StormWarm{number}"))
            await pages.wait(WARM_UP)
            posted: dict[str, datetime] = {}
            for number in range(alerts):
                posted[f"Storm{number}"] = clock.now()
                alertmanager.post("#alerts", firing(f"Storm{number}"))
            await pages.wait(WARM_UP + alerts)
        finally:
            await asyncio.to_thread(starting.__exit__, None, None, None)
    return Spread.of([(pages.accepted[name] - at).total_seconds() for name, at in posted.items()])


def rows(where: Databases, alerts: int) -> Iterator[Finding]:
    """A row for each database."""
    for kind in KINDS:
        runs = [
            uvloop.run(storm(where.folder / f"{kind}{number}", where.fresh(kind), alerts))
            for number in range(RUNS)
        ]
        yield {"database": kind, "alerts": alerts, **late(median_run(runs, lambda run: run.p99))}


def main() -> None:
    """Print the table."""
    parser = arguments(__doc__)
    parser.add_argument("alerts", type=int, nargs="?", default=ALERTS)
    given = parser.parse_args(sys.argv[1:])
    with databases() as where:
        report = Report(
            title=f"From an alert's message to its first accepted page; median of {RUNS} runs by p99",
            postgres=where.postgres,
        )
        report.take(rows(where, given.alerts))
        report.end(given.json)


if __name__ == "__main__":
    main()
