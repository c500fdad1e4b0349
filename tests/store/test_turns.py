"""Round robins in the database: each new incident takes the next turn."""

from dataclasses import replace

import pytest

from bot.clock import ShiftedClock
from bot.domain.alert import Severity
from bot.domain.commands import Acknowledge, ChangeSeverity, Restart
from bot.domain.configuration import Configuration
from bot.domain.ids import LadderId, ScheduleId
from bot.domain.incident import Via
from bot.domain.ladder import Ladder, RotatingTarget, Rung, ScheduleTarget
from bot.domain.refused import Refused
from bot.domain.service import Service
from bot.ports import Store, Tx
from bot.service import ById, Desk
from tests.examples import ANN, BOB, CLEO, MINUTE, PAYMENTS, ROSTER, actor, alert

TARGET = RotatingTarget(people=(ANN.id, BOB.id, CLEO.id))
TURNS = Ladder(id=LadderId("turns"), rungs=(Rung(targets=(TARGET,), wait=5 * MINUTE),))
ROUND = replace(PAYMENTS, ladder=TURNS)


def desk(store: Store, *in_force: Configuration) -> Desk:
    return Desk(store, ShiftedClock(), lambda: in_force[0], lambda: None)


def configured(service: Service = ROUND) -> Configuration:
    return Configuration(roster=ROSTER, services={service.id: service}, default_service=service.id)


async def test_turns_are_counted_by_their_name(store: Store) -> None:
    taken = [await store.write(lambda tx: tx.turn("payments")) for _ in range(3)]
    other = await store.write(lambda tx: tx.turn("search"))

    assert (taken, other) == ([0, 1, 2], 0)


async def test_each_incident_takes_the_next_turn_and_keeps_it(store: Store) -> None:
    own = desk(store, configured())
    opened = [await own.ingest(name, [alert(fingerprint=name)]) for name in ("f1", "f2", "f3")]
    incident = opened[2][0].incident
    assert incident is not None

    again = await own.handle(
        "worse",
        ById(id=incident.id),
        ChangeSeverity(by=actor("ann"), via=Via.CARD, severity=Severity.SEV1),
    )

    assert [each[0].incident.turn for each in opened if each[0].incident] == [0, 1, 2]
    assert again.after.turn == 2


async def test_a_ladder_without_a_round_robin_takes_no_turn(store: Store) -> None:
    await desk(store, configured(PAYMENTS)).ingest("f1", [alert()])

    assert await store.write(lambda tx: tx.turn("payments")) == 0


async def test_a_transaction_that_is_rolled_back_takes_no_turn(store: Store) -> None:
    def refused(tx: Tx) -> None:
        tx.turn("turns")
        raise Refused("no")

    await store.write(lambda tx: tx.turn("turns"))
    with pytest.raises(Refused):
        await store.write(refused)

    assert await store.write(lambda tx: tx.turn("turns")) == 1


@pytest.mark.row("F32")
async def test_a_restart_takes_the_ladder_that_is_in_force_when_it_is_granted(store: Store) -> None:
    [opened] = await desk(store, configured(PAYMENTS)).ingest("f1", [alert()])
    assert opened.incident is not None

    handled = await desk(store, configured()).handle(
        "restart", ById(id=opened.incident.id), Restart(by=actor("ann"), via=Via.COMMAND)
    )

    assert handled.after.escalation is not None
    assert handled.after.escalation.ladder == TURNS


async def test_whoever_is_on_call_for_a_role_answers_for_it(store: Store) -> None:
    rungs = (Rung(targets=(ScheduleTarget(schedule=ScheduleId("primary")),), wait=5 * MINUTE),)
    ladder = Ladder(id=LadderId("roles"), rungs=rungs, roles=(ScheduleId("primary"),))
    own = desk(store, configured(replace(PAYMENTS, ladder=ladder)))
    [opened] = await own.ingest("f1", [alert()])
    assert opened.incident is not None
    shifts = ROSTER.on_call(ScheduleId("primary"), own.clock.now())
    who, other = shifts[0].person, next(each for each in (ANN.id, BOB.id) if each != shifts[0].person)

    stranger = await own.handle("a", ById(id=opened.incident.id), Acknowledge(by=actor(other), via=Via.CARD))
    right = await own.handle("b", ById(id=opened.incident.id), Acknowledge(by=actor(who), via=Via.CARD))

    assert stranger.after.status == "triggered"
    assert right.after.status == "acknowledged"
