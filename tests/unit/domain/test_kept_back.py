"""Rungs that wait for the end of quiet hours, and whom they page when it comes."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.domain import commands as c
from bot.domain.alert import Severity
from bot.domain.calendar import Window
from bot.domain.decide import decide
from bot.domain.decision import Decision
from bot.domain.effects import PagePerson
from bot.domain.incident import Via
from bot.domain.ladder import Ladder, RotatingTarget, Rung
from bot.domain.outlook import Outlook, outlook
from bot.domain.people import Person, Quiet
from bot.domain.roster import Roster
from bot.domain.schedule import Rotation, Schedule, ShiftLength, ShiftUnit, singly
from bot.domain.timeline import EntryKind
from tests.examples import ANN, BOB, CLEO, LADDER, PAYMENTS, PRIMARY, actor, on_call, rung, to, triggered
from tests.unit.domain.test_personal import (
    IN_THE_NIGHT,
    MILD,
    MINUTE,
    MORNING,
    at_night,
    played,
    sleeper,
    told_by_slack,
)

AT_FOUR = datetime(2026, 11, 23, 4, tzinfo=UTC)


def in_turns(*layers: tuple[Person, ...], handoff: int) -> Schedule:
    """They take turns by days."""
    layer = (
        Rotation(
            turns=singly(tuple(each.id for each in people)),
            start=date(2026, 11, 22),
            handoff=time(handoff),
            length=ShiftLength(count=1, unit=ShiftUnit.DAYS),
        )
        for people in layers
    )
    return Schedule(id=PRIMARY.id, zone="UTC", layers=tuple(layer))


def of_schedule(ladder: Ladder, schedule: Schedule, *people: Person) -> tuple[Decision, Roster]:
    _, roster = at_night(ladder, *people)
    roster = replace(roster, schedules={schedule.id: schedule})
    incident = triggered(replace(PAYMENTS, ladder=ladder, catch_all=None), Severity.SEV3, IN_THE_NIGHT)
    return decide(incident, c.RungDue(due_at=IN_THE_NIGHT, roster=roster), IN_THE_NIGHT), roster


def test_a_rung_that_is_kept_back_pages_whoever_comes_on_call_and_is_awake() -> None:
    ladder = replace(LADDER, rungs=(rung(on_call()),))

    decisions = played(*of_schedule(ladder, in_turns((ANN, BOB), handoff=4), sleeper(), BOB))

    told = [each for each in told_by_slack(decisions) if each[1] <= AT_FOUR + 5 * MINUTE]
    assert told[0] == ("bob", AT_FOUR)
    entered = [dict(each.facts) for each in decisions[0].entries if each.kind is EntryKind.QUIET]
    assert entered == [{"people": "Ann", "until": MORNING.isoformat(), "turn": AT_FOUR.isoformat()}]
    assert "ann" not in [person for person, _ in told_by_slack(decisions)], "she is off duty by then"
    first = next(each for made in decisions for each in made.effects if isinstance(each, PagePerson))
    assert not first.held, "it never waited for him"


def test_a_rung_that_is_kept_back_asks_anew_and_waits_on_when_the_next_one_sleeps_too() -> None:
    ladder = replace(LADDER, rungs=(rung(on_call()),))

    decisions = played(*of_schedule(ladder, in_turns((ANN, BOB), handoff=4), sleeper(), sleeper(BOB)))

    assert told_by_slack(decisions) == [("bob", MORNING)]
    entered = [
        entry.facts["people"] for each in decisions for entry in each.entries if entry.kind is EntryKind.QUIET
    ]
    assert entered == ["Ann", "Bob"]


def test_no_page_waits_for_somebody_who_is_off_duty_in_the_morning() -> None:
    ladder = replace(LADDER, rungs=(rung(on_call(), to("cleo")),))

    decision, _ = of_schedule(ladder, in_turns((ANN, BOB), handoff=4), sleeper(), BOB, CLEO)

    assert told_by_slack([decision]) == [("cleo", IN_THE_NIGHT)]


def test_what_waited_with_an_earlier_rung_comes_once_in_the_morning() -> None:
    rungs = (rung(to("ann"), to("bob")), rung(to("ann")))

    decisions = played(*at_night(replace(LADDER, rungs=rungs), sleeper(), BOB))

    assert told_by_slack(decisions) == [("bob", IN_THE_NIGHT), ("ann", MORNING)]
    assert decisions[-1].incident.due_at == MORNING + 5 * MINUTE


def turning(*people: Person, every: timedelta | None = None, minutes: int = 30) -> Ladder:
    target = RotatingTarget(people=tuple(each.id for each in people), every=every)
    return replace(LADDER, rungs=(Rung(targets=(target,), wait=minutes * MINUTE), rung(to("cleo"))))


def minutes_of(told: list[tuple[str, datetime]]) -> list[tuple[str, float]]:
    return [(who, (at - IN_THE_NIGHT) / MINUTE) for who, at in told]


@pytest.mark.parametrize("every", [None, 10 * MINUTE])
def test_a_round_robin_passes_by_who_sleeps_while_another_is_awake(every: timedelta | None) -> None:
    decision, roster = at_night(turning(ANN, BOB, every=every), sleeper(), BOB, CLEO)

    decisions = played(decision, roster, IN_THE_NIGHT + 30 * MINUTE)

    assert minutes_of(told_by_slack(decisions)) == [("bob", 0), ("cleo", 30)]


def test_a_round_robin_that_goes_on_comes_to_each_of_those_who_are_awake() -> None:
    decision, roster = at_night(turning(BOB, ANN, CLEO, every=10 * MINUTE), sleeper(), BOB, CLEO)

    decisions = played(decision, roster, IN_THE_NIGHT + 29 * MINUTE)

    assert minutes_of(told_by_slack(decisions)) == [("bob", 0), ("cleo", 10)]
    assert decisions[-1].incident.due_at == IN_THE_NIGHT + 30 * MINUTE, "the rung keeps its whole wait"


def test_a_round_robin_comes_to_who_wakes_while_the_rung_lasts() -> None:
    decision, roster = at_night(turning(BOB, ANN, every=10 * MINUTE, minutes=600), sleeper(), BOB, CLEO)

    assert told_by_slack(played(decision, roster)) == [("bob", IN_THE_NIGHT), ("ann", MORNING)]


def test_when_all_of_a_round_robin_sleep_it_waits_for_whoever_wakes_first() -> None:
    early = replace(BOB, quiet=Quiet(severities=MILD, hours=Window(begin=time(22), end=time(5))))
    decision, roster = at_night(turning(ANN, BOB, every=10 * MINUTE), sleeper(), early, CLEO)
    at_five = datetime(2026, 11, 23, 5, tzinfo=UTC)

    assert told_by_slack(played(decision, roster, at_five)) == [("bob", at_five)]


@pytest.mark.parametrize("declines", [True, False])
def test_going_on_by_hand_from_a_rung_that_is_kept_back_wakes_nobody_and_forgets_nobody(
    *, declines: bool
) -> None:
    rungs = (rung(to("ann")), rung(to("bob"), minutes=600))
    decision, roster = at_night(replace(LADDER, rungs=rungs), sleeper(), BOB)
    who, now = decision.incident.epoch, IN_THE_NIGHT + MINUTE
    decline = c.Decline(by=actor("cleo"), via=Via.PAGE, person=CLEO.id, epoch=who)
    wish = decline if declines else c.Escalate(by=actor("bob"), via=Via.CARD)

    decisions = played(decide(decision.incident, wish, now), roster)

    assert told_by_slack(decisions) == [("bob", now), ("ann", MORNING)]


def test_who_is_next_is_told_for_when_they_are_paged() -> None:
    ladder = replace(LADDER, rungs=(rung(to("bob")), rung(on_call())))
    decision, roster = of_schedule(ladder, in_turns((ANN, CLEO), handoff=4), sleeper(), BOB, CLEO)

    before = outlook(decision.incident, roster)
    due = decision.incident.due_at
    assert due is not None
    kept = decide(decision.incident, c.RungDue(due_at=due, roster=roster), due).incident

    assert before == outlook(kept, roster) == Outlook(names=("Cleo",), at=AT_FOUR)


def test_whoever_takes_the_turn_and_is_awake_is_paged_at_once_and_an_unchanged_turn_changes_nothing() -> None:
    ladder = replace(LADDER, rungs=(rung(on_call()),))
    decision, roster = of_schedule(ladder, in_turns((ANN, BOB), handoff=4), sleeper(), BOB)
    now = IN_THE_NIGHT + MINUTE
    taken = replace(roster, schedules={PRIMARY.id: in_turns((BOB,), handoff=4)})

    same = decide(decision.incident, c.DutyChanged(roster=roster), now).incident
    changed = decide(decision.incident, c.DutyChanged(roster=taken), now)

    assert same.due_at == decision.incident.due_at
    assert told_by_slack(played(changed, taken, now)) == [("bob", now)]
