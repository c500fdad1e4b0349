"""Foresight at work: each hole is told once, and once more when it is near, whoever looks."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from bot.clock import ShiftedClock
from bot.domain.calendar import Window
from bot.domain.configuration import Configuration
from bot.domain.effects import Lane, SayTo
from bot.domain.ids import LadderId, PersonId, ScheduleId, ServiceId
from bot.domain.ladder import Ladder, ScheduleTarget
from bot.domain.notice import HolesAhead
from bot.domain.schedule import Rotation, Schedule, singly
from bot.ports import Receipt, Store
from bot.render.notices import notice_told
from bot.workers.foresight import PAUSE, Foresight
from tests.examples import PAYMENTS, PRIMARY, ROSTER, on_call, rung, to
from tests.store.stories import claim

DAY = timedelta(days=1)


def until(end: date) -> Schedule:
    """Somebody is on call until that day; then nobody is."""
    layer = Rotation(
        turns=singly([PersonId("ann")]),
        start=date(2026, 1, 5),
        handoff=time(),
        until=end,
        windows=(Window(),),
    )
    return replace(PRIMARY, layers=(layer,), zone="UTC")


class Looking:
    """A process that looks ahead; `hurry` lets time pass until it may look again."""

    def __init__(self, store: Store, ends: timedelta, clock: ShiftedClock | None = None) -> None:
        self.store, self.clock = store, clock or ShiftedClock()
        self.end = (self.clock.now() + ends).date()
        ladder = Ladder(id=LadderId("payments"), rungs=(rung(on_call()), rung(to("cleo"))))
        self.configuration = Configuration(
            roster=replace(ROSTER, schedules={PRIMARY.id: until(self.end)}),
            services={PAYMENTS.id: replace(PAYMENTS, ladder=ladder, ladders={}, catch_all=None)},
            default_service=PAYMENTS.id,
        )
        self.foresight = Foresight(store, self.clock, lambda: self.configuration, lambda: None)

    async def look(self) -> list[HolesAhead]:
        """What is said now that was not said before."""
        await self.foresight.look()
        now = self.clock.now()
        claims = await claim(self.store, Lane.CHAT, at=now)
        await self.store.write(lambda tx: tx.record_all_sent([(each, Receipt()) for each in claims], now))
        said = [each.effect.notice for each in claims if isinstance(each.effect, SayTo)]
        return [each for each in said if isinstance(each, HolesAhead)]

    def hurry(self, span: timedelta = PAUSE) -> None:
        self.clock.advance(span + timedelta(seconds=1))


@pytest.mark.row("F29")
async def test_a_hole_is_told_days_ahead_once_and_again_when_it_is_near(store: Store) -> None:
    looking = Looking(store, 9 * DAY)

    first = await looking.look()
    looking.hurry()
    again = await looking.look()
    looking.hurry(8 * DAY - PAUSE)
    near = await looking.look()
    looking.hurry()
    after = await looking.look()

    assert [each.soon for each in (*first, *near)] == [False, True]
    assert (again, after) == ([], [])
    assert first[0].holes[0].since.date() == looking.end
    assert near[0].holes[0].since == first[0].holes[0].since


async def test_nobody_looks_twice_within_hours_unless_the_configuration_is_another(store: Store) -> None:
    looking = Looking(store, 9 * DAY)
    await looking.look()
    ladder = Ladder(id=LadderId("other"), rungs=(rung(on_call()),))
    changed = replace(looking.configuration.services[PAYMENTS.id], ladder=ladder)

    looking.configuration = replace(looking.configuration, services={PAYMENTS.id: changed})
    unseen = await looking.look()
    looking.configuration = replace(looking.configuration, digest="another file")
    seen = await looking.look()

    assert unseen == []
    assert [each.holes[0].ladder for each in seen] == ["other"]


async def test_two_who_look_at_the_same_time_tell_it_once(store: Store) -> None:
    one = Looking(store, 9 * DAY)
    other = Looking(store, 9 * DAY, one.clock)

    told = [*await one.look(), *await other.look()]

    assert len(told) == 1


async def test_what_is_said_names_the_time_and_who_would_be_reached(store: Store) -> None:
    looking = Looking(store, 9 * DAY)
    (told,) = await looking.look()

    words = str(notice_told(told).body())

    assert "Incidents of Payments would find nobody at one time in the next days" in words
    assert "nobody on call for schedule primary (ladder payments); first reached is Cleo at once" in words


async def test_without_a_hole_nothing_is_said(store: Store) -> None:
    assert await Looking(store, 40 * DAY).look() == []


async def test_a_service_that_cannot_be_foreseen_hides_nobody_elses_holes(store: Store) -> None:
    looking = Looking(store, 9 * DAY)
    (service,) = looking.configuration.services.values()
    nowhere = replace(looking.configuration.roster.schedules[PRIMARY.id], zone="Nowhere/Else")
    broken = replace(
        service,
        id=ServiceId("broken"),
        name="Broken",
        ladder=Ladder(id=LadderId("broken"), rungs=(rung(ScheduleTarget(schedule=ScheduleId("nowhere"))),)),
    )
    looking.configuration = replace(
        looking.configuration,
        roster=replace(
            looking.configuration.roster,
            schedules={**looking.configuration.roster.schedules, ScheduleId("nowhere"): nowhere},
        ),
        services={broken.id: broken, service.id: service},
    )

    (said,) = await looking.look()

    assert said.about.title == service.name
