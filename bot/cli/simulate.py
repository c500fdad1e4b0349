"""`tocsin simulate`: who would be paged, when, by what and why, without anybody being paged."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from pydantic_core import PydanticCustomError
from rich.text import Text

from bot.cli.database import Database, looking
from bot.cli.holes import Ahead, print_holes
from bot.cli.terminal import Config, Exit, Json, errors, fail, out, settings_with
from bot.clock import SystemClock
from bot.config.environment import trusted
from bot.config.load import load
from bot.config.values import duration
from bot.domain.alert import Severity
from bot.domain.configuration import Configuration
from bot.domain.moment import Meant, meant
from bot.domain.refused import Refused
from bot.domain.story import Story, zone_of
from bot.inquiries import Placed, Supposed, placed, rehearsed
from bot.ports import Tx
from bot.render.escape import one_line
from bot.render.story import document, lines, plainly
from bot.settings import Settings
from handlers.alerts import PARSERS
from handlers.webhooks.sources import SOURCES

LONGEST = timedelta(days=31)

Labels = Annotated[
    list[str] | None, typer.Option(help="Labels of the alert, such as team=payments; may be repeated.")
]
Holes = Annotated[
    bool, typer.Option("--holes", help="Look for times to come at which nobody would be there.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(simulate)


def simulate(
    service: Annotated[
        str | None, typer.Option(help="The service that breaks; without one, the routes choose by labels.")
    ] = None,
    severity: Annotated[Severity | None, typer.Option(help="How bad it is.")] = None,
    at: Annotated[
        str, typer.Option(help='When: "now", "2026-12-24 03:10", "2026-12-24 03:10 Europe/London".')
    ] = "now",
    span: Annotated[
        str | None, typer.Option("--for", help="How far to look, such as 2h; at most 31d.")
    ] = None,
    labels: Labels = None,
    holes: Holes = False,
    days: Annotated[int, typer.Option(help="How many days --holes looks ahead.", min=1, max=92)] = 14,
    config: Config = None,
    database: Database = None,
    as_document: Json = False,
) -> None:
    """Tell who would be paged, when, by what and why, if nobody answered. It pages nobody."""
    with errors():
        settings = settings_with(config)
        configuration = configuration_of(settings)
        if holes:
            ahead = _ahead(service, at, days, configuration)
            print_holes(ahead, configuration, settings, database, machines=as_document)
        try:
            supposed = placed(
                Supposed(service=service, severity=severity, labels=_labels(labels)), configuration
            )
            when, length = _when(at, supposed, configuration), _length(span)
        except Refused as refused:
            fail(one_line(str(refused), 600), Exit.CONFIGURATION)
        story = asyncio.run(_play(supposed, when, length, configuration, settings, database))
    if as_document:
        typer.echo(json.dumps(document(story), indent=2, ensure_ascii=False))
    else:
        show(story)


def configuration_of(settings: Settings) -> Configuration:
    """What the file says. Where nothing is set up, as in a repository's CI, every way to page counts."""
    return load(settings.config, trusted(settings), PARSERS, frozenset(SOURCES)).configuration


def show(story: Story) -> None:
    """Print it for people."""
    for number, line in enumerate(lines(story, plainly(story.zone))):
        loud = line.startswith(("GAP", "NOBODY")) or "NOBODY ON CALL" in line
        out.print(Text(line, style="bold" if number == 0 else "red" if loud else ""), soft_wrap=True)


def _ahead(service: str | None, at: str, days: int, configuration: Configuration) -> Ahead:
    try:
        only = placed(Supposed(service=service), configuration).service.id if service else None
        since = meant(at, SystemClock().now(), ZoneInfo("UTC")).at
    except Refused as refused:
        fail(one_line(str(refused), 600), Exit.CONFIGURATION)
    return Ahead(since=since, days=days, service=only)


def _when(text: str, supposed: Placed, configuration: Configuration) -> Meant:
    """Without a zone, that of the service's first schedule counts, and is said with every time."""
    now = SystemClock().now()
    return meant(text, now, zone_of(supposed.at(now), configuration.roster))


def _length(text: str | None) -> timedelta | None:
    if text is None:
        return None
    try:
        length = duration(text)
    except PydanticCustomError as error:
        raise Refused(f"--for {text[:40]}: {error.message()}. Write it as in 90s, 30m, 2h or 1d.") from error
    if not timedelta() < length <= LONGEST:
        raise Refused(f"--for {text[:40]} is more than 31 days, or no time at all. Write 2h, for example.")
    return length


def _labels(texts: list[str] | None) -> dict[str, str]:
    """`k=v`, several of them with commas between."""
    found = {}
    for part in (part for text in texts or [] for part in text.split(",")):
        name, equals, value = part.partition("=")
        if not (equals and name.strip()):
            raise Refused(f"--labels {part[:60]} is no label. Write it as in --labels team=payments.")
        found[name.strip()] = value.strip()
    return found


async def _play(
    supposed: Placed,
    when: Meant,
    span: timedelta | None,
    configuration: Configuration,
    settings: Settings,
    database: str | None,
) -> Story:
    def work(tx: Tx | None) -> Story:
        return rehearsed(supposed, when, configuration, tx, span)

    story, unread = await looking(settings.database, database, work)
    return replace(story, unread=unread)
