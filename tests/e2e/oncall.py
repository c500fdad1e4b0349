"""A bot with a schedule of two people and somebody who leads it, and what tests ask of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.clock import SystemClock
from bot.domain.schedule import Shift
from bot.sandbox.slack.workspace import Message
from tests.harness import CONFIGURATION, BotHarness, running

LAYERS = "layers: [{people: [ann], start: 2026-01-05, handoff: 09:00, shift: 7d}]"


def configuration() -> str:
    """Ann and Bob take turns of a day, Ann since an hour ago; Cleo leads."""
    begun = SystemClock().now().astimezone(ZoneInfo("Europe/London")) - timedelta(hours=1)
    turns = f"people: [ann, bob], start: {begun:%Y-%m-%d}, handoff: '{begun:%H:%M}', shift: 1d"
    return CONFIGURATION.replace(LAYERS, f'channel: "#general"\n    leads: [cleo]\n    layers: [{{{turns}}}]')


@asynccontextmanager
async def two_people(folder: Path) -> AsyncIterator[BotHarness]:
    """Nobody may be told what no test expects."""
    async with running(folder, configuration=configuration()) as harness:
        yield harness
        await harness.quiet()
        harness.silence()


async def oncall(bot: BotHarness, text: str = "", *, by: str = "ann") -> str:
    return await bot.slash(text, by=by, command="/oncall")


def told(bot: BotHarness) -> list[str]:
    """What the schedule's channel was told."""
    return [each.words for each in bot.slack.messages("#general") if each.app_id and not each.only_for]


async def paged_now(bot: BotHarness, title: str) -> str:
    """Open an incident; who of the three is paged for it at once."""
    await bot.slash(f"declare {title} sev2", by="cleo")
    for person in ("ann", "bob", "cleo"):
        if any(title in each.words and "PAGE" in each.words for each in bot.unread(person)):
            bot.page(person, title)
            await bot.slash("resolve over", by="cleo")
            return person
    return "nobody"


async def offer(bot: BotHarness) -> Message:
    """Ann offers her next whole shift, the second in the list, for Bob's first one; the question to Bob."""
    await bot.slack.person("ann").slash("/oncall", "swap primary @bob")
    modal = bot.slack.person("ann").modal
    assert modal is not None
    await bot.submit(by="ann", why="Concert")
    read(bot, "ann")
    return bot.page("bob", "asks you to swap")


async def on_call_now(bot: BotHarness) -> tuple[Shift, ...]:
    roster = await bot.bot.desk.duty.roster()
    return roster.on_call(next(iter(roster.schedules)), bot.clock.now())


async def turns(bot: BotHarness) -> list[str]:
    """Who is on call now, and at the same time on the next three days."""
    roster = await bot.bot.desk.duty.roster()
    schedule = next(iter(roster.schedules))
    moments = [bot.clock.now() + timedelta(days=day) for day in range(4)]
    return [shift.person for at in moments for shift in roster.on_call(schedule, at)]


def read(bot: BotHarness, person: str) -> None:
    for each in bot.unread(person):
        bot.read.add((each.channel, each.ts))


def general(bot: BotHarness) -> str:
    return next(each.id for each in bot.slack.world.channels.values() if each.name == "general")
