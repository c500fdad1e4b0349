"""Climbing a ladder: who is paged when, and what happens when nobody is there."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.commands import Decline, RungDue
from bot.domain.decide import decide
from bot.domain.decision import Decision
from bot.domain.effects import Announce, OpenTicket, PageChannel, PagePerson
from bot.domain.ids import LadderId
from bot.domain.incident import Incident, Status, Via
from bot.domain.ladder import LATE, SHORTEST_REPEAT, ChannelTarget, Ladder, Rung
from bot.domain.roster import Roster
from bot.domain.timeline import EntryKind
from tests.examples import (
    ANN,
    LADDER,
    MINUTE,
    NOW,
    PAYMENTS,
    ROSTER,
    actor,
    on_call,
    rung,
    to,
    triggered,
)


def climb(incident: Incident, at: datetime | None = None, roster: Roster = ROSTER) -> Decision:
    assert incident.due_at is not None
    return decide(incident, RungDue(due_at=incident.due_at, roster=roster), at or incident.due_at)


def paged(decision: Decision) -> list[str]:
    return [
        effect.person for effect in decision.effects if isinstance(effect, PagePerson) and effect.number == 0
    ]


def climbed(ladder: Ladder, times: int, roster: Roster = ROSTER) -> list[Decision]:
    incident, decisions = triggered(replace(PAYMENTS, ladder=ladder)), []
    for _ in range(times):
        decisions.append(climb(incident, roster=roster))
        incident = decisions[-1].incident
    return decisions


def test_the_first_rung_pages_at_once_by_every_method_in_order() -> None:
    decision = climb(triggered())

    pages = [effect for effect in decision.effects if isinstance(effect, PagePerson)]
    assert [(page.person, page.method.value, page.at) for page in pages] == [
        ("ann", "slack", NOW),
        ("ann", "email", NOW + MINUTE),
    ]
    assert decision.incident.due_at == NOW + 5 * MINUTE


def test_rungs_and_rounds_are_climbed_in_order_and_then_the_catch_all_for_ever() -> None:
    decisions = climbed(LADDER, 7)

    assert [paged(decision) for decision in decisions] == [
        ["ann"], ["bob"], ["ann"], ["bob"], ["cleo"], ["cleo"], ["cleo"],
    ]  # fmt: skip
    exhausted = decisions[4]
    assert [effect.about for effect in exhausted.effects if isinstance(effect, Announce)] == ["exhausted"]
    assert exhausted.incident.escalation is not None
    assert exhausted.incident.escalation.exhausted_at is not None


def test_an_exhausted_ladder_without_a_catch_all_goes_on_at_least_hourly() -> None:
    alone = Ladder(id=LadderId("alone"), rungs=(rung(to("ann"), minutes=600),))
    incident = triggered(replace(PAYMENTS, ladder=alone, catch_all=None))
    for _ in range(4):
        incident = climb(incident).incident

    decision = climb(incident)

    assert paged(decision) == ["ann"]
    assert decision.incident.due_at is not None
    assert incident.due_at is not None
    assert decision.incident.due_at - incident.due_at <= timedelta(hours=1)


@pytest.mark.row("F29")
@pytest.mark.row("F30")
def test_a_rung_at_which_nobody_is_reached_is_not_waited_for() -> None:
    ladder = Ladder(id=LadderId("gap"), rungs=(rung(on_call("nobody")), rung(to("gone")), rung(to("bob"))))

    decision = climb(triggered(replace(PAYMENTS, ladder=ladder)))

    assert paged(decision) == ["bob"]
    assert decision.incident.paging.nobody == ("schedule nobody", "person gone")
    assert any(isinstance(effect, Announce) and effect.about == "nobody" for effect in decision.effects)
    assert decision.incident.due_at == NOW + 5 * MINUTE


def test_when_nobody_at_all_is_reached_it_is_said_and_tried_again_soon() -> None:
    decision = climb(triggered(), roster=Roster())

    assert paged(decision) == []
    assert decision.incident.due_at == NOW + SHORTEST_REPEAT
    assert {entry.kind for entry in decision.entries} >= {EntryKind.NOBODY, EntryKind.EXHAUSTED}
    assert climb(decision.incident).incident.due_at is not None


def test_a_channel_is_a_target_of_its_own() -> None:
    ladder = Ladder(id=LadderId("loud"), rungs=(rung(ChannelTarget(channel="#sec"), to("ann")),))

    decision = climb(triggered(replace(PAYMENTS, ladder=ladder)))

    assert [effect.channel for effect in decision.effects if isinstance(effect, PageChannel)] == ["#sec"]
    assert paged(decision) == ["ann"]


def test_somebody_who_is_meant_twice_by_a_rung_is_paged_once() -> None:
    ladder = Ladder(id=LadderId("twice"), rungs=(rung(to("ann"), on_call(), to("ann")),))

    decision = climb(triggered(replace(PAYMENTS, ladder=ladder)))

    assert paged(decision) == ["ann"]


def test_on_time_there_is_no_drift_and_after_an_outage_everyone_keeps_the_whole_wait() -> None:
    incident = triggered()

    on_time = climb(incident, NOW + timedelta(seconds=20))
    late = climb(incident, NOW + LATE + timedelta(seconds=1))

    assert on_time.incident.due_at == NOW + 5 * MINUTE
    assert late.incident.due_at == NOW + LATE + timedelta(seconds=1) + 5 * MINUTE


@pytest.mark.row("F03")
def test_a_stale_tick_changes_nothing() -> None:
    incident = triggered()
    first = climb(incident)

    again = decide(first.incident, RungDue(due_at=NOW, roster=ROSTER), NOW + timedelta(seconds=1))

    assert not again.changed
    assert again.effects == ()


def test_the_ticket_is_wanted_when_the_incident_opens_and_not_again() -> None:
    decision = climb(triggered())

    assert not any(isinstance(effect, OpenTicket) for effect in decision.effects)
    assert decision.incident.status is Status.TRIGGERED


targets = st.sampled_from([to("ann"), to("bob"), to("gone"), on_call(), on_call("void")])
rungs = st.lists(
    st.builds(
        Rung,
        targets=st.lists(targets, min_size=1, max_size=4).map(tuple),
        wait=st.timedeltas(min_value=timedelta(seconds=30), max_value=timedelta(days=7)),
    ),
    min_size=1,
    max_size=6,
)


@given(rungs=rungs, rounds=st.integers(1, 4), lateness=st.lists(st.floats(0, 200), min_size=1, max_size=30))
def test_page_keys_never_repeat_and_the_clock_never_stops(
    rungs: list[Rung], rounds: int, lateness: list[float]
) -> None:
    ladder = Ladder(id=LadderId("any"), rungs=tuple(rungs), rounds=rounds)
    incident, keys, before = triggered(replace(PAYMENTS, ladder=ladder)), set[str](), NOW

    for late in lateness:
        assert incident.due_at is not None
        assert incident.due_at >= before
        before = incident.due_at + timedelta(seconds=late)
        decision = climb(incident, before)
        for effect in decision.effects:
            if isinstance(effect, PagePerson | PageChannel | Announce):
                assert effect.key not in keys
                keys.add(effect.key)
        assert paged(decision) or decision.incident.paging.nobody
        incident = decision.incident
        assert incident.due_at is not None
        assert incident.due_at > before


@pytest.mark.row("F16")
def test_a_page_that_comes_late_says_how_late() -> None:
    incident = triggered()

    late = [e.late for e in climb(incident, NOW + 5 * MINUTE).effects if isinstance(e, PagePerson)]
    on_time = [e.late for e in climb(incident, NOW + MINUTE).effects if isinstance(e, PagePerson)]

    assert set(late) == {5 * MINUTE}
    assert set(on_time) == {timedelta()}


def test_when_everybody_declined_they_are_asked_again_rather_than_nobody() -> None:
    alone = Ladder(id=LadderId("alone"), rungs=(rung(to("ann")),))
    fired = climb(triggered(replace(PAYMENTS, ladder=alone, catch_all=None))).incident
    cannot = Decline(by=actor("ann"), via=Via.PAGE, person=ANN.id, epoch=fired.epoch)

    declined = decide(fired, cannot, NOW + MINUTE).incident
    asked = climb(declined, NOW + MINUTE)

    assert paged(asked) == ["ann"]
