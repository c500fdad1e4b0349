"""Whoever acknowledges by the link in an e-mail is the person it was sent to, with Slack or without."""

from dataclasses import replace

from bot.domain import commands as c
from bot.domain.decide import decide
from bot.domain.effects import PagePerson
from bot.domain.incident import Via
from bot.domain.people import linked
from tests.examples import ANN, CLEO, MINUTE, ROSTER, actor
from tests.unit.domain.test_decide import LATER, acknowledged, rung_fired


def test_at_the_wake_whoever_acknowledged_by_a_link_is_paged_too() -> None:
    """They may have no Slack at all."""
    away = replace(CLEO, slack_user=None)
    roster = replace(ROSTER, people={**ROSTER.people, CLEO.id: away})
    had_it = decide(rung_fired(), c.Acknowledge(by=linked(away), via=Via.LINK), LATER).incident
    assert had_it.wake_at is not None

    woken = decide(had_it, c.WakeDue(wake_at=had_it.wake_at), had_it.wake_at).incident
    fired = decide(woken, c.RungDue(due_at=had_it.wake_at, roster=roster), had_it.wake_at)

    assert CLEO.id in {effect.person for effect in fired.effects if isinstance(effect, PagePerson)}


def test_at_the_wake_whoever_is_on_call_and_had_it_is_paged_once() -> None:
    had_it = acknowledged()
    assert had_it.wake_at is not None

    woken = decide(had_it, c.WakeDue(wake_at=had_it.wake_at), had_it.wake_at).incident
    fired = decide(woken, c.RungDue(due_at=had_it.wake_at, roster=ROSTER), had_it.wake_at)

    keys = [effect.key for effect in fired.effects if isinstance(effect, PagePerson)]
    assert len(keys) == len(set(keys)) == len(ANN.methods)


def test_whoever_comes_by_a_link_and_by_slack_is_one() -> None:
    first = decide(rung_fired(), c.Acknowledge(by=linked(ANN), via=Via.LINK), LATER).incident

    again = decide(first, c.Acknowledge(by=actor("ann"), via=Via.CARD), LATER + MINUTE)

    assert not again.changed
