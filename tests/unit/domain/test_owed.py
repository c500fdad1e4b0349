"""Rungs that were passed: whom they could not page then is paged as soon as that can be."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain.alert import Severity
from bot.domain.calendar import Calendar, Window
from bot.domain.decide import decide, wanted
from bot.domain.decision import Decision
from bot.domain.effects import PageChannel, PagePerson
from bot.domain.ids import CalendarId, LadderId, OverrideId, PersonId
from bot.domain.incident import Incident, Via
from bot.domain.ladder import ChannelTarget, Condition, GroupTarget, Ladder, Otherwise, Rung
from bot.domain.override import Override, OverrideKind
from bot.domain.people import Person
from bot.domain.roster import Roster
from bot.domain.schedule import Rotation, Schedule
from bot.domain.timeline import EntryKind
from tests.examples import ANN, BOB, CLEO, MINUTE, PAYMENTS, PRIMARY, actor, on_call, rung, to, triggered
from tests.unit.domain.test_kept_back import AT_FOUR, in_turns
from tests.unit.domain.test_personal import (
    IN_THE_NIGHT,
    MORNING,
    pages,
    played,
    sleeper,
    ticked,
    told_by_slack,
)

HOUR = timedelta(hours=1)
LONG = timedelta(hours=8)
OFFICE = Calendar(id=CalendarId("office"), zone="UTC", windows=(Window(begin=time(9), end=time(17)),))


def from_four(*people: Person) -> Schedule:
    """Nobody is on call before four."""
    turns = (tuple(each.id for each in people),)
    return Schedule(
        id=PRIMARY.id, zone="UTC", layers=(Rotation(turns=turns, start=date(2026, 11, 23), handoff=time(4)),)
    )


def climbed(
    rungs: Sequence[Rung],
    schedule: Schedule,
    *people: Person,
    severity: Severity = Severity.SEV3,
    catch_all: Ladder | None = None,
) -> tuple[Decision, Roster]:
    """The first rung of an incident that begins in the night."""
    roster = Roster(people={each.id: each for each in people}, schedules={schedule.id: schedule})
    ladder = Ladder(id=LadderId("own"), rungs=tuple(rungs))
    service = replace(PAYMENTS, ladder=ladder, ladders={}, catch_all=catch_all)
    incident = triggered(service, severity, IN_THE_NIGHT)
    return decide(incident, c.RungDue(due_at=IN_THE_NIGHT, roster=roster), IN_THE_NIGHT), roster


def taken(roster: Roster, by: Person, since: datetime) -> Roster:
    made = Override(
        id=OverrideId("1"),
        schedule=PRIMARY.id,
        kind=OverrideKind.REPLACE,
        person=by.id,
        since=since,
        until=since + 12 * HOUR,
        by=actor("cleo"),
        made_at=since,
    )
    return replace(roster, overrides={PRIMARY.id: (made,)})


def asked_anew(incident: Incident, roster: Roster, at: datetime) -> list[Decision]:
    """Somebody decided anew who is on call, and the clock goes on from there."""
    return played(decide(incident, c.DutyChanged(roster=roster), at), roster, at)


def later(decisions: Sequence[Decision]) -> list[dict[str, str]]:
    return [dict(e.facts) for each in decisions for e in each.entries if e.kind is EntryKind.LATER]


def test_who_comes_on_call_for_a_rung_that_found_nobody_is_paged_then_and_the_climb_goes_on() -> None:
    decision, roster = climbed(
        [rung(on_call()), Rung(targets=(to("bob"),), wait=LONG)], from_four(ANN), ANN, BOB
    )

    decisions = played(decision, roster)

    assert told_by_slack(decisions) == [("bob", IN_THE_NIGHT), ("ann", AT_FOUR)]
    assert later(decisions) == [{"rung": "1", "round": "1", "people": "Ann", "why": "nobody"}]
    (page, *_) = (each for each in decisions[-1].effects if isinstance(each, PagePerson))
    assert "nobody was there before" in page.why
    assert not page.held
    last = decisions[-1].incident
    assert last.due_at == IN_THE_NIGHT + LONG, "nobody has a shorter or a longer wait for it"
    assert last.paging.nobody == ()
    assert last.escalation is not None
    assert last.escalation.owed == ()


def test_a_target_that_found_nobody_beside_others_is_tried_again_too() -> None:
    both = Rung(targets=(to("bob"), on_call()), wait=LONG)

    decisions = played(*climbed([both], from_four(ANN), ANN, BOB))

    assert told_by_slack(decisions) == [("bob", IN_THE_NIGHT), ("ann", AT_FOUR)]


def test_an_override_or_a_group_that_fills_the_hole_is_followed_at_once() -> None:
    rungs = [
        Rung(targets=(on_call(), GroupTarget(group="S1")), wait=MINUTE),
        Rung(targets=(to("bob"),), wait=LONG),
    ]
    decision, roster = climbed(rungs, from_four(), ANN, BOB, CLEO)
    now = IN_THE_NIGHT + MINUTE

    by_override = asked_anew(decision.incident, taken(roster, ANN, now), now)
    members = replace(taken(roster, ANN, now), groups={"S1": ("UCLEO",)})
    by_group = asked_anew(by_override[-1].incident, members, now + MINUTE)

    assert told_by_slack(by_override) == [("ann", now)]
    assert told_by_slack(by_group) == [("cleo", now + MINUTE)], "and nobody twice"


def test_whoever_was_paged_meanwhile_is_not_paged_once_more_for_the_rung_that_found_nobody() -> None:
    decision, roster = climbed(
        [rung(on_call()), Rung(targets=(to("bob"),), wait=LONG)], from_four(ANN), ANN, BOB
    )
    now = IN_THE_NIGHT + MINUTE

    assert told_by_slack(asked_anew(decision.incident, taken(roster, BOB, now), now)) == []


def test_while_somebody_has_it_nobody_is_paged_for_what_was_passed_and_an_undo_makes_up_for_it() -> None:
    decision, roster = climbed(
        [rung(on_call()), Rung(targets=(to("bob"),), wait=LONG)], from_four(ANN), ANN, BOB
    )
    acknowledged = decide(
        decision.incident, c.Acknowledge(by=actor("bob"), via=Via.PAGE), AT_FOUR - 5 * MINUTE / 60
    )

    assert acknowledged.incident.next_at is None, "sev3 has no time-out"
    undone = decide(acknowledged.incident, c.Undo(by=actor("bob"), via=Via.CARD), AT_FOUR + MINUTE / 6)
    assert told_by_slack(played(undone, roster, AT_FOUR + MINUTE)) == [("ann", AT_FOUR)]


def test_a_new_climb_owes_nothing_of_the_old_one() -> None:
    decision, roster = climbed([rung(on_call()), rung(to("bob"))], from_four(ANN), ANN, BOB)
    raised = decide(
        decision.incident,
        c.ChangeSeverity(by=actor("bob"), via=Via.CARD, severity=Severity.SEV1),
        AT_FOUR + MINUTE,
    )

    assert raised.incident.escalation is not None
    assert raised.incident.escalation.owed == ()
    assert told_by_slack(played(raised, roster, AT_FOUR + MINUTE)) == [("ann", AT_FOUR + MINUTE)]


def test_who_comes_on_call_in_their_quiet_hours_is_paged_when_these_end() -> None:
    decision, roster = climbed(
        [rung(on_call()), Rung(targets=(to("bob"),), wait=LONG)], from_four(ANN), sleeper(), BOB
    )

    decisions = played(decision, roster)

    assert told_by_slack(decisions) == [("bob", IN_THE_NIGHT), ("ann", MORNING)]
    (page, *_) = (each for each in decisions[-1].effects if isinstance(each, PagePerson))
    assert page.held


def test_a_rung_that_counts_at_hours_alone_makes_up_for_its_hole_in_these() -> None:
    day = Rung(targets=(on_call(),), wait=MINUTE, when=Condition(outside=OFFICE))
    decision, roster = climbed([day, Rung(targets=(to("bob"),), wait=40 * HOUR)], from_four(), ANN, BOB)
    at_ten = IN_THE_NIGHT.replace(hour=10, minute=0)

    nothing = asked_anew(decision.incident, taken(roster, ANN, at_ten), at_ten)
    evening = played(nothing[-1], taken(roster, ANN, at_ten), at_ten.replace(hour=17))

    assert told_by_slack(nothing) == []
    assert told_by_slack(evening) == [("ann", at_ten.replace(hour=17))]


def beside_the_sleeper(schedule: Schedule, *people: Person) -> tuple[Decision, Roster]:
    """Cleo is paged at once, and Ann's page waits for the end of her quiet hours."""
    return climbed([Rung(targets=(to("cleo"), on_call()), wait=LONG)], schedule, sleeper(), CLEO, *people)


def test_a_page_that_waits_beside_others_goes_to_whoever_is_on_call_by_then() -> None:
    decisions = played(*beside_the_sleeper(in_turns((ANN, BOB), handoff=4), BOB))

    assert told_by_slack(decisions) == [("cleo", IN_THE_NIGHT), ("bob", AT_FOUR)]
    entered = [dict(e.facts) for e in decisions[0].entries if e.kind is EntryKind.QUIET]
    assert entered == [{"people": "Ann", "until": MORNING.isoformat(), "turn": AT_FOUR.isoformat()}]


def test_a_page_that_waits_beside_others_follows_a_take_at_once() -> None:
    decision, roster = beside_the_sleeper(in_turns((ANN,), handoff=4), BOB)
    now = IN_THE_NIGHT + HOUR

    made = asked_anew(decision.incident, taken(roster, BOB, now), now)
    rest = played(made[-1], taken(roster, BOB, now))

    assert told_by_slack(made) == [("bob", now)]
    assert "ann" not in [who for who, _ in told_by_slack(rest)], "she is off duty in the morning"


def test_a_take_that_is_withdrawn_leaves_the_page_with_whoever_is_on_call_after_all() -> None:
    decision, roster = beside_the_sleeper(in_turns((ANN,), handoff=4), sleeper(BOB))
    now = IN_THE_NIGHT + HOUR

    made = asked_anew(decision.incident, taken(roster, BOB, now), now)
    again = asked_anew(made[-1].incident, roster, now + MINUTE)

    assert told_by_slack([*made, *again]) == []
    assert told_by_slack(played(again[-1], roster)) == [("ann", MORNING)]


def test_one_page_in_the_morning_however_many_rungs_wait_for_it() -> None:
    rungs = [
        Rung(targets=(on_call(), to("cleo")), wait=HOUR),
        Rung(targets=(to("ann"), to("cleo")), wait=LONG),
    ]

    decisions = played(*climbed(rungs, in_turns((ANN,), handoff=4), sleeper(), CLEO))

    assert [each for each in told_by_slack(decisions) if each[0] == "ann"] == [("ann", MORNING)]


def test_whom_another_rung_means_by_name_is_paged_although_their_turn_was_taken() -> None:
    rungs = [
        Rung(targets=(on_call(), to("cleo")), wait=HOUR),
        Rung(targets=(to("ann"), to("cleo")), wait=LONG),
    ]
    decision, roster = climbed(rungs, in_turns((ANN,), handoff=4), sleeper(), BOB, CLEO)
    decision = played(decision, roster, IN_THE_NIGHT + HOUR)[-1]
    now = IN_THE_NIGHT + 2 * HOUR

    decisions = [*asked_anew(decision.incident, taken(roster, BOB, now), now)]
    decisions += played(decisions[-1], taken(roster, BOB, now))[1:]

    assert told_by_slack(decisions) == [("bob", now), ("ann", MORNING)]


def escalated(incident: Incident, rung: int, at: datetime) -> Decision:
    return decide(incident, c.Escalate(by=actor("bob"), via=Via.COMMAND, to=rung), at)


def test_escalating_to_another_rung_leaves_the_sleepers_page_for_the_morning() -> None:
    rungs = [rung(to("ann")), rung(to("cleo")), Rung(targets=(to("bob"),), wait=LONG)]
    decision, roster = climbed(rungs, in_turns((ANN,), handoff=4), sleeper(), BOB, CLEO)
    now = IN_THE_NIGHT + MINUTE

    decisions = played(escalated(decision.incident, 3, now), roster)

    assert told_by_slack(decisions) == [("bob", now), ("ann", MORNING)]
    held = [(each.held, each.asked_at) for each in decisions[-1].effects if isinstance(each, PagePerson)]
    assert set(held) == {(True, IN_THE_NIGHT)}, "it says since when it has waited"


def test_escalating_to_another_rung_leaves_what_is_held_until_its_hours_open() -> None:
    office = Rung(
        targets=(to("ann"), ChannelTarget(channel="C0ALL")),
        wait=MINUTE,
        when=Condition(during=OFFICE),
        otherwise=Otherwise.HOLD,
    )
    rungs = [office, rung(to("cleo")), Rung(targets=(to("bob"),), wait=20 * HOUR)]
    decision, roster = climbed(rungs, from_four(), ANN, BOB, CLEO)
    now, nine = IN_THE_NIGHT + MINUTE, MORNING + 2 * HOUR

    decisions = played(escalated(decision.incident, 3, now), roster, nine)

    assert told_by_slack(decisions) == [("bob", now), ("ann", nine)]
    loud = [each for made in decisions for each in made.effects if isinstance(each, PageChannel)]
    assert [each.channel for each in loud] == ["C0ALL"]


def test_escalating_to_the_rung_that_waits_is_no_reason_to_page_it_twice() -> None:
    rungs = [rung(to("ann")), Rung(targets=(to("bob"),), wait=LONG)]
    decision, roster = climbed(rungs, in_turns((ANN,), handoff=4), sleeper(), BOB)

    decisions = played(escalated(decision.incident, 1, IN_THE_NIGHT + MINUTE), roster, MORNING)

    assert [each for each in told_by_slack(decisions) if each[0] == "ann"] == [("ann", MORNING)]


def test_a_stale_look_changes_nothing_and_a_look_that_finds_nobody_waits_on() -> None:
    decision, roster = climbed(
        [rung(on_call()), Rung(targets=(to("bob"),), wait=LONG)], from_four(ANN), ANN, BOB
    )
    at = decision.incident.owed_at
    assert at == AT_FOUR
    stale = decide(decision.incident, c.OwedDue(owed_at=at - MINUTE, roster=roster), at)
    early = decide(decision.incident, c.OwedDue(owed_at=at, roster=roster), at - MINUTE)
    nobody = replace(roster, schedules={PRIMARY.id: from_four()})
    waits = decide(decision.incident, c.OwedDue(owed_at=at, roster=nobody), at)

    assert not stale.changed
    assert not early.changed
    assert not pages(waits)
    assert waits.incident.owed_at is not None
    assert waits.incident.owed_at > at


people = st.sampled_from(["ann", "bob", "cleo"])
moments = st.integers(1, 30 * 60).map(lambda minutes: IN_THE_NIGHT + minutes * MINUTE)
LAST = IN_THE_NIGHT + 40 * HOUR


def awake_from(person: Person, at: datetime, until: datetime) -> datetime | None:
    """The first instant in that time at which they may be woken, in plain words."""
    while person.quiet is not None and (at.hour >= 22 or at.hour < 7) and at < until:
        at += MINUTE
    return at if at < until else None


@given(
    beside=st.lists(people, max_size=2, unique=True),
    takes=st.lists(st.tuples(moments, people), min_size=1, max_size=4, unique_by=lambda each: each[0]),
    asleep=st.lists(people, unique=True),
)
def test_the_first_one_who_can_be_paged_for_a_rung_that_found_nobody_is(
    beside: list[str], takes: list[tuple[datetime, str]], asleep: list[str]
) -> None:
    """However the turns are taken, and whoever sleeps: neither a hole nor a night costs a page."""
    own = {each.id: sleeper(each) if each.id in asleep else each for each in (ANN, BOB, CLEO)}
    first = Rung(targets=(*map(to, beside), on_call()), wait=MINUTE)
    rungs = [first, Rung(targets=(ChannelTarget(channel="C0ALL"),), wait=48 * HOUR)]
    decision, roster = climbed(rungs, from_four(), *own.values(), severity=Severity.SEV4)
    decisions, takes = [decision], sorted(takes)
    for at, who in takes:
        decisions += played(decisions[-1], roster, at - MINUTE / 60)[1:]
        roster = taken(roster, own[PersonId(who)], at)
        decisions.append(decide(decisions[-1].incident, c.DutyChanged(roster=roster), at))
    decisions += played(decisions[-1], roster, LAST)[1:]

    told = told_by_slack(decisions)
    ends = [*(at for at, _ in takes[1:]), takes[-1][0] + 12 * HOUR]
    found = (
        (who, wake)
        for (at, who), end in zip(takes, ends, strict=True)
        if (wake := awake_from(own[PersonId(who)], at, min(end, at + 12 * HOUR)))
    )
    if expected := next(found, None):
        who, wake = expected
        assert any(name == who and at <= wake for name, at in told)
    keys = [each.key for made in decisions for each in made.effects if isinstance(each, PagePerson)]
    assert len(keys) == len(set(keys)), "no page is lost because another has its name"
    assert decisions[-1].incident.next_at is not None, "it never stands still"


def test_what_the_clock_says_of_a_passed_rung_is_wanted_until_it_is_taken() -> None:
    decision, roster = climbed(
        [rung(on_call()), Rung(targets=(to("bob"),), wait=LONG)], from_four(ANN), ANN, BOB
    )
    made = ticked(decision.incident, roster, AT_FOUR)
    own = [each for each in made.effects if isinstance(each, PagePerson)]

    assert own
    assert all(wanted(made.incident, each) for each in own)
    acknowledged = decide(made.incident, c.Acknowledge(by=actor("bob"), via=Via.PAGE), AT_FOUR + MINUTE)
    assert not any(wanted(acknowledged.incident, each) for each in own)
