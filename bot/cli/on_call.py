"""`tocsin oncall`: who is on call when, in the terminal or as a picture, and who had how much of it."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

import typer
from rich.table import Table
from rich.text import Text

from bot.cli.terminal import Config, Exit, Json, err, errors, fail, out, settings_with
from bot.clock import SystemClock
from bot.config.environment import trusted
from bot.config.load import load
from bot.confined import Overrun
from bot.domain.fairness import Share, Told, shares
from bot.domain.ids import ScheduleId
from bot.domain.moment import meant
from bot.domain.refused import Refused
from bot.domain.roster import Roster
from bot.errors import SchemaMismatch, StoreUnavailable
from bot.pictures.studio import Studio
from bot.ports import Tx
from bot.render.escape import one_line
from bot.render.timetable import MOST_WEEKS, Timetable, alt_text, rows, timetable
from bot.settings import Settings
from bot.store import open_store

T = TypeVar("T")

app = typer.Typer(help="Who is on call when, and who had how much of it.", no_args_is_help=True)

WIDTH = 28
"""Signs of a bar in the terminal, for the whole time that is shown."""

Schedule = Annotated[
    str | None, typer.Argument(help="The schedule, by its key; without it the only one.", show_default=False)
]


@app.command()
def show(
    schedule: Schedule = None,
    weeks: Annotated[int, typer.Option(min=1, max=MOST_WEEKS, help="How many, from this Monday on.")] = 2,
    begin: Annotated[
        str | None,
        typer.Option("--from", help='The first day: "2026-12-24", "tomorrow", or a time; else this Monday.'),
    ] = None,
    png: Annotated[Path | None, typer.Option(help="Write the picture into this file too.")] = None,
    config: Config = None,
    as_document: Json = False,
) -> None:
    """Print who is on call when, with overrides, gaps and changes of the clocks."""
    now = SystemClock().now()
    with errors():
        settings = settings_with(config)
        roster, _ = asyncio.run(_asked(settings, now, lambda tx: None))
        chosen = _named(roster, schedule)
        table = timetable(roster, chosen, now, weeks, _begin(begin, now, roster.schedules[chosen].zone))
        if png is not None:
            _write(settings, table, png)
    if as_document:
        typer.echo(json.dumps(_document(table), indent=2, ensure_ascii=False))
        return
    _print(table)
    if png is not None:
        out.print(f"Wrote {png}.", highlight=False)


@app.command()
def fairness(
    schedule: Schedule = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days back.")] = 90,
    config: Config = None,
    as_document: Json = False,
) -> None:
    """Print hours, nights, weekends and pages of each person; without a schedule of all together."""
    now, span = SystemClock().now(), timedelta(days=days)
    with errors():
        settings = settings_with(config)
        roster, paged = asyncio.run(_asked(settings, now, lambda tx: tx.paged(now - span)))
        chosen = _named(roster, schedule) if schedule is not None else None
    told = [Told(incident=each.incident, name=each.name, at=each.at) for each in paged or ()]
    found = shares(roster, chosen, now - span, now, told)
    if as_document:
        typer.echo(json.dumps([_share(each) for each in found], indent=2, ensure_ascii=False))
        return
    table = Table("person", "hours", "nights", "weekends", "pages", "at night", title=f"The last {days} days")
    for each in found:
        figures = (f"{each.hours:.0f}", f"{each.nights:.0f}", f"{each.weekends:.0f}")
        table.add_row(one_line(each.name, 40), *figures, str(each.pages), str(each.night_pages))
    out.print(table)


def _begin(text: str | None, now: datetime, zone: str) -> datetime | None:
    """The instant that somebody wrote, on the clock of the schedule's zone where no other is named."""
    try:
        return meant(text, now, ZoneInfo(zone)).at if text is not None else None
    except Refused as refused:
        fail(f"--from: {one_line(str(refused), 600)}", Exit.CONFIGURATION)


async def _asked(settings: Settings, now: datetime, work: Callable[[Tx], T]) -> tuple[Roster, T | None]:
    """The roster that counts now, and more of the database; without it what the file says."""
    static = load(settings.config, trusted(settings)).configuration.roster
    try:
        store = open_store(settings.database, read_only=True)
        await store.start()
    except (StoreUnavailable, SchemaMismatch, OSError):
        err.print("The database can't be read, so overrides and pages are missing here.", highlight=False)
        return static, None
    try:
        return await store.read(lambda tx: (tx.roster(static, now), work(tx)))
    finally:
        await store.stop()


def _named(roster: Roster, name: str | None) -> ScheduleId:
    known = ", ".join(sorted(roster.schedules)) or "none"
    if name is None and len(roster.schedules) == 1:
        return next(iter(roster.schedules))
    if name is None:
        fail(f"Which schedule? There are: {known}.", Exit.CONFIGURATION)
    wanted = name.casefold()
    for key, schedule in roster.schedules.items():
        if wanted in (key.casefold(), schedule.name.casefold()):
            return key
    return fail(f"There is no schedule “{one_line(name, 60)}”. Schedules: {known}.", Exit.CONFIGURATION)


def _write(settings: Settings, table: Timetable, png: Path) -> None:
    studio = Studio(settings.data_dir / "pictures")
    try:
        drawn = asyncio.run(studio.draw(table, "svg" if png.suffix == ".svg" else "png"))
    except Overrun as error:
        fail(f"The picture could not be drawn: {error}.", Exit.FAILED)
    png.write_bytes(drawn)


def _print(table: Timetable) -> None:
    shown = Table("from", "to", "who", "", "", title=f"On call: {table.title} ({table.zone})", box=None)
    spans = sorted(
        [(bar.since, bar.until) for bar in table.bars] + [(since, until) for since, until in table.gaps]
    )
    for (since, until), (begins, ends, who, note) in zip(spans, rows(table), strict=True):
        style = "red" if note == "gap" else "bold" if note == "now" else ""
        bar = Text(
            _bar(table, since, until, "░" if note == "gap" else "█"), style="red" if note == "gap" else "blue"
        )
        shown.add_row(begins, ends, Text(who, style=style), note, bar)
    out.print(shown)
    for change in (*table.changes, *table.elsewhere):
        way = "forward" if change.minutes > 0 else "back"
        words = f"The clocks of {change.zone or table.zone} go {way} by {abs(change.minutes)} min"
        out.print(Text(f"{words}: {change.at:%Y-%m-%d %H:%M} UTC."))


def _bar(table: Timetable, since: datetime, until: datetime, sign: str) -> str:
    """Where in the time that is shown it lies."""
    whole = table.until - table.since
    begin = int((max(since, table.since) - table.since) / whole * WIDTH)
    end = max(begin + 1, round((min(until, table.until) - table.since) / whole * WIDTH))
    return "·" * begin + sign * (end - begin) + "·" * (WIDTH - end)


def _document(table: Timetable) -> dict[str, object]:
    return {
        "schedule": table.title,
        "zone": table.zone,
        "since": table.since.isoformat(),
        "until": table.until.isoformat(),
        "shifts": [
            {
                "person": bar.name,
                "since": bar.since.isoformat(),
                "until": bar.until.isoformat(),
                "override": bar.overridden,
            }
            for bar in table.bars
        ],
        "gaps": [{"since": since.isoformat(), "until": until.isoformat()} for since, until in table.gaps],
        "words": alt_text(table),
    }


def _share(share: Share) -> dict[str, object]:
    return {
        "person": share.person,
        "name": share.name,
        "hours": round(share.hours, 2),
        "night_hours": round(share.nights, 2),
        "weekend_hours": round(share.weekends, 2),
        "pages": share.pages,
        "night_pages": share.night_pages,
    }
