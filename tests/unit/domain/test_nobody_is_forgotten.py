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
from bot.domain.people import MethodKind
from bot.domain.refused import Refused
from tests.examples import ANN, MINUTE, NOW, PAYMENTS, ROSTER, actor, triggered

LATER = NOW + MINUTE


def rung_due(incident: Incident) -> Decision:
    assert incident.due_at is not None
    return decide(incident, c.RungDue(due_at=incident.due_at, roster=ROSTER), incident.due_at)


def acknowledged() -> Incident:
    return decide(
        rung_due(triggered()).incident, c.Acknowledge(by=actor("ann"), via=Via.PAGE), LATER
    ).incident


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
