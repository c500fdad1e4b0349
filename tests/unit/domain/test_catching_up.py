"""What a look at a rung that was passed decides, in every detail."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from bot.domain import commands as c
from bot.domain.alert import Severity
from bot.domain.calendar import Window
from bot.domain.decide import decide
from bot.domain.decision import Decision
from bot.domain.effects import PageChannel, PagePerson, PageWebhook
from bot.domain.ids import LadderId, ScheduleId
from bot.domain.incident import Incident, Paging
from bot.domain.ladder import (
    LATE,
    ChannelTarget,
    Condition,
    GroupTarget,
    Ladder,
    Owed,
    PagedFor,
    Resting,
    Rung,
    Step,
    WebhookTarget,
)
from bot.domain.roster import Roster
from bot.domain.timeline import EntryKind
from tests.examples import (
    ANN,
    BOB,
    CATCH_ALL,
    CLEO,
    MINUTE,
    PAYMENTS,
    PRIMARY,
    on_call,
    rung,
    to,
    triggered,
)
from tests.unit.domain.test_kept_back import AT_FOUR, in_turns
from tests.unit.domain.test_personal import IN_THE_NIGHT, MORNING, sleeper
from tests.unit.domain.test_quorum import acknowledge

HOUR = timedelta(hours=1)
NOW, BEFORE = IN_THE_NIGHT, IN_THE_NIGHT - HOUR
LOUD, SIREN = ChannelTarget(channel="C0ALL"), WebhookTarget(name="siren")
ALL = {each.id: each for each in (ANN, BOB, CLEO)}
ROSTER = Roster(people=ALL, schedules={PRIMARY.id: in_turns((ANN, BOB), handoff=4)})
"""Ann is on call, and Bob from four on; it is ten past two."""


def owes(*targets: int, **more: object) -> Owed:
    """The first rung still owes these."""
    plain = Owed(step=Step(round=1, rung=1), targets=targets, since=BEFORE, again_at=NOW)
    return replace(plain, **more)  # type: ignore[arg-type]  # checked by replace


def owing(
    rungs: Rung | Sequence[Rung],
    *owed: Owed,
    severity: Severity = Severity.SEV3,
    roles: tuple[str, ...] = (),
    **more: object,
) -> Incident:
    """The climb has gone on to the second rung, which is due in eight hours."""
    own = (rungs,) if isinstance(rungs, Rung) else tuple(rungs)
    ladder = Ladder(
        id=LadderId("own"),
        rungs=(*own, rung(to("cleo"))),
        acknowledgements=2,
        roles=tuple(ScheduleId(each) for each in roles),
    )
    incident = triggered(replace(PAYMENTS, ladder=ladder, ladders={}, catch_all=CATCH_ALL), severity, BEFORE)
    assert incident.escalation is not None
    there = replace(
        incident.escalation, step=Step(round=1, rung=len(own) + 1), due_at=NOW + 8 * HOUR, owed=owed
    )
    return replace(incident, escalation=replace(there, **more))  # type: ignore[arg-type]  # checked by replace


def looked(incident: Incident, roster: Roster = ROSTER) -> Decision:
    assert incident.owed_at == NOW
    return decide(incident, c.OwedDue(owed_at=NOW, roster=roster), NOW)


def left(decision: Decision) -> tuple[Owed, ...]:
    assert decision.incident.escalation is not None
    return decision.incident.escalation.owed


def resting(decision: Decision) -> set[Resting]:
    assert decision.incident.escalation is not None
    return set(decision.incident.escalation.resting)


def paged(decision: Decision) -> list[str]:
    return [each.person for each in decision.effects if isinstance(each, PagePerson) and each.number == 0]


def entered(decision: Decision, kind: EntryKind) -> list[dict[str, str]]:
    return [dict(each.facts) for each in decision.entries if each.kind is kind]


def test_all_that_is_owed_is_paged_with_keys_of_its_own_and_noted() -> None:
    incident = owing(rung(on_call(), LOUD, SIREN, to("bob")), owes(0, 1, 2, 3))
    incident = replace(incident, paging=Paging(people=("Cleo",), at=BEFORE))

    decision = looked(incident)

    assert paged(decision) == ["ann", "bob"]
    own = [each for each in decision.effects if isinstance(each, PagePerson)]
    assert all(f"@{incident.version}:" in each.key and not each.held for each in own)
    assert {each.step for each in own} == {Step(round=1, rung=1)}
    (loud,) = (each for each in decision.effects if isinstance(each, PageChannel))
    (siren,) = (each for each in decision.effects if isinstance(each, PageWebhook))
    assert (loud.channel, loud.epoch, loud.step) == ("C0ALL", 1, Step(round=1, rung=1))
    assert (siren.name, siren.epoch, siren.step) == ("siren", 1, Step(round=1, rung=1))
    assert len({each.key for each in decision.effects}) == len(decision.effects)
    assert entered(decision, EntryKind.LATER) == [
        {"rung": "1", "round": "1", "people": "Ann, Bob, C0ALL, siren", "why": ""}
    ]
    assert decision.incident.paging == Paging(people=("Cleo", "Ann", "Bob", "C0ALL", "siren"), at=BEFORE)
    assert left(decision) == ()
    assert resting(decision) == {
        Resting(person=ANN.id, until=NOW, told=True),
        Resting(person=BOB.id, until=NOW, told=True),
    }


def test_a_climb_that_catches_up_names_whom_it_paged_for_that_before_those_of_its_rung() -> None:
    incident = owing(rung(on_call()), owes(0, nobody=(0,)), due_at=NOW)

    decision = decide(incident, c.RungDue(due_at=NOW, roster=ROSTER), NOW)

    assert decision.incident.paging.people == ("Ann", "Cleo")


def test_each_rung_that_was_passed_is_looked_at_as_what_it_is() -> None:
    second = owes(0, step=Step(round=1, rung=2))
    incident = owing((rung(to("ann")), rung(to("bob"))), owes(0), second)

    decision = looked(incident)

    assert paged(decision) == ["ann", "bob"]
    assert [each["rung"] for each in entered(decision, EntryKind.LATER)] == ["1", "2"]


def test_a_rung_that_waits_on_does_not_stand_before_the_next_one() -> None:
    hole, second = owes(0, nobody=(0,)), owes(0, step=Step(round=1, rung=2))

    decision = looked(owing((rung(on_call("gone")), rung(to("bob"))), hole, second))

    assert paged(decision) == ["bob"]
    assert [(each.step.rung, each.targets) for each in left(decision)] == [(1, (0,))]


def test_who_is_paged_for_one_rung_needs_no_page_of_the_other_ones() -> None:
    later = owes(0, 1, step=Step(round=1, rung=2), nobody=(1,))
    both = rung(to("ann"), on_call("gone"))

    decision = looked(owing((rung(to("ann")), both), owes(0), later))

    assert paged(decision) == ["ann"]
    (still,) = left(decision)
    assert (still.step.rung, still.targets, still.nobody, still.paged) == (2, (1,), (1,), (ANN.id,))


def test_somebody_whom_two_targets_mean_is_paged_once() -> None:
    assert paged(looked(owing(rung(to("ann"), on_call()), owes(0, 1)))) == ["ann"]


def test_who_was_paged_for_a_role_is_noted() -> None:
    incident = owing(rung(on_call()), owes(0, nobody=(0,)), roles=("primary",))

    escalation = looked(incident).incident.escalation

    assert escalation is not None
    assert escalation.paged_for == (PagedFor(schedule=PRIMARY.id, slack_user="UANN"),)


# what stays owed


def test_a_hole_that_is_filled_is_not_shown_any_more_and_another_one_is() -> None:
    incident = owing(rung(on_call("gone"), on_call()), owes(0, 1, nobody=(0, 1)))
    shown = replace(incident, paging=Paging(nobody=("schedule gone", "schedule primary"), at=BEFORE))

    decision = looked(shown)

    assert decision.incident.paging.nobody == ("schedule gone",)
    assert entered(decision, EntryKind.LATER)[0]["why"] == "nobody"
    (still,) = left(decision)
    assert (still.targets, still.nobody, still.asleep) == ((0,), (0,), None)
    assert still.again_at == NOW + timedelta(days=1)
    (page, *_) = (each for each in decision.effects if isinstance(each, PagePerson))
    assert page.why == "on call for primary, rung 1 of 2 of own; nobody was there before"


def test_a_target_that_was_no_hole_is_paged_for_its_own_reason() -> None:
    incident = owing(rung(on_call("gone"), on_call()), owes(0, 1, nobody=(0,)))
    shown = replace(incident, paging=Paging(nobody=("schedule gone", "schedule primary"), at=BEFORE))

    decision = looked(shown)

    assert decision.incident.paging.nobody == shown.paging.nobody
    (page, *_) = (each for each in decision.effects if isinstance(each, PagePerson))
    assert page.why == "on call for primary, rung 1 of 2 of own"


@pytest.mark.parametrize("since", [None, BEFORE])
def test_who_sleeps_is_waited_for_and_that_is_entered_once(since: datetime | None) -> None:
    roster = replace(ROSTER, people=ALL | {ANN.id: sleeper()})
    known = (Resting(person=ANN.id, until=MORNING),) if since else ()
    incident = owing(rung(on_call()), owes(0, nobody=(0,), asleep=since), resting=known)

    decision = looked(incident, roster)

    assert paged(decision) == []
    expected = {"people": "Ann", "until": MORNING.isoformat(), "turn": AT_FOUR.isoformat()}
    assert entered(decision, EntryKind.QUIET) == ([] if since else [expected])
    assert resting(decision) == {Resting(person=ANN.id, until=MORNING)}
    (still,) = left(decision)
    assert (still.targets, still.nobody, still.again_at) == ((0,), (0,), AT_FOUR)
    assert still.asleep == (since or NOW)


def test_who_was_paged_and_sleeps_now_is_entered_again() -> None:
    roster = replace(ROSTER, people=ALL | {ANN.id: sleeper()})
    told = Resting(person=ANN.id, until=BEFORE - 5 * HOUR, told=True)

    decision = looked(owing(rung(to("ann")), owes(0), resting=(told,)), roster)

    assert [each["people"] for each in entered(decision, EntryKind.QUIET)] == ["Ann"]


def test_a_target_of_which_one_sleeps_and_another_is_paged_stays_owed() -> None:
    roster = replace(ROSTER, people=ALL | {ANN.id: sleeper()}, groups={"S1": ("UANN", "UBOB")})

    decision = looked(owing(rung(GroupTarget(group="S1")), owes(0)), roster)

    assert paged(decision) == ["bob"]
    assert [(each.targets, each.paged) for each in left(decision)] == [((0,), (BOB.id,))]


def test_the_end_of_quiet_hours_is_not_waited_for_any_more() -> None:
    person = sleeper()
    roster = replace(ROSTER, people=ALL | {ANN.id: person})
    incident = owing(rung(to("ann")), owes(0, asleep=BEFORE, again_at=MORNING), due_at=MORNING + HOUR)

    decision = decide(incident, c.OwedDue(owed_at=MORNING, roster=roster), MORNING)

    assert paged(decision) == ["ann"]
    assert left(decision) == ()


def test_who_is_off_duty_now_is_not_waited_for_and_whoever_was_told_is_remembered() -> None:
    told = Resting(person=CLEO.id, until=BEFORE, told=True)
    asleep = Resting(person=BOB.id, until=MORNING)

    decision = looked(owing(rung(on_call()), owes(0), resting=(told, asleep)))

    assert resting(decision) == {told, Resting(person=ANN.id, until=NOW, told=True)}


def test_a_page_that_had_waited_for_somebody_says_since_when() -> None:
    roster = replace(ROSTER, people=ALL | {ANN.id: sleeper()})
    waits = Resting(person=ANN.id, until=MORNING)
    incident = owing(
        rung(to("ann"), to("bob")),
        owes(0, 1, asleep=BEFORE, again_at=MORNING),
        due_at=MORNING + HOUR,
        resting=(waits,),
    )

    decision = decide(incident, c.OwedDue(owed_at=MORNING, roster=roster), MORNING)

    own = [each for each in decision.effects if isinstance(each, PagePerson) and each.number == 0]
    assert [(each.person, each.held, each.asked_at) for each in own] == [
        ("ann", True, BEFORE),
        ("bob", False, MORNING),
    ]


@pytest.mark.parametrize(("ago", "again"), [(LATE, True), (LATE - MINUTE / 60, False)])
def test_nobody_hears_of_it_twice_within_a_minute_and_the_others_do(ago: timedelta, *, again: bool) -> None:
    told = Resting(person=ANN.id, until=NOW - ago, told=True)

    decision = looked(owing(rung(to("ann"), to("bob")), owes(0, 1), resting=(told,)))

    assert paged(decision) == (["ann", "bob"] if again else ["bob"])
    assert not any(each.held for each in decision.effects if isinstance(each, PagePerson))
    assert left(decision) == ()


def test_who_was_paged_already_is_passed_by_and_the_others_of_the_group_are_paged() -> None:
    roster = replace(ROSTER, groups={"S1": ("UANN", "UBOB")})

    decision = looked(owing(rung(GroupTarget(group="S1")), owes(0, paged=(ANN.id,))), roster)

    assert paged(decision) == ["bob"]
    assert left(decision) == ()


def test_a_page_of_an_earlier_version_that_waits_is_remembered_and_was_one_of_the_rung() -> None:
    waits = Resting(person=BOB.id, until=MORNING, queued=True)
    came = Resting(person=ANN.id, until=NOW - 2 * MINUTE, queued=True)

    decision = looked(owing(rung(to("ann")), owes(0), resting=(waits, came)))

    assert paged(decision) == []
    assert waits in resting(decision)


# who has answered, or cannot


def test_what_is_owed_to_somebody_who_has_answered_is_settled() -> None:
    incident = decide(owing(rung(to("ann")), owes(0)), acknowledge("ann"), BEFORE).incident

    decision = looked(incident)

    assert paged(decision) == []
    assert left(decision) == ()


def test_who_cannot_is_not_paged_and_may_be_asked_later() -> None:
    decision = looked(replace(owing(rung(to("ann")), owes(0)), declined=(ANN.id,)))

    assert paged(decision) == []
    assert [each.targets for each in left(decision)] == [(0,)]


def test_a_group_of_which_one_has_answered_and_one_is_asleep_where_that_counts_stays_owed() -> None:
    afternoon = Condition(local=Window(begin=time(12), end=time(18)))
    night_owl = replace(BOB, zone="Pacific/Auckland")
    roster = replace(ROSTER, people=ALL | {BOB.id: night_owl}, groups={"S1": ("UANN", "UBOB")})
    group = replace(rung(GroupTarget(group="S1")), when=afternoon)
    incident = decide(owing(group, owes(0)), acknowledge("bob"), BEFORE).incident

    decision = looked(incident, roster)

    assert paged(decision) == []
    (still,) = left(decision)
    assert still.again_at == NOW + HOUR, "clocks of people are looked at every hour"
