"""What `tocsin check` finds in calendars of elsewhere: files at once, the web when it is asked for."""

import asyncio
from pathlib import Path

from bot.cli.terminal import settings_with
from bot.clock import SystemClock
from bot.config.environment import trusted
from bot.config.load import load
from bot.config.problem import Problem
from bot.delivery.feeds.reader import FeedReader
from bot.delivery.open_web import OpenWeb
from bot.domain.feed import AHEAD, BEHIND, MOST, of_schedules, read
from bot.ports.feeds import Unreadable
from bot.settings import Settings
from bot.workers.feeds import place_name


def examine(config: Path | None, *, online: bool) -> tuple[list[Problem], list[str]]:
    """What is wrong with them, and what should be known of them. The file itself is in order."""
    return asyncio.run(_examine(settings_with(config), online=online))


async def _examine(settings: Settings, *, online: bool) -> tuple[list[Problem], list[str]]:
    roster = load(settings.config, trusted(settings)).configuration.roster
    reader = FeedReader(OpenWeb(settings.calendars_inside.split(",")), settings.config.parent)
    now = SystemClock().now()
    problems: list[Problem] = []
    notes: list[str] = []
    for layers in of_schedules(roster.schedules).values():
        schedule, feed = layers[0]
        if "://" in feed.place and not online:
            notes.append(
                f"schedules.{schedule.id}: `--online` reads the calendar of {place_name(feed.place)} too."
            )
            continue
        where = f"schedules.{schedule.id}.layers.{schedule.layers.index(feed)}.ical"
        try:
            fetched = await reader.read(feed.place, schedule.zone, now - BEHIND, now + AHEAD)
        except Unreadable as error:
            problems.append(_unreadable(settings, where, str(error)))
            continue
        reading = read(fetched.entries or (), roster.people)
        notes += [f"{where}: nobody in the file is called “{name}”." for name in reading.unknown]
        if fetched.cut:
            notes.append(
                f"{where}: it has more than {MOST} events in {AHEAD.days} days; later ones are left out."
            )
        if not reading.spans:
            notes.append(f"{where}: nobody is on call by it in the next {AHEAD.days} days.")
    return problems, notes


def _unreadable(settings: Settings, where: str, why: str) -> Problem:
    remedy = "Correct the address or the file; hosts inside the network need TOCSIN_CALENDARS_INSIDE."
    return Problem(file=str(settings.config), line=None, path=where, message=why, remedy=remedy)
