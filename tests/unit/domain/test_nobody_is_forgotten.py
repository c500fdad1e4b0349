"""Corners in which somebody who should be asked was not, or was asked for nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import commands as c
from bot.domain.alert import Severity
from bot.domain.decide import decide, wanted
from bot.domain.decision import Decision
from bot.domain.effects import PagePerson, RefreshPages
from bot.domain.incident import Incident, Status, Via
from bot.domain.ladder import SHORTEST_REPEAT
from bot.domain.people import MethodKind
from bot.domain.refused import Refused
from tests.examples import ANN, MINUTE, NOW, PAYMENTS, ROSTER, actor, triggered

LATER = NOW + MINUTE


def rung_due(incident: Incident) -> Decision:
    assert incident.due_at is not None
    return decide(incident, c.RungDue(due_at=incident.due_at, roster=ROSTER), incident.due_at)


def people_paged(decision: Decision) -> set[str]:
    return {effect.person for effect in decision.effects if isinstance(effect, PagePerson)}


def acknowledged() -> Incident:
    return decide(
        rung_due(triggered()).incident, c.Acknowledge(by=actor("ann"), via=Via.PAGE), LATER
    ).incident


def test_when_everybody_has_declined_they_are_asked_again_soon() -> None:
    decision, paged = rung_due(triggered()), set[str]()
    for _ in range(20):
        now = people_paged(decision)
        if not now:
            break
        paged |= now
        for person in sorted(now):
            due = decision.incident.due_at
            assert due is not None
            wish = c.Decline(
                by=actor(person),
                via=Via.PAGE,
                person=ROSTER.by_slack(f"U{person.upper()}").id,
                epoch=decision.incident.epoch,
            )
            decision = decide(decision.incident, wish, LATER)
        decision = rung_due(decision.incident)

    assert paged == {"ann", "bob", "cleo"}
    assert decision.incident.due_at == LATER + SHORTEST_REPEAT
    assert people_paged(rung_due(decision.incident)), "nobody would ever be asked again"


def test_somebody_who_has_it_can_be_paged_by_hand_until_they_answer_that() -> None:
    asked_at = LATER + 5 * MINUTE
    wish = c.PagePeople(by=actor("bob"), via=Via.COMMAND, people=(ANN,), message="join the call")
    decision = decide(acknowledged(), wish, asked_at)
    pages = [effect for effect in decision.effects if isinstance(effect, PagePerson)]

    assert pages
    assert all(wanted(decision.incident, page) for page in pages)
    answer = c.Acknowledge(by=actor("ann"), via=Via.PAGE)
    answered = decide(decision.incident, answer, asked_at + MINUTE)
    assert not any(wanted(answered.incident, page) for page in pages)
    assert answered.revokes_pages


def test_what_has_no_ladder_comes_back_to_whoever_had_put_it_off() -> None:
    quiet = triggered(replace(PAYMENTS, ladders={Severity.SEV4: None}), Severity.SEV4)
    until = NOW + timedelta(hours=1)
    snoozed = decide(quiet, c.Snooze(by=actor("ann"), via=Via.COMMAND, until=until), NOW).incident

    woken = decide(snoozed, c.WakeDue(wake_at=until), until)

    assert woken.incident.status is Status.TRIGGERED
    pages = [effect for effect in woken.effects if isinstance(effect, PagePerson)]
    assert [page.slack_user for page in pages] == [ANN.slack_user]
    assert all(wanted(woken.incident, page) for page in pages)


def test_an_acknowledgement_for_ever_is_no_acknowledgement() -> None:
    wish = c.Acknowledge(by=actor("ann"), via=Via.COMMAND, until=NOW + timedelta(days=9000))

    with pytest.raises(Refused, match="24 hours"):
        decide(rung_due(triggered()).incident, wish, LATER)


def test_a_page_that_arrives_after_the_acknowledgement_soon_says_so() -> None:
    late = decide(acknowledged(), c.PageSent(person="Bob", method=MethodKind.SLACK), LATER)
    in_time = decide(rung_due(triggered()).incident, c.PageSent(person="Ann", method=MethodKind.SLACK), NOW)

    assert any(isinstance(effect, RefreshPages) for effect in late.effects)
    assert not any(isinstance(effect, RefreshPages) for effect in in_time.effects)
