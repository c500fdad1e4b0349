"""Ladders that want more than one answer."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from bot.domain import commands as c
from bot.domain.decide import decide, wanted
from bot.domain.effects import PagePerson
from bot.domain.ids import ScheduleId
from bot.domain.incident import Incident, Status, Via
from bot.domain.ladder import Ladder, Rung
from bot.domain.outlook import outlook
from bot.domain.quorum import missing_words, partly
from bot.domain.refused import Refused
from bot.domain.schedule import Rotation, Schedule
from tests.examples import (
    BOB,
    CATCH_ALL,
    CLEO,
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
from tests.unit.domain.test_climb import climb, paged

SOON = NOW + MINUTE


def two(*rungs: Rung, rounds: int = 1, count: int = 2, roles: tuple[str, ...] = ()) -> Incident:
    ladder = Ladder(
        id=PAYMENTS.ladder.id,
        rungs=rungs,
        rounds=rounds,
        acknowledgements=count,
        roles=tuple(ScheduleId(role) for role in roles),
    )
    return triggered(replace(PAYMENTS, ladder=ladder, catch_all=CATCH_ALL))


def acknowledge(who: str, *on_call_for: str) -> c.Acknowledge:
    roles = tuple(ScheduleId(each) for each in on_call_for)
    return c.Acknowledge(by=actor(who), via=Via.PAGE, on_call=roles)


def test_the_ladder_goes_on_until_enough_have_acknowledged() -> None:
    fired = climb(two(rung(to("ann"), to("bob")), rung(to("cleo")))).incident

    one = decide(fired, acknowledge("ann"), SOON)
    both = decide(one.incident, acknowledge("bob"), SOON).incident

    assert one.incident.status is Status.TRIGGERED
    assert one.incident.due_at == fired.due_at
    assert one.entries[0].facts["missing"] == "1 more"
    assert partly(one.incident)
    assert both.status is Status.ACKNOWLEDGED
    assert both.due_at is None
    assert [item.by.name for item in both.acknowledgements] == ["Ann", "Bob"]


def test_an_answer_by_a_replica_whose_clock_is_behind_is_to_the_page_all_the_same() -> None:
    decision = climb(two(rung(to("ann"), to("bob"))))
    pages = [effect for effect in decision.effects if isinstance(effect, PagePerson)]

    behind = decide(decision.incident, acknowledge("ann"), NOW - MINUTE)

    assert {page.person for page in pages if wanted(behind.incident, page)} == {"bob"}


def test_who_has_answered_is_left_alone_and_the_others_are_not() -> None:
    decision = climb(two(rung(to("ann"), to("bob")), rung(to("ann"), to("cleo"))))
    pages = [effect for effect in decision.effects if isinstance(effect, PagePerson)]

    one = decide(decision.incident, acknowledge("ann"), SOON)

    assert {page.person for page in pages if wanted(one.incident, page)} == {"bob"}
    assert one.revokes_pages
    ahead = outlook(one.incident, ROSTER)
    assert ahead is not None
    assert ahead.names == ("Cleo",)
    assert paged(climb(one.incident)) == ["cleo"]


def test_a_rung_of_those_who_have_answered_is_passed_by_without_a_word() -> None:
    fired = climb(two(rung(to("ann")), rung(to("ann")), rung(to("bob")))).incident
    one = decide(fired, acknowledge("ann"), SOON).incident

    decision = climb(one)

    assert paged(decision) == ["bob"]
    assert decision.incident.paging.nobody == ()


def test_the_second_answer_of_the_same_person_is_no_second_answer() -> None:
    one = decide(climb(two(rung(to("ann")))).incident, acknowledge("ann"), SOON).incident

    again = decide(one, acknowledge("ann"), SOON + MINUTE)

    assert not again.changed


def test_once_exhausted_the_next_answer_is_enough() -> None:
    one = decide(climb(two(rung(to("ann")))).incident, acknowledge("ann"), SOON).incident

    exhausted = climb(one)
    taken = decide(exhausted.incident, acknowledge("cleo"), SOON + 10 * MINUTE).incident
    by_the_same = decide(exhausted.incident, acknowledge("ann"), SOON + 10 * MINUTE).incident

    assert paged(exhausted) == ["cleo"]
    assert taken.status is Status.ACKNOWLEDGED
    assert by_the_same.status is Status.ACKNOWLEDGED


def test_an_exhausted_ladder_rather_pages_who_has_answered_than_nobody() -> None:
    ladder = Ladder(id=PAYMENTS.ladder.id, rungs=(rung(to("ann")),), acknowledgements=2)
    fired = climb(triggered(replace(PAYMENTS, ladder=ladder, catch_all=None))).incident

    decision = climb(decide(fired, acknowledge("ann"), SOON).incident)

    assert paged(decision) == ["ann"]


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(milliseconds=40)], ids=["at once", "ahead"])
def test_the_last_resort_is_paged_although_the_answer_is_of_the_same_instant(ahead: timedelta) -> None:
    """Or of a later one: the replica that took the answer may have a clock that is ahead."""
    ladder = Ladder(id=PAYMENTS.ladder.id, rungs=(rung(to("ann")),), acknowledgements=2)
    fired = climb(triggered(replace(PAYMENTS, ladder=ladder, catch_all=None))).incident
    assert fired.due_at is not None
    one = decide(fired, acknowledge("ann"), fired.due_at + ahead).incident

    decision = climb(one)

    pages = [effect for effect in decision.effects if isinstance(effect, PagePerson)]
    assert [page.person for page in pages] == ["ann"] * len(pages)
    assert pages
    assert all(wanted(decision.incident, page) for page in pages)
    again = decide(decision.incident, acknowledge("ann"), fired.due_at + MINUTE).incident
    assert not any(wanted(again, page) for page in pages)


def test_whoever_cannot_is_not_the_last_resort_while_somebody_else_is() -> None:
    ladder = Ladder(id=PAYMENTS.ladder.id, rungs=(rung(to("bob")), rung(to("ann"))), acknowledgements=2)
    fired = climb(triggered(replace(PAYMENTS, ladder=ladder, catch_all=None))).incident
    one = decide(fired, acknowledge("ann"), SOON).incident
    exhausted = climb(climb(one).incident).incident
    cannot = c.Decline(by=actor("bob"), via=Via.PAGE, person=BOB.id, epoch=exhausted.epoch)

    decision = climb(decide(exhausted, cannot, SOON + 9 * MINUTE).incident, SOON + 9 * MINUTE)

    assert paged(decision) == ["ann"]
    assert all(wanted(decision.incident, e) for e in decision.effects if isinstance(e, PagePerson))


def test_an_answer_can_be_taken_back_while_others_are_needed() -> None:
    fired = climb(two(rung(to("ann"), to("bob")))).incident
    one = decide(fired, acknowledge("ann"), SOON).incident

    back = decide(one, c.Unacknowledge(by=actor("ann"), via=Via.CARD), SOON).incident

    assert back.acknowledgements == ()
    assert back.due_at == fired.due_at
    with pytest.raises(Refused, match="you have not acknowledged it"):
        decide(one, c.Unacknowledge(by=actor("bob"), via=Via.CARD), SOON)


COMMAND = Schedule(
    id=ScheduleId("command"),
    zone="UTC",
    layers=(Rotation(turns=((CLEO.id,),), start=date(2026, 11, 2), handoff=time(9)),),
)
ROLES = replace(ROSTER, schedules={**ROSTER.schedules, COMMAND.id: COMMAND})


def both_roles() -> Incident:
    rungs = (rung(on_call("primary"), on_call("command")), rung(on_call("primary"), to("bob")))
    return climb(two(*rungs, count=1, roles=("primary", "command")), roster=ROLES).incident


def test_a_role_is_filled_by_who_was_paged_for_it_and_by_who_is_on_call_for_it() -> None:
    fired = both_roles()
    who = fired.paging.people[0].lower()

    one = decide(fired, acknowledge(who), SOON).incident
    paged_for = decide(one, acknowledge("cleo"), SOON).incident
    on_call_for = decide(one, acknowledge("dan", "command"), SOON).incident
    neither = decide(one, acknowledge("dan"), SOON).incident

    assert missing_words(one) == "command"
    assert paged_for.status is Status.ACKNOWLEDGED
    assert on_call_for.status is Status.ACKNOWLEDGED
    assert neither.status is Status.TRIGGERED


def test_a_role_that_is_filled_is_not_paged_any_more() -> None:
    fired = both_roles()
    who = fired.paging.people[0].lower()
    stand_in = "bob" if who == "ann" else "ann"

    one = decide(fired, acknowledge(stand_in, "primary"), SOON).incident

    assert paged(climb(one, roster=ROLES)) == (["bob"] if stand_in == "ann" else ["cleo"])


def test_what_was_acknowledged_in_part_can_be_undone() -> None:
    fired = climb(two(rung(to("ann"), to("bob")), rung(to("cleo")))).incident
    one = decide(fired, acknowledge("ann"), SOON).incident

    undone = decide(one, c.Undo(by=actor("ann"), via=Via.CARD), SOON).incident

    assert (undone.acknowledgements, undone.due_at) == ((), fired.due_at)


def test_who_acknowledges_what_is_snoozed_has_it_although_more_were_needed() -> None:
    fired = climb(two(rung(to("ann"), to("bob")), rung(to("cleo")))).incident
    until = SOON + 60 * MINUTE
    snoozed = decide(fired, c.Snooze(by=actor("ann"), via=Via.CARD, until=until), SOON).incident

    after = decide(snoozed, acknowledge("bob"), SOON + MINUTE)

    assert after.incident.status is Status.ACKNOWLEDGED
    assert not after.incident.snoozed
    assert [item.by.name for item in after.incident.acknowledgements] == ["Bob"]
    assert "missing" not in after.entries[0].facts, "nobody else is asked"
