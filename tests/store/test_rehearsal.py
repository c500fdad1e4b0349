"""Whatever is configured, a rehearsal tells what the climber makes of a real database, page by page."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain.alert import Severity
from bot.domain.calendar import Calendar, Window
from bot.domain.configuration import Configuration
from bot.domain.effects import PageChannel, PagePerson
from bot.domain.ids import CalendarId, LadderId, OverrideId, PersonId, ScheduleId
from bot.domain.incident import Via
from bot.domain.ladder import (
    ChannelTarget,
    Condition,
    Ladder,
    Otherwise,
    PersonTarget,
    RotatingTarget,
    Rung,
    ScheduleTarget,
    Target,
    Which,
)
from bot.domain.moment import Meant
from bot.domain.override import Override, OverrideKind
from bot.domain.people import SYSTEM, Quiet
from bot.domain.schedule import Rotation, Schedule, ShiftLength, ShiftUnit, singly
from bot.inquiries import Placed, rehearsed
from bot.ports import Store
from bot.service import ById, Desk
from bot.store import open_store
from bot.workers.climber import Climber
from bot.workers.crowd import Crowd
from tests.examples import ANN, BOB, CLEO, MINUTE, PAYMENTS, ROSTER, actor

SPAN = timedelta(hours=9)
LONDON = ZoneInfo("Europe/London")
Paged = tuple[datetime, str, str, int, int, str]


@dataclass(kw_only=True)
class Standing:
    """A clock that somebody else sets."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def wall(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing waits here")


@dataclass(frozen=True, kw_only=True)
class World:
    """A ladder, a schedule, an override, and the moment at which an incident is declared."""

    ladder: Ladder
    windows: tuple[Window, ...]
    override: Override
    quiet: bool
    at: datetime

    @property
    def configuration(self) -> Configuration:
        people = tuple(each.id for each in (ANN, BOB, CLEO))
        layer = Rotation(
            turns=singly(people),
            start=date(2026, 1, 5),
            handoff=time(1, 30),
            length=ShiftLength(count=5, unit=ShiftUnit.HOURS),
            windows=self.windows,
            name="five hours",
        )
        primary = Schedule(id=ScheduleId("primary"), zone=LONDON.key, layers=(layer,))
        night = Quiet(severities=(Severity.SEV1,), hours=hours(22, 5))
        bob = replace(BOB, quiet=night if self.quiet else None, zone="America/New_York")
        roster = replace(ROSTER, people={**ROSTER.people, BOB.id: bob}, schedules={primary.id: primary})
        service = replace(PAYMENTS, ladder=self.ladder, ladders={}, ticket=None)
        return Configuration(roster=roster, services={service.id: service}, default_service=service.id)


def hours(begin: int, end: int) -> Window:
    return Window(begin=time(begin), end=time(end))


windows = st.builds(hours, st.integers(0, 23), st.integers(0, 23))
calendars = st.builds(
    lambda window, zone: Calendar(id=CalendarId("c"), zone=zone, windows=(window,)),
    windows,
    st.sampled_from(["Europe/London", "Asia/Kathmandu"]),
)
conditions = st.builds(
    Condition,
    severities=st.sampled_from([(), (Severity.SEV1,), (Severity.SEV3,)]),
    during=st.none() | calendars,
    local=st.none() | windows,
)
targets: st.SearchStrategy[Target] = st.one_of(
    st.sampled_from([PersonTarget(person=each.id) for each in (ANN, BOB, CLEO)]),
    st.builds(ScheduleTarget, schedule=st.just(ScheduleId("primary")), which=st.sampled_from(Which)),
    st.just(ChannelTarget(channel="#ops")),
    st.just(RotatingTarget(people=(ANN.id, BOB.id, CLEO.id))),
    st.just(RotatingTarget(people=(ANN.id, CLEO.id), every=3 * MINUTE)),
)
rungs = st.builds(
    Rung,
    targets=st.lists(targets, min_size=1, max_size=3).map(tuple),
    wait=st.sampled_from([2, 5, 17, 90]).map(lambda minutes: minutes * MINUTE),
    when=st.none() | conditions,
    otherwise=st.sampled_from(Otherwise),
    wait_in=st.none() | calendars,
)
ladders = st.builds(
    Ladder,
    id=st.just(LadderId("any")),
    rungs=st.lists(rungs, min_size=1, max_size=3).map(tuple),
    rounds=st.integers(1, 3),
    delay=st.sampled_from([timedelta(), 3 * MINUTE]),
    acknowledgements=st.integers(1, 2),
)
moments = st.builds(
    lambda day, minute: datetime(2026, 10, day, tzinfo=UTC) + minute * MINUTE,
    st.sampled_from([24, 25]),
    st.integers(0, 24 * 60),
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    at = draw(moments)
    since = at + draw(st.integers(-90, 90)) * MINUTE
    override = Override(
        id=OverrideId("drawn"),
        schedule=ScheduleId("primary"),
        kind=draw(st.sampled_from(OverrideKind)),
        person=PersonId(draw(st.sampled_from(["ann", "bob", "cleo"]))),
        since=since,
        until=since + draw(st.integers(1, 300)) * MINUTE,
        by=SYSTEM,
        made_at=at - timedelta(days=1),
    )
    return World(
        ladder=draw(ladders),
        windows=draw(st.just(()) | windows.map(lambda window: (window,))),
        override=override,
        quiet=draw(st.booleans()),
        at=at,
    )


def test_a_rehearsal_and_the_engine_on_a_database_page_the_same(tmp_path: Path) -> None:
    """The night in which the clocks go back is among the moments."""
    runner = asyncio.Runner()
    store = open_store(f"sqlite:///{tmp_path / 'tocsin.db'}", auto_migrate=True)
    paged: list[int] = []

    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(worlds())
    def compare(world: World) -> None:
        foretold, happened = runner.run(both(store, world, len(paged)))
        paged.append(len(happened))
        assert foretold == happened

    with runner:
        runner.run(store.start())
        compare()
        runner.run(store.stop())
    assert sum(paged) > len(paged)


async def both(store: Store, world: World, number: int) -> tuple[list[Paged], list[Paged]]:
    """What is foretold, and what happens then; afterwards nothing is left to happen."""
    clock, configuration = Standing(at=world.at), world.configuration
    service = configuration.services[configuration.default_service]
    override = replace(world.override, id=OverrideId(f"o{number}"))
    await store.write(lambda tx: tx.add_override(override))
    supposed = Placed(service=service, severity=Severity.SEV1)
    when = Meant(at=world.at, zone=LONDON)
    story = await store.read(lambda tx: rehearsed(supposed, when, configuration, tx, SPAN))
    foretold = [(told.at, told.effect) for told in story.rehearsal.told]

    desk = Desk(store, clock, lambda: configuration, lambda: None)
    by = actor("bob")
    wish = c.Declare(by=by, title="down", service=service, severity=Severity.SEV1, via=Via.COMMAND)
    opened = (await desk.declare(f"request {number}", wish)).after
    climber = Climber(store, clock, lambda: configuration, lambda: None, Crowd(clock))
    while (due := await store.read(lambda tx: tx.next_climb())) is not None and due <= world.at + SPAN:
        clock.at = due
        await climber.tick()
    told = await store.read(lambda tx: tx.deliveries(opened.id))
    happened = [(each.due_at, each.effect) for each in told if each.due_at <= world.at + SPAN]
    await store.write(lambda tx: tx.withdraw_override(override.id, clock.at))
    await desk.handle(f"end {number}", ById(id=opened.id), c.Resolve(by=by, via=Via.COMMAND))
    return pages(foretold), pages(happened)


def pages(effects: Sequence[tuple[datetime, object]]) -> list[Paged]:
    found = []
    for at, effect in effects:
        match effect:
            case PagePerson(person=person, method=method, why=why, step=step):
                found.append((at, str(person), method.value, step.round, step.rung, why))
            case PageChannel(channel=channel, step=step):
                found.append((at, channel, "channel", step.round, step.rung, ""))
            case _:
                pass
    return sorted(found)
