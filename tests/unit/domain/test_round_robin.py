"""Round robins: whose turn it is."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.commands import Decline, Escalate
from bot.domain.decide import decide
from bot.domain.ids import PersonId, ScheduleId
from bot.domain.incident import Incident, Via
from bot.domain.ladder import Ladder, Owed, Resting, RotatingTarget, Rung, Step, TurnBy
from bot.domain.outlook import outlook
from bot.domain.timeline import EntryKind
from tests.examples import ANN, BOB, CLEO, MINUTE, NOW, PAYMENTS, ROSTER, actor, rung, to, triggered
from tests.unit.domain.test_climb import climb, paged

ALL = (ANN.id, BOB.id, CLEO.id)


def turning(*, turn: int = 0, every: timedelta | None = None, by: TurnBy = TurnBy.INCIDENT) -> Incident:
    target = RotatingTarget(people=ALL, every=every, by=by)
    rungs = (Rung(targets=(target,), wait=30 * MINUTE), rung(to("cleo")))
    ladder = Ladder(id=PAYMENTS.ladder.id, rungs=rungs, rounds=3)
    return replace(triggered(replace(PAYMENTS, ladder=ladder)), turn=turn)


def test_each_incident_goes_to_the_next_one() -> None:
    assert [paged(climb(turning(turn=turn))) for turn in range(4)] == [["ann"], ["bob"], ["cleo"], ["ann"]]


def test_the_next_round_goes_to_the_next_one() -> None:
    incident, seen = turning(), []
    for _ in range(5):
        decision = climb(incident)
        incident = decision.incident
        seen += paged(decision)

    assert seen == ["ann", "cleo", "bob", "cleo", "cleo"]


def test_whoever_is_gone_is_passed_by() -> None:
    roster = replace(ROSTER, people={BOB.id: BOB, CLEO.id: CLEO})

    assert paged(climb(turning(), roster=roster)) == ["bob"]


def test_a_round_robin_of_nobody_is_not_waited_for() -> None:
    roster = replace(ROSTER, people={CLEO.id: CLEO})
    target = RotatingTarget(people=(ANN.id, BOB.id))
    ladder = Ladder(id=PAYMENTS.ladder.id, rungs=(Rung(targets=(target,), wait=MINUTE), rung(to("cleo"))))

    decision = climb(triggered(replace(PAYMENTS, ladder=ladder)), roster=roster)

    assert paged(decision) == ["cleo"]
    assert decision.incident.paging.nobody == ("round robin",)


def test_everyone_of_a_schedule_takes_turns() -> None:
    target = RotatingTarget(schedule=ScheduleId("primary"))
    ladder = Ladder(id=PAYMENTS.ladder.id, rungs=(Rung(targets=(target,), wait=MINUTE),))
    incident = triggered(replace(PAYMENTS, ladder=ladder))

    assert {paged(climb(replace(incident, turn=turn)))[0] for turn in range(2)} == {"ann", "bob"}


def test_whoever_was_paged_least_is_next() -> None:
    roster = replace(ROSTER, load={ANN.id: 3, BOB.id: 1, CLEO.id: 1})

    assert paged(climb(turning(by=TurnBy.LOAD), roster=roster)) == ["bob"]
    assert paged(climb(turning(by=TurnBy.LOAD, turn=2), roster=roster)) == ["cleo"]


def test_within_a_rung_it_goes_on_to_each_once_and_the_next_rung_keeps_its_time() -> None:
    incident, seen = turning(every=10 * MINUTE), []
    for _ in range(4):
        assert incident.due_at is not None
        ahead = outlook(incident, ROSTER)
        at, decision = incident.due_at, climb(incident)
        assert ahead is not None
        assert ahead.names == decision.incident.paging.people[-1:]
        seen.append((at - NOW, paged(decision)))
        incident = decision.incident

    assert seen == [
        (0 * MINUTE, ["ann"]),
        (10 * MINUTE, ["bob"]),
        (20 * MINUTE, ["cleo"]),
        (30 * MINUTE, ["cleo"]),
    ]


def test_the_next_in_turn_is_entered() -> None:
    second = climb(climb(turning(every=10 * MINUTE)).incident)

    assert [(entry.kind, entry.facts["people"]) for entry in second.entries] == [(EntryKind.TURN, "Bob")]
    assert second.incident.paging.people == ("Ann", "Bob")


def test_who_declines_has_the_next_in_turn_paged_and_who_escalates_the_next_rung() -> None:
    fired = climb(turning(every=10 * MINUTE)).incident
    cannot = Decline(by=actor("ann"), via=Via.PAGE, person=ANN.id, epoch=fired.epoch)
    now = NOW + MINUTE

    declined = decide(fired, cannot, now).incident
    escalated = decide(fired, Escalate(by=actor("ann"), via=Via.CARD), now).incident

    assert paged(climb(declined, now)) == ["bob"]
    assert paged(climb(escalated, now)) == ["cleo"]


def test_somebody_who_is_paged_by_the_same_rung_anyway_is_not_paged_twice() -> None:
    target = RotatingTarget(people=(ANN.id, PersonId("bob")), every=MINUTE)
    ladder = Ladder(
        id=PAYMENTS.ladder.id, rungs=(Rung(targets=(target, to("bob")), wait=30 * MINUTE), rung(to("cleo")))
    )
    fired = climb(triggered(replace(PAYMENTS, ladder=ladder)))

    assert paged(fired) == ["ann", "bob"]
    assert paged(climb(fired.incident)) == ["cleo"], "all had their turn"


def spinning(*more: RotatingTarget, minutes: int = 30) -> Incident:
    target = RotatingTarget(people=(ANN.id, BOB.id), every=10 * MINUTE)
    rungs = (Rung(targets=(target, *more), wait=minutes * MINUTE), rung(to("cleo")))
    return triggered(replace(PAYMENTS, ladder=Ladder(id=PAYMENTS.ladder.id, rungs=rungs)))


def test_round_robins_of_one_rung_turn_together_and_that_is_one_entry() -> None:
    other = RotatingTarget(people=(PersonId("dan"), CLEO.id), every=10 * MINUTE)
    dan = replace(ANN, id=PersonId("dan"), name="Dan", slack_user="UDAN")
    roster = replace(ROSTER, people={**ROSTER.people, dan.id: dan})

    second = climb(climb(spinning(other), roster=roster).incident, roster=roster)

    assert paged(second) == ["bob", "cleo"]
    assert [dict(entry.facts) for entry in second.entries] == [
        {"rung": "1", "round": "1", "people": "Bob, Cleo"}
    ]


def test_when_nobody_is_left_whose_turn_it_is_the_next_rung_is_paged() -> None:
    fired = climb(spinning()).incident
    roster = replace(ROSTER, people={ANN.id: ANN, CLEO.id: CLEO})

    assert paged(climb(fired, roster=roster)) == ["cleo"]


def test_a_round_robin_of_nobody_beside_somebody_does_not_turn() -> None:
    nobody = RotatingTarget(people=(PersonId("gone"),), every=10 * MINUTE)
    rungs = (Rung(targets=(nobody, to("ann")), wait=30 * MINUTE), rung(to("cleo")))

    fired = climb(triggered(replace(PAYMENTS, ladder=Ladder(id=PAYMENTS.ladder.id, rungs=rungs))))

    assert paged(fired) == ["ann"]
    assert fired.incident.due_at == NOW + 30 * MINUTE


def test_a_turn_that_would_come_with_the_next_rung_is_none() -> None:
    fired = climb(spinning(minutes=10)).incident

    assert fired.due_at == NOW + 10 * MINUTE
    assert fired.escalation is not None
    assert fired.escalation.spin is None
    assert paged(climb(fired)) == ["cleo"]


def test_whoever_has_their_turn_needs_no_page_of_the_rungs_before() -> None:
    fired = climb(spinning()).incident
    assert fired.escalation is not None
    owed = Owed(step=Step(round=1, rung=2), targets=(0,), since=NOW, again_at=NOW + 600 * MINUTE)
    long_ago = Resting(person=CLEO.id, until=NOW, told=True)
    before = replace(fired, escalation=replace(fired.escalation, owed=(owed,), resting=(long_ago,)))

    roster = replace(ROSTER, people={ANN.id: ANN, BOB.id: BOB})

    after = climb(before, roster=roster).incident.escalation

    assert after is not None
    assert [each.paged for each in after.owed] == [(BOB.id,)], "Cleo is gone, so her page is still owed"
    assert after.resting == ()
