"""A rehearsal tells beforehand whom the whole running bot pages, when and by what."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.domain.alert import Severity
from bot.domain.effects import PageChannel, PagePerson
from bot.domain.ids import OverrideId, PersonId, ScheduleId
from bot.domain.moment import Meant
from bot.domain.override import Override, OverrideKind
from bot.domain.people import SYSTEM
from bot.inquiries import Supposed, placed, rehearsed
from bot.service import OnlyMine
from tests.harness import CONFIGURATION, BotHarness, running

LONDON = ZoneInfo("Europe/London")
MINUTE = timedelta(minutes=1)
SLACK_OF_TIME = timedelta(seconds=10)
"""A running bot needs some moments to begin; what it tells is told that much later at most."""

Paged = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A configuration, the moment at which an incident is declared there, and what was decided before."""

    configuration: str
    moment: Callable[[datetime], datetime]
    override: Callable[[datetime], Override] | None = None
    span: timedelta = timedelta(hours=2)


def soon(now: datetime) -> datetime:
    return now + timedelta(hours=1)


def next_change(now: datetime) -> datetime:
    """The next instant at which London's clocks are changed."""
    at = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    while at.astimezone(LONDON).utcoffset() == (at + timedelta(hours=1)).astimezone(LONDON).utcoffset():
        at += timedelta(hours=1)
    return at + timedelta(hours=1)


def ten_before_the_clocks_change(now: datetime) -> datetime:
    return next_change(now + timedelta(hours=3)) - 10 * MINUTE


def at_night(now: datetime) -> datetime:
    """Half past three in London, tomorrow or the day after."""
    local = now.astimezone(LONDON) + timedelta(days=1)
    return local.replace(hour=3, minute=30, second=0, microsecond=0).astimezone(now.tzinfo)


def cleo_until_the_first_wait_is_nearly_over(at: datetime) -> Override:
    """It ends before the second round asks the schedule again."""
    return Override(
        id=OverrideId("o1"),
        schedule=ScheduleId("primary"),
        kind=OverrideKind.REPLACE,
        person=PersonId("cleo"),
        since=at - timedelta(hours=1),
        until=at + 10 * MINUTE,
        by=SYSTEM,
        made_at=at - timedelta(hours=2),
    )


HANDED_OVER_AT_TWO = CONFIGURATION.replace("[ann], start: 2026-01-05, handoff: 09:00, shift: 7d", (
    "[ann, bob, cleo], start: 2026-01-05, handoff: '01:30', shift: 1d"
))  # fmt: skip
WITH_A_GAP = CONFIGURATION.replace("shift: 7d}", 'shift: 7d, only: {hours: "08:00-03:00"}}')
MANY_WAYS = CONFIGURATION.replace(
    "targets: [{person: bob}]", 'targets: [{person: bob}, {schedule: primary}, {channel: "#general"}]'
)

TAKING_TURNS = CONFIGURATION.replace(
    "targets: [{person: bob}], wait: 10m", "targets: [{round_robin: [bob, ann, cleo], every: 3m}], wait: 10m"
)
HELD = CONFIGURATION.replace(
    "{targets: [{person: bob}], wait: 10m}",
    "{targets: [{person: bob}], wait: 10m, when: {during: dawn}, else: hold}",
).replace("schedules:", 'calendars: {dawn: {zone: Europe/London, hours: "04:00-05:00"}}\nschedules:')
OF_TWO = CONFIGURATION.replace("    rounds: 2\n", "    rounds: 2\n    acknowledgements: 2\n    delay: 2m\n")
QUIET = CONFIGURATION.replace(
    "email: bob@example.com,",
    'email: bob@example.com, quiet: {severities: [sev1], hours: "20:00-04:00"},',
)

SCENES = {
    "somebody's quiet hours": Scene(configuration=QUIET, moment=at_night, span=timedelta(hours=8)),
    "a round robin": Scene(configuration=TAKING_TURNS, moment=soon),
    "a rung that is held": Scene(configuration=HELD, moment=at_night),
    "two answers and a delay": Scene(configuration=OF_TWO, moment=soon),
    "an ordinary day": Scene(configuration=MANY_WAYS, moment=soon),
    "the night the clocks change": Scene(
        configuration=HANDED_OVER_AT_TWO, moment=ten_before_the_clocks_change
    ),
    "a gap": Scene(configuration=WITH_A_GAP, moment=at_night),
    "an override that ends in the middle": Scene(
        configuration=CONFIGURATION, moment=soon, override=cleo_until_the_first_wait_is_nearly_over
    ),
}


@pytest.mark.row("F26")
@pytest.mark.parametrize("name", SCENES)
async def test_what_is_rehearsed_is_what_happens(tmp_path: Path, name: str) -> None:
    scene = SCENES[name]
    async with running(tmp_path, configuration=scene.configuration) as bot:
        await bot.fast_forward(seconds=(scene.moment(bot.clock.now()) - bot.clock.now()).total_seconds())
        if scene.override:
            decided = scene.override(bot.clock.now())
            await bot.bot.store.write(lambda tx: tx.add_override(decided))
        at = bot.clock.now()

        foretold = await rehearsal(bot, at, scene.span)
        await bot.slash("declare the pumps stand still sev1")
        await bot.fast_forward(seconds=scene.span.total_seconds())

        happened = await pages(bot)
        assert [page for _, page in happened] == [page for _, page in foretold]
        assert len(foretold) > 5
        for (when, page), (told, _) in zip(happened, foretold, strict=True):
            assert timedelta() <= when - told < SLACK_OF_TIME, page
        assert len(bot.mail.inbox) == sum(method == "email" for _, (_, method) in foretold)
        await bot.slash("resolve INC-1 fixed")


async def rehearsal(bot: BotHarness, at: datetime, span: timedelta) -> list[tuple[datetime, Paged]]:
    configuration = bot.bot.in_force.now
    supposed = placed(Supposed(service="checkout", severity=Severity.SEV1), configuration)
    when = Meant(at=at, zone=LONDON)
    story = await bot.bot.store.read(lambda tx: rehearsed(supposed, when, configuration, tx, span))
    found = [(told.at, _paged(told.effect)) for told in story.rehearsal.told]
    return sorted((at, page) for at, page in found if page)


async def pages(bot: BotHarness) -> list[tuple[datetime, Paged]]:
    """What the providers took, when it was due."""
    incident = await bot.bot.desk.find(OnlyMine())
    told = await bot.bot.store.read(lambda tx: tx.deliveries(incident.id))
    sent = [(each, _paged(each.effect)) for each in told if each.state == "sent"]
    found = [
        (each.effect.at if isinstance(each.effect, PagePerson) else each.decided_at, page)
        for each, page in sent
        if page
    ]
    return sorted(found)


def _paged(effect: object) -> Paged | None:
    match effect:
        case PagePerson(person=person, method=method):
            return str(person), method.value
        case PageChannel(channel=channel):
            return channel, "channel"
        case _:
            return None
