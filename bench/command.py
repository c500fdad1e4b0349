"""A slash command over HTTP, signed, up to its answer after the commit: `python -m bench.command`."""

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.databases import KINDS, Databases, databases
from bench.figures import Spread, median_run
from bench.load import INCIDENTS, Load, ask
from bench.processes import bot, child, result
from bench.report import Finding, Report, arguments, late

RUNS = 3
WARM_UP, SECONDS = 2.0, 5.0
CONNECTIONS = (1, 8, 64)


@dataclass(frozen=True, kw_only=True)
class Rate:
    """How many were answered each second, and how long each took."""

    each_second: float
    spread: Spread


def measured(url: str, app: str, team: str, connections: int, seconds: float) -> Rate:
    """One run; every answer must be right."""
    found = result("bench.load", url, app, team, str(connections), str(seconds))
    if found["failed"]:
        raise SystemExit(f"{found['failed']} were not answered as they should be: {found['bad']}")
    took = found["seconds"]
    assert isinstance(took, list)
    return Rate(each_second=len(took) / seconds, spread=Spread.of(took))


def rows(name: str, url: str, app: str, team: str) -> Iterator[Finding]:
    """A row for each number of connections: the median run by rate, after one to warm up."""
    measured(url, app, team, 8, WARM_UP)
    for connections in CONNECTIONS:
        runs = [measured(url, app, team, connections, SECONDS) for _ in range(RUNS)]
        run = median_run(runs, lambda one: one.each_second)
        yield {
            "what": name,
            "connections": connections,
            "answered_rate": run.each_second,
            **late(run.spread),
        }


async def open_incidents(url: str, app: str, team: str) -> None:
    """Incidents to talk about, acknowledged so that nobody is paged meanwhile."""
    load = Load(host=url.removeprefix("http://"), app=app, team=team)
    host, port = load.host.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for number in range(1, INCIDENTS + 1):
        for text in (f"declare API {number} is slow sev2", f"ack INC-{number}"):
            status, body = await ask(reader, writer, load.request(text))
            assert status == 200, body
    writer.close()


def all_rows(where: Databases, folder: Path, only: list[str]) -> Iterator[Finding]:
    """Tocsin on both databases, then what it is compared with."""
    with child("bench.slack") as slack:
        api, app, team = slack.said["api"], slack.said["app"], slack.said["team"]
        for kind in KINDS:
            if only and kind not in only:
                continue
            with bot(folder / kind, where.fresh(kind), api) as (url, _):
                asyncio.run(open_incidents(url, app, team))
                yield from rows(f"Tocsin, {kind}", url, app, team)
        for name, which in (
            ("Bolt, only acks, as shipped", "shipped"),
            ("Bolt, only acks, before response", "before_response"),
            ("aiohttp alone (the generator's ceiling)", "aiohttp"),
        ):
            if only and which not in only:
                continue
            with child("bench.bolt", which, api) as other:
                yield from rows(name, other.said["url"], app, team)


def main() -> None:
    """Print the table; arguments choose among sqlite, postgresql, shipped, before_response and aiohttp."""
    parser = arguments(__doc__)
    parser.add_argument("only", nargs="*")
    given = parser.parse_args(sys.argv[1:])
    with databases() as where:
        report = Report(
            title=f"Signed slash commands (`/incident note`), {SECONDS:.0f} s each; median of {RUNS} by rate",
            postgres=where.postgres,
        )
        report.take(all_rows(where, where.folder, given.only))
        report.end(given.json)


if __name__ == "__main__":
    main()
