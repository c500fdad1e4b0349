"""Changing who is on call, on both databases: once a request, told to all, and paged as decided."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar, cast

import pytest

from bot.clock import ShiftedClock
from bot.domain.alert import Severity
from bot.domain.commands import Declare
from bot.domain.configuration import Configuration
from bot.domain.duty import AnswerSwap, OfferSwap, SetOverride, Turn, Withdraw
from bot.domain.effects import AskSwap, Effect, Lane, TellChange
from bot.domain.ids import LadderId, PersonId, ServiceId
from bot.domain.incident import Via
from bot.domain.ladder import Ladder, Rung, ScheduleTarget
from bot.domain.override import OverrideKind
from bot.domain.refused import Refused
from bot.domain.service import Service
from bot.duty import Duty
from bot.ports import Store, Tx
from bot.service import Desk
from bot.workers.climber import Climber
from bot.workers.crowd import Crowd
from tests.unit.domain.duty_world import ANN, AUTHORITY, BOB, HOUR, PRIMARY, ROSTER, actor

T = TypeVar("T")
LEAD = actor("ULEA")
LADDER = Ladder(
    id=LadderId("one"),
    rungs=(Rung(targets=(ScheduleTarget(schedule=PRIMARY),), wait=timedelta(minutes=5)),),
)
SERVICE = Service(id=ServiceId("api"), name="API", channel="#api", ladder=LADDER)
CONFIGURATION = Configuration(
    roster=ROSTER, services={SERVICE.id: SERVICE}, default_service=SERVICE.id, authority=AUTHORITY
)


def duty(store: Store, clock: ShiftedClock) -> Duty:
    return Duty(store, clock, lambda: CONFIGURATION, lambda: None)


def someone(clock: ShiftedClock) -> SetOverride:
    """Whoever is not on call now is to be."""
    now = clock.now()
    (shift,) = ROSTER.on_call(PRIMARY, now)
    other = BOB if shift.person == ANN else ANN
    return SetOverride(
        by=LEAD, schedule=PRIMARY, kind=OverrideKind.REPLACE, person=other, since=now, until=now + HOUR
    )


async def told(store: Store, clock: ShiftedClock) -> list[Effect]:
    """What waits to be told."""
    later = clock.now() + timedelta(seconds=1)

    def work(tx: Tx) -> list[Effect]:
        return [each.effect for each in tx.claim(Lane.CHAT, later, 0.0, 50, timedelta(seconds=15))]

    return await store.write(work)


async def test_a_change_is_told_to_the_channel_and_to_both_sides(store: Store) -> None:
    clock = ShiftedClock()

    await duty(store, clock).override("request", someone(clock))

    effects = [each for each in await told(store, clock) if isinstance(each, TellChange)]
    assert {each.channel for each in effects if each.channel} == {"#api"}, "the service's that pages it"
    assert {each.user for each in effects if each.user} == {"UANN", "UBOB"}
    assert len({each.key for each in effects}) == 3


async def test_a_request_that_comes_again_changes_nothing(store: Store) -> None:
    clock = ShiftedClock()
    desk, wish = duty(store, clock), someone(clock)
    first = await desk.override("request", wish)

    again = await desk.override("request", wish)

    assert (first.repeated, again.repeated) == (False, True)
    assert len((await desk.decided()).overrides) == 1
    assert len(await store.read(lambda tx: tx.journal())) == 1


async def test_what_is_refused_leaves_nothing_behind(store: Store) -> None:
    clock = ShiftedClock()
    desk, wish = duty(store, clock), someone(clock)

    with pytest.raises(Refused):
        await desk.override("request", replace(wish, by=actor("UCID")))

    assert (await desk.decided()).overrides == ()
    assert await told(store, clock) == []
    assert (await desk.override("request", wish)).repeated is False, "it may be asked for again"


async def test_an_agreed_swap_stands_whole_or_not_at_all(store: Store) -> None:
    clock = ShiftedClock()
    desk, now = duty(store, clock), clock.now()
    turns: dict[PersonId, Turn] = {}
    for shift in ROSTER.shifts(PRIMARY, now + 48 * HOUR, now + 96 * HOUR):
        turns.setdefault(shift.person, Turn(person=shift.person, since=shift.since, until=shift.until))
    wish = OfferSwap(by=actor("UANN"), schedule=PRIMARY, mine=turns[ANN], theirs=turns[BOB])
    offered = await desk.offer("offer", wish)
    (ask,) = [each for each in await told(store, clock) if isinstance(each, AskSwap)]
    agree = AnswerSwap(by=actor("UBOB"), swap=offered.swap.id, agree=True)

    outcomes = await asyncio.gather(
        *(desk.answer(f"answer {n}", agree) for n in range(4)), return_exceptions=True
    )

    assert ask.user == "UBOB"
    assert sum(isinstance(each, Refused) for each in outcomes) == 3, outcomes
    pairs = [(each.person, each.instead_of) for each in (await desk.decided()).overrides]
    assert sorted(pairs) == [(ANN, BOB), (BOB, ANN)]


async def test_two_who_leave_a_schedule_to_each_other_leave_it_to_somebody(store: Store) -> None:
    """Each alone would be fine, both together leave nobody: the second sees the first."""
    clock = ShiftedClock()
    desk, wish = duty(store, clock), someone(clock)
    now = clock.now()
    await desk.override("besides", replace(wish, kind=OverrideKind.ADD))
    leaving = [
        replace(wish, kind=OverrideKind.REMOVE, person=person, since=now, until=now + HOUR / 2)
        for person in (ANN, BOB)
    ]

    outcomes = await asyncio.gather(
        *(desk.override(f"leave {each.person}", each) for each in leaving), return_exceptions=True
    )

    assert sum(isinstance(each, Refused) for each in outcomes) == 1, outcomes
    assert len((await desk.roster()).on_call(PRIMARY, clock.now())) == 1


async def test_a_withdrawal_is_undone_by_nobody_twice(store: Store) -> None:
    clock = ShiftedClock()
    desk = duty(store, clock)
    made = await desk.override("request", someone(clock))
    assert made.change
    wish = Withdraw(by=LEAD, override=made.change.overrides[0])

    await desk.withdraw("one", wish)

    with pytest.raises(Refused, match="withdrawn before"):
        await desk.withdraw("other", wish)
    kinds = [row.change.kind for row in await store.read(lambda tx: tx.journal())]
    assert kinds == ["override made", "override withdrawn"]


class Listening:
    """A store that writes down what is asked of its transactions."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked: list[str] = []

    async def write(self, work: Callable[[Tx], T], *, page: bool = False) -> T:
        return await self._store.write(lambda tx: work(cast("Tx", _Heard(tx, self.asked))), page=page)

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


class _Heard:
    def __init__(self, tx: Tx, asked: list[str]) -> None:
        self._tx, self._asked = tx, asked

    def __getattr__(self, name: str) -> object:
        self._asked.append(name)
        return getattr(self._tx, name)


async def test_a_climb_asks_once_who_is_on_call_and_an_idle_tick_never(store: Store) -> None:
    clock, listening = ShiftedClock(), Listening(store)
    climber = Climber(cast("Store", listening), clock, lambda: CONFIGURATION, lambda: None, Crowd(clock))
    await climber.tick()
    idle = listening.asked.count("roster")
    desk = Desk(store, clock, lambda: CONFIGURATION, lambda: None)
    for number in range(5):
        declare = Declare(
            by=LEAD, title=f"Down {number}", service=SERVICE, severity=Severity.SEV1, via=Via.COMMAND
        )
        await desk.declare(f"request {number}", declare)

    await climber.tick()

    assert (idle, listening.asked.count("roster")) == (0, 1)
    sent = await store.write(lambda tx: tx.claim(Lane.PAGE, clock.now(), 0.0, 50, HOUR))
    assert len(sent) == 5
