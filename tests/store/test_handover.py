"""Shift changes: what the outgoing person has is offered once, whoever looks and however often."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from bot.domain import commands as c
from bot.domain.alert import Severity
from bot.domain.calendar import Window
from bot.domain.configuration import Configuration
from bot.domain.ids import LadderId
from bot.domain.incident import Incident, Via
from bot.domain.ladder import Ladder
from bot.domain.people import Quiet
from bot.ports import Store
from bot.workers.handover import HandOvers
from tests.examples import ANN, MINUTE, NOW, PAYMENTS, ROSTER, actor, on_call, rung, to
from tests.store.stories import declare, obey
from tests.store.test_overrides import override
from tests.store.world import SetClock

HAND_OFF = NOW.replace(hour=9, minute=0)
SERVICE = replace(PAYMENTS, ladder=Ladder(id=LadderId("duty"), rungs=(rung(on_call()),)))
CONFIGURATION = Configuration(roster=ROSTER, services={SERVICE.id: SERVICE}, default_service=SERVICE.id)


def worker(store: Store, clock: SetClock) -> HandOvers:
    return HandOvers(store, clock, lambda: CONFIGURATION, lambda: None)


async def had(store: Store, at: timedelta = MINUTE, by: str = "ann", service: object = SERVICE) -> Incident:
    """An incident that somebody acknowledged so long after NOW."""
    chosen = SERVICE if service is SERVICE else PAYMENTS
    incident = await store.write(lambda tx: declare(tx, service=chosen))
    wish = c.Acknowledge(by=actor(by), via=Via.CARD)
    return await store.write(lambda tx: obey(tx, incident.id, wish, NOW + at))


async def now(store: Store, incident: Incident) -> Incident:
    found = await store.read(lambda tx: tx.incident(incident.id))
    assert found is not None
    return found


async def test_it_is_offered_once_and_stays_where_it_is(store: Store) -> None:
    incident = await had(store)
    clock = SetClock(HAND_OFF - timedelta(seconds=1))
    assert await worker(store, clock).look() == 0

    clock.at = HAND_OFF
    offered = [await worker(store, clock).look() for _ in range(3)]

    after = await now(store, incident)
    assert offered == [1, 0, 0]
    assert [(offer.name, offer.giver.name, offer.schedule) for offer in after.offers] == [
        ("Bob", "Ann", "primary")
    ]
    assert after.acknowledgements == incident.acknowledgements


async def test_whoever_left_it_is_not_asked_again(store: Store) -> None:
    incident = await had(store)
    clock = SetClock(HAND_OFF + MINUTE)
    await worker(store, clock).look()
    (offer,) = (await now(store, incident)).offers
    leave = c.AnswerOffer(by=actor("bob"), via=Via.PAGE, offer=offer.id, accept=False)
    await store.write(lambda tx: obey(tx, incident.id, leave, clock.at))

    clock.at += MINUTE

    assert await worker(store, clock).look() == 0
    assert (await now(store, incident)).offers == ()


@pytest.mark.parametrize(("hours", "count"), [(5, 1), (7, 0)])
async def test_after_the_bot_was_away_it_is_made_up_for_some_hours_back(
    store: Store, hours: int, count: int
) -> None:
    await had(store)

    assert await worker(store, SetClock(HAND_OFF + timedelta(hours=hours))).look() == count


async def test_what_was_acknowledged_after_the_turn_ended_stays(store: Store) -> None:
    """Ann works on although it is Bob's turn: she means it."""
    await had(store, at=HAND_OFF - NOW + MINUTE)

    assert await worker(store, SetClock(HAND_OFF + 5 * MINUTE)).look() == 0


async def test_others_and_other_ladders_are_left_alone(store: Store) -> None:
    await had(store, by="cleo")
    await had(store, service=None)

    assert await worker(store, SetClock(HAND_OFF)).look() == 0


async def test_an_override_wakes_what_waits_for_quiet_hours_and_refreshes_the_card(store: Store) -> None:
    night = Quiet(severities=tuple(Severity), hours=Window(begin=time(0), end=time(16)))
    people = {**ROSTER.people, ANN.id: replace(ANN, quiet=night)}
    rosters = replace(CONFIGURATION, roster=replace(ROSTER, people=people))
    clock = SetClock(NOW)
    looks = HandOvers(store, clock, lambda: rosters, lambda: None)
    incident = await store.write(lambda tx: declare(tx, service=SERVICE))
    roster = rosters.roster
    kept = await store.write(
        lambda tx: obey(tx, incident.id, c.RungDue(due_at=incident.due_at or NOW, roster=roster), NOW)
    )
    await looks.look()
    assert kept.due_at is not None
    assert (await now(store, incident)).due_at == kept.due_at > NOW

    clock.at = NOW + MINUTE
    taken = override("taken", NOW, NOW + timedelta(hours=1))
    await store.write(lambda tx: tx.add_override(taken))

    assert [await looks.look(), await looks.look()] == [1, 0]
    assert (await now(store, incident)).due_at == clock.at
    clock.at += MINUTE
    await store.write(lambda tx: tx.withdraw_override(taken.id, clock.at))
    assert [await looks.look(), await looks.look()] == [1, 0]


async def test_what_changes_who_is_there_has_rungs_that_found_nobody_look_again(store: Store) -> None:
    empty = replace(CONFIGURATION, roster=replace(ROSTER, schedules={}))
    rosters, clock = [empty], SetClock(NOW)
    looks = HandOvers(store, clock, lambda: rosters[-1], lambda: None)
    ladder = Ladder(id=LadderId("duty"), rungs=(rung(on_call()), rung(to("cleo"))))
    incident = await store.write(lambda tx: declare(tx, service=replace(PAYMENTS, ladder=ladder)))
    due = c.RungDue(due_at=incident.due_at or NOW, roster=empty.roster)
    passed = await store.write(lambda tx: obey(tx, incident.id, due, NOW))
    await looks.look()
    assert passed.owed_at is not None
    assert passed.owed_at > NOW + timedelta(hours=1)

    clock.at = NOW + MINUTE
    assert await looks.look() == 0
    rosters.append(CONFIGURATION)

    assert [await looks.look(), await looks.look()] == [1, 0]
    again = await now(store, incident)
    assert again.next_at == again.owed_at == clock.at
    (found,) = await store.read(lambda tx: tx.due(clock.at, 10))
    assert found.id == incident.id
