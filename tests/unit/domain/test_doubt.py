"""Incidents of which the database may not know the newest state."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import commands as c
from bot.domain.decide import decide
from bot.domain.doubt import found, would_page
from bot.domain.effects import PagePerson
from bot.domain.incident import Incident, Status, Via
from bot.domain.ladder import Step
from bot.domain.sight import Sight
from tests.examples import ANN, BOB, MINUTE, NOW, PAYMENTS, ROSTER, actor, alert
from tests.unit.domain.test_decide import LATER, acknowledged, held, resolved, rung_fired

DOUBT, CARD = c.Doubt(), Via.CARD


def doubted(incident: Incident | None = None) -> Incident:
    return decide(incident or rung_fired(), DOUBT, LATER).incident


def seen(incident: Incident, **facts: object) -> c.Recalled:
    """What its card shows, some versions later."""
    sight = Sight(
        id=incident.id,
        number=incident.number,
        version=incident.version + 5,
        status=Status.TRIGGERED,
        severity=incident.severity,
        service=incident.service.id,
        title=incident.title,
        entries=incident.entries + 4,
        by=actor("bob"),
    )
    return c.Recalled(sight=replace(sight, **facts))  # type: ignore[arg-type]  # checked by replace


def test_what_is_in_doubt_neither_climbs_nor_wakes() -> None:
    climbing, asleep = doubted(), doubted(acknowledged())
    much_later = NOW + timedelta(days=30)
    assert climbing.due_at is not None
    assert asleep.wake_at is not None

    rung = decide(climbing, c.RungDue(due_at=climbing.due_at, roster=ROSTER), much_later)
    wake = decide(asleep, c.WakeDue(wake_at=asleep.wake_at), much_later)

    assert not rung.changed
    assert not wake.changed


def test_what_is_over_or_doubted_already_is_not_doubted() -> None:
    assert not decide(resolved(), DOUBT, LATER).changed
    assert not decide(doubted(), DOUBT, LATER).changed


def test_a_card_that_knows_no_more_changes_nothing() -> None:
    incident = rung_fired()

    told = decide(doubted(incident), seen(incident, version=incident.version), LATER)

    assert not told.changed
    assert not decide(incident, seen(incident, status=Status.RESOLVED), LATER).changed


@pytest.mark.parametrize("status", [Status.ACKNOWLEDGED, Status.RESOLVED])
def test_what_somebody_has_or_has_ended_is_taken_over(status: Status) -> None:
    incident = doubted()

    told = decide(incident, seen(incident, status=status), LATER)

    assert told.incident.status is status
    assert told.incident.unconfirmed is None
    assert told.incident.due_at is None
    assert told.revokes_pages
    assert told.incident.version > seen(incident).sight.version
    assert [entry.seq for entry in told.entries][-1] == told.incident.entries > incident.entries + 4
    who = told.incident.resolution or told.incident.acknowledgements[0]
    assert who.by == actor("bob")


def test_a_climb_that_went_on_goes_on_from_there() -> None:
    incident, due = doubted(), LATER + MINUTE

    told = decide(incident, seen(incident, epoch=1, step=Step(round=2, rung=2), due_at=due), LATER).incident
    fired = decide(told, c.Confirm(by=actor("ann"), via=CARD, page=True), LATER).incident
    paged = decide(fired, c.RungDue(due_at=due, roster=ROSTER), due)

    assert told.unconfirmed is not None
    assert fired.unconfirmed is None
    assert {effect.person for effect in paged.effects if isinstance(effect, PagePerson)} == {BOB.id}


def test_a_person_who_confirms_has_it_paged_where_it_stood_or_left() -> None:
    incident = doubted()

    paging = decide(incident, c.Confirm(by=actor("ann"), via=CARD, page=True), LATER)
    leaving = decide(incident, c.Confirm(by=actor("ann"), via=CARD, page=False), LATER)

    assert paging.incident.due_at == incident.due_at
    assert leaving.incident.due_at is None
    assert leaving.incident.unpaged
    assert leaving.revokes_pages
    assert paging.incident.unconfirmed is leaving.incident.unconfirmed is None
    assert not decide(rung_fired(), c.Confirm(by=actor("ann"), via=CARD, page=False), LATER).changed


@pytest.mark.parametrize(
    "wish",
    [
        c.Acknowledge(by=actor("ann"), via=CARD),
        c.Resolve(by=actor("ann"), via=CARD),
        c.Escalate(by=actor("ann"), via=CARD),
        c.Snooze(by=actor("ann"), via=CARD, until=LATER + MINUTE),
        c.PagePeople(by=actor("ann"), via=CARD, people=(ANN,)),
    ],
    ids=lambda wish: type(wish).__name__,
)
def test_whoever_does_something_about_it_has_looked(wish: c.Wish) -> None:
    after = decide(doubted(), wish, LATER)

    assert after.changed
    assert after.incident.unconfirmed is None


def test_an_escalation_of_what_is_overdue_ends_the_doubt_although_the_clock_is_as_it_was() -> None:
    incident, much_later = doubted(), NOW + timedelta(days=1)

    after = decide(incident, c.Escalate(by=actor("ann"), via=CARD), much_later)

    assert after.changed
    assert after.incident.unconfirmed is None
    assert after.incident.due_at is not None
    assert after.incident.due_at <= much_later


def test_a_note_is_no_look() -> None:
    after = decide(doubted(), c.AddNote(by=actor("ann"), via=CARD, text="hm"), LATER)

    assert after.incident.unconfirmed is not None


def test_an_alert_that_fires_now_is_in_no_doubt() -> None:
    again = c.AlertSeen(alert=replace(alert(), at=LATER), severity=rung_fired().severity, held=held())

    assert decide(doubted(), again, LATER).incident.unconfirmed is None


def test_only_what_pages_at_once_counts_to_the_crowd() -> None:
    asleep = acknowledged()
    assert asleep.wake_at is not None

    assert would_page(rung_fired(), LATER)
    assert not would_page(replace(rung_fired(), unpaged=True), LATER)
    assert not would_page(asleep, LATER)
    assert would_page(asleep, asleep.wake_at)
    assert not would_page(resolved(), LATER)


@pytest.mark.parametrize("status", [Status.TRIGGERED, Status.ACKNOWLEDGED])
def test_an_incident_that_was_lost_goes_on_as_its_card_tells(status: Status) -> None:
    incident = rung_fired()
    sight = seen(incident, status=status, epoch=3, step=Step(round=1, rung=2), due_at=LATER).sight

    back = found(sight, PAYMENTS, LATER).incident

    assert (back.id, back.number, back.status, back.epoch) == (incident.id, incident.number, status, 3)
    assert back.unconfirmed is not None
    assert back.due_at == (LATER if status is Status.TRIGGERED else None)
    assert would_page(back, LATER) is (status is Status.TRIGGERED)


def test_a_ladder_that_has_become_shorter_is_climbed_from_its_foot() -> None:
    sight = seen(rung_fired(), epoch=1, step=Step(round=1, rung=9), due_at=LATER).sight

    back = found(sight, PAYMENTS, LATER).incident

    assert back.escalation is not None
    assert back.escalation.rung == PAYMENTS.ladder.rungs[0]
