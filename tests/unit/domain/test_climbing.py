"""What a climb enters, announces and keeps in mind, in every detail."""

from dataclasses import replace

import pytest

from bot.domain import commands as c
from bot.domain.alert import Severity
from bot.domain.decide import decide
from bot.domain.decision import Decision
from bot.domain.effects import Announce, PagePerson
from bot.domain.incident import Incident, Paging, Via
from bot.domain.ladder import (
    SHORTEST_REPEAT,
    ChannelTarget,
    Hold,
    Ladder,
    Otherwise,
    RotatingTarget,
    Rung,
    Step,
    Target,
    WebhookTarget,
)
from bot.domain.timeline import EntryKind
from tests.examples import ANN, BOB, CLEO, MINUTE, NOW, PAYMENTS, actor, on_call, rung, to, triggered
from tests.unit.domain.test_catching_up import ALL, HOUR, left, owes, owing
from tests.unit.domain.test_catching_up import NOW as NIGHT
from tests.unit.domain.test_catching_up import ROSTER as AT_NIGHT
from tests.unit.domain.test_climb import climb, paged
from tests.unit.domain.test_conditions import OFFICE, OPENS, when
from tests.unit.domain.test_kept_back import AT_FOUR
from tests.unit.domain.test_personal import MORNING, sleeper
from tests.unit.domain.test_told import climbing, ladder

ASLEEP = replace(AT_NIGHT, people=ALL | {ANN.id: sleeper()})


def entered(decision: Decision, kind: EntryKind) -> list[dict[str, str]]:
    return [dict(each.facts) for each in decision.entries if each.kind is kind]


def nobody(decision: Decision) -> list[Announce]:
    return [each for each in decision.effects if isinstance(each, Announce) and each.about == "nobody"]


def at_night(*rungs: Rung) -> Incident:
    own = Ladder(id=PAYMENTS.ladder.id, rungs=rungs)
    return triggered(replace(PAYMENTS, ladder=own, ladders={}, catch_all=None), Severity.SEV3, NIGHT)


# round robins that go on within a rung


@pytest.mark.parametrize(("late", "who"), [(19, "bob"), (20, "cleo"), (30, "cleo")])
def test_when_the_next_rung_is_due_as_well_the_turn_within_the_last_one_is_over(late: int, who: str) -> None:
    target = RotatingTarget(people=(ANN.id, BOB.id), every=10 * MINUTE)
    fired = climb(climbing(ladder(Rung(targets=(target,), wait=20 * MINUTE), rung(to("cleo"))))).incident
    assert fired.due_at == NOW + 10 * MINUTE

    assert paged(climb(fired, NOW + late * MINUTE)) == [who]


@pytest.mark.parametrize("following", [when(to("cleo"), during=OFFICE, hold=True), rung(to("cleo"))])
def test_a_round_robin_does_not_go_on_while_the_next_rung_waits(following: Rung) -> None:
    target = RotatingTarget(people=(ANN.id, BOB.id), every=10 * MINUTE)
    roster = replace(AT_NIGHT, people=ALL | {CLEO.id: sleeper(CLEO)})
    first = Rung(targets=(target,), wait=20 * MINUTE)
    fired = climb(at_night(first, following), roster=roster).incident
    assert fired.escalation is not None
    assert fired.escalation.spin is not None

    after = climb(fired, NIGHT + 25 * MINUTE, roster).incident.escalation

    assert after is not None
    assert after.hold or after.kept
    assert after.spin is None


# rungs that are not for it


def test_rungs_that_are_skipped_are_entered_before_and_after_the_end_of_the_ladder() -> None:
    shut = when(to("bob"), during=OFFICE)
    last = climb(climb(climbing(ladder(rung(to("ann")), shut))).incident)
    first = climb(climb(climbing(ladder(shut, rung(to("ann"))))).incident)

    assert [each.kind for each in last.entries] == [EntryKind.SKIPPED, EntryKind.EXHAUSTED, EntryKind.RUNG]
    assert [each.kind for each in first.entries] == [EntryKind.EXHAUSTED, EntryKind.SKIPPED, EntryKind.RUNG]
    assert entered(last, EntryKind.SKIPPED) == [{"rung": "2", "round": "1", "why": "during office"}]
    assert entered(first, EntryKind.SKIPPED) == [{"rung": "1", "round": "2", "why": "during office"}]


# rungs that wait


def test_a_rung_that_is_kept_back_says_of_its_holes_nothing_before_it_fires() -> None:
    incident = at_night(rung(on_call("gone")), rung(to("ann"), on_call("none")))
    first = climb(incident, roster=ASLEEP)

    key = f"nobody:{incident.id}:1:1"
    assert [(each.nobody, each.key) for each in nobody(first)] == [(("schedule gone",), f"{key}:2:kept")]
    assert first.incident.paging == Paging(nobody=("schedule gone",), at=NIGHT)
    fired = climb(first.incident, MORNING, ASLEEP)
    assert [(each.nobody, each.key) for each in nobody(fired)] == [(("schedule none",), f"{key}:2")]
    assert fired.incident.paging.people == ("Ann",)


def test_a_rung_that_is_kept_back_leaves_what_the_card_shows_of_the_last_pages() -> None:
    shown = Paging(people=("Bob",), at=NIGHT - HOUR)
    incident = replace(at_night(rung(to("ann"))), paging=shown)

    kept = climb(incident, roster=ASLEEP).incident

    assert kept.escalation is not None
    assert kept.escalation.kept is not None
    assert kept.paging == shown


@pytest.mark.parametrize("other", [WebhookTarget(name="siren"), ChannelTarget(channel="C0ALL")])
def test_a_rung_that_tells_a_machine_or_a_channel_is_waited_for_from_then_on(other: Target) -> None:
    decision = climb(at_night(rung(to("ann"), other), rung(to("bob"))), roster=ASLEEP)

    assert paged(decision) == []
    assert decision.incident.due_at == NIGHT + 5 * MINUTE


def test_a_rung_that_is_held_is_entered_with_what_it_waits_for() -> None:
    held = climb(climbing(ladder(when(to("ann"), during=OFFICE, hold=True), rounds=2)))

    assert entered(held, EntryKind.HELD) == [
        {"rung": "1", "round": "1", "until": OPENS.isoformat(), "why": "during office"}
    ]


def test_while_a_rung_is_held_those_who_had_it_before_are_paged_beside_it() -> None:
    incident = climbing(ladder(rung(to("cleo")), when(to("ann"), during=OFFICE, hold=True)))
    assert incident.escalation is not None
    second = replace(incident.escalation, step=Step(round=1, rung=2), also=("UBOB",))

    held = climb(replace(incident, escalation=second))

    own = [each for each in held.effects if isinstance(each, PagePerson)]
    assert {(each.person, each.step) for each in own} == {("bob", Step(round=1, rung=0))}
    assert held.incident.paging == Paging(people=("Bob",), at=NOW)
    assert held.incident.escalation is not None
    assert held.incident.escalation.also == ()
    assert held.incident.due_at == OPENS
    assert paged(climb(held.incident)) == ["ann"]


def test_who_had_it_before_and_sleeps_while_the_rung_is_held_is_owed_the_page() -> None:
    held = replace(rung(to("bob")), when=when(during=OFFICE).when, otherwise=Otherwise.HOLD)
    incident = at_night(held)
    assert incident.escalation is not None
    asked = replace(incident, escalation=replace(incident.escalation, also=("UANN",)))

    decision = climb(asked, roster=ASLEEP)

    assert paged(decision) == []
    assert [(each.step, each.targets, each.also) for each in left(decision)] == [
        (Step(round=1, rung=0), (), ("UANN",))
    ]
    assert decision.incident.escalation is not None
    assert [each.person for each in decision.incident.escalation.resting] == [ANN.id]


def test_for_whom_a_rung_waits_already_that_is_not_entered_again() -> None:
    both = replace(AT_NIGHT, people=ALL | {ANN.id: sleeper(), BOB.id: sleeper(BOB)})
    first = climb(at_night(rung(to("ann"), on_call())), roster=both)

    second = climb(first.incident, roster=both)

    assert first.incident.due_at == AT_FOUR
    assert entered(first, EntryKind.QUIET) == [
        {"people": "Ann", "until": MORNING.isoformat(), "turn": AT_FOUR.isoformat()}
    ]
    assert entered(second, EntryKind.QUIET) == [{"people": "Bob", "until": MORNING.isoformat()}]
    assert second.incident.due_at == MORNING


def test_a_rung_that_waits_for_sleepers_waits_for_nothing_else_any_more() -> None:
    shut = when(to("ann"), outside=OFFICE, hold=True)
    incident = at_night(shut)
    assert incident.escalation is not None
    hold = Hold(since=NIGHT - HOUR, until=NIGHT, why="outside office")
    before = replace(incident.escalation, hold=hold, hurried=True)

    after = climb(replace(incident, escalation=before), roster=ASLEEP).incident.escalation

    assert after is not None
    assert after.kept is not None
    assert (after.hold, after.spin, after.hurried) == (None, None, False)


def test_a_rung_that_was_paged_leaves_nothing_to_the_next_one() -> None:
    shut = when(to("ann"), during=OFFICE, hold=True)
    held = climb(climbing(ladder(shut, when(to("bob"), during=OFFICE, hold=True)))).incident
    asked = decide(held, c.Escalate(by=actor("cleo"), via=Via.CARD), NOW + MINUTE).incident

    fired = climb(asked)

    assert paged(fired) == ["ann"]
    after = fired.incident.escalation
    assert after is not None
    assert (after.forced, after.hurried, after.hold, after.also) == (False, False, None, ())
    assert paged(climb(fired.incident)) == [], "the next one is held as well"


def test_a_rung_that_was_kept_back_is_not_any_more_once_it_was_paged() -> None:
    kept = climb(at_night(rung(to("ann"))), roster=ASLEEP).incident

    after = climb(kept, MORNING, ASLEEP).incident.escalation

    assert after is not None
    assert (after.kept, after.step) == (None, Step(round=2, rung=1))


def test_a_round_robin_that_does_not_go_on_is_over_with_its_page() -> None:
    target = RotatingTarget(people=(ANN.id, BOB.id))

    after = climb(climbing(ladder(rung(target), rung(to("cleo"))))).incident.escalation

    assert after is not None
    assert after.spin is None


# who is on call changed


def test_a_change_of_duty_is_nothing_to_what_stands_still() -> None:
    owed = owing(rung(to("ann")), owes(0))
    changed = c.DutyChanged(roster=AT_NIGHT)
    resolved = decide(owed, c.Acknowledge(by=actor("bob"), via=Via.CARD), NIGHT).incident
    halted = decide(resolved, c.Acknowledge(by=actor("ann"), via=Via.CARD), NIGHT).incident
    quiet = triggered(replace(PAYMENTS, ladders={Severity.SEV4: None}), Severity.SEV4)

    assert halted.due_at is None
    assert quiet.escalation is None
    assert not decide(halted, changed, NIGHT).changed
    assert not decide(quiet, changed, NIGHT).changed
    assert not decide(replace(owed, unconfirmed=3), changed, NIGHT).changed
    assert decide(owed, changed, NIGHT).changed


def test_after_a_change_of_duty_what_is_owed_is_looked_at_at_once() -> None:
    owed = owing(rung(to("ann")), owes(0, again_at=MORNING))

    changed = decide(owed, c.DutyChanged(roster=AT_NIGHT), NIGHT).incident

    assert changed.owed_at == NIGHT
    assert changed.due_at == owed.due_at, "the climb itself goes on as before"


# when nobody is reached


def test_every_rung_that_was_passed_for_want_of_somebody_is_owed() -> None:
    holes = rung(on_call("gone")), rung(to("ann"), on_call("none"))

    decision = climb(climbing(ladder(holes[0], rung(on_call("none")), *holes[1:])))

    assert paged(decision) == ["ann"]
    assert [(each.step.rung, each.targets, each.nobody, each.paged) for each in left(decision)] == [
        (1, (0,), (0,), (ANN.id,)),
        (2, (0,), (0,), (ANN.id,)),
        (3, (1,), (1,), (ANN.id,)),
    ]


def test_who_cannot_is_asked_again_once_nobody_at_all_was_reached() -> None:
    incident = replace(climbing(ladder(rung(to("ann"), minutes=60))), declined=(ANN.id,))

    decision = climb(incident)

    assert decision.incident.declined == ()
    assert entered(decision, EntryKind.EXHAUSTED) == [{"ladder": "payments", "rounds": "1"}]


def test_when_all_of_an_exhausted_ladder_cannot_they_are_asked_again_soon() -> None:
    incident = replace(climbing(ladder(rung(to("ann")))), declined=(ANN.id,))
    assert incident.escalation is not None
    exhausted = replace(incident.escalation, exhausted_at=NOW - HOUR)

    shown = Paging(people=("Ann",), at=NOW - HOUR)

    decision = climb(replace(incident, escalation=exhausted, paging=shown))

    assert paged(decision) == []
    assert decision.incident.paging == Paging(at=NOW)
    assert decision.incident.declined == ()
    assert paged(climb(decision.incident)) == ["ann"]


def test_the_next_rung_is_tried_soon_when_nobody_at_all_was_reached() -> None:
    decision = climb(climbing(ladder(rung(on_call("gone")), rung(on_call("none")))))

    assert decision.incident.due_at == NOW + SHORTEST_REPEAT
    assert [each.nobody for each in nobody(decision)] == [
        ("schedule gone", "schedule none", "schedule gone", "schedule none")
    ]
    assert decision.incident.paging == Paging(nobody=nobody(decision)[0].nobody, at=NOW)
