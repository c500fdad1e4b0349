"""When a rung that was passed is looked at again, and for whom it is: conditions, the catch-all, holders."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain import commands as c
from bot.domain.alert import Severity
from bot.domain.calendar import Calendar, Window
from bot.domain.decide import decide
from bot.domain.effects import PagePerson
from bot.domain.incident import Via
from bot.domain.ladder import LONGEST_HOLD, Condition, Owed, Step
from tests.examples import ANN, MINUTE, actor, on_call, rung, to
from tests.unit.domain.test_catching_up import (
    ALL,
    BEFORE,
    HOUR,
    NOW,
    ROSTER,
    left,
    looked,
    owes,
    owing,
    paged,
)
from tests.unit.domain.test_owed import OFFICE
from tests.unit.domain.test_personal import MORNING, played, sleeper, told_by_slack
from tests.unit.domain.test_quorum import acknowledge

# those who had it before


def before(*users: str, **more: object) -> Owed:
    return owes(also=users, step=Step(round=1, rung=0), **more)


def test_those_who_had_it_before_are_paged_whatever_the_rung_asks_for() -> None:
    closed = replace(rung(to("bob")), when=Condition(during=OFFICE))

    decision = looked(owing(closed, before("UANN")))

    assert paged(decision) == ["ann"]
    (page, *_) = (each for each in decision.effects if isinstance(each, PagePerson))
    assert page.why == "had acknowledged it before"
    assert left(decision) == ()


def test_who_had_it_before_and_sleeps_is_waited_for_beside_the_targets() -> None:
    roster = replace(ROSTER, people=ALL | {ANN.id: sleeper()})

    decision = looked(owing(rung(to("bob")), owes(0, also=("UANN",))), roster)

    assert paged(decision) == ["bob"]
    (still,) = left(decision)
    assert (still.targets, still.also, still.asleep) == ((), ("UANN",), NOW)
    assert still.again_at == MORNING


def test_those_who_had_it_and_were_paged_are_not_owed_beside_a_hole() -> None:
    (still,) = left(looked(owing(rung(on_call("gone")), owes(0, nobody=(0,), also=("UANN",)))))

    assert (still.targets, still.also) == ((0,), ())


@pytest.mark.parametrize("cannot", [True, False])
def test_who_had_it_before_and_has_answered_or_cannot_is_not_paged_in_the_morning(*, cannot: bool) -> None:
    roster = replace(ROSTER, people=ALL | {ANN.id: sleeper()})
    incident = owing(rung(to("bob")), before("UANN", asleep=BEFORE, again_at=MORNING), due_at=MORNING + HOUR)
    wish = c.Decline(by=actor("ann"), via=Via.CARD, person=ANN.id, epoch=1, as_of=Step(round=9, rung=1))

    one = decide(incident, wish if cannot else acknowledge("ann"), NOW).incident

    assert told_by_slack(played(decide(one, c.DutyChanged(roster=roster), NOW), roster)) == []


# conditions


def test_what_is_for_another_severity_is_looked_at_once_a_day() -> None:
    bad = replace(rung(on_call()), when=Condition(severities=(Severity.SEV1,)))

    decision = looked(owing(bad, owes(0)))

    assert paged(decision) == []
    assert left(decision) == (owes(0, again_at=NOW + timedelta(days=1)),)
    assert paged(looked(owing(bad, owes(0), severity=Severity.SEV1))) == ["ann"]


def test_what_counts_at_hours_alone_is_looked_at_when_they_open() -> None:
    day = replace(rung(on_call()), when=Condition(during=OFFICE))

    assert left(looked(owing(day, owes(0)))) == (owes(0, again_at=NOW.replace(hour=9, minute=0)),)


def test_what_opens_in_a_week_is_looked_at_once_a_day() -> None:
    sunday = Calendar(id=OFFICE.id, zone="UTC", windows=(Window(days=frozenset({6})),))
    seldom = replace(rung(on_call()), when=Condition(during=sunday))

    assert left(looked(owing(seldom, owes(0)))) == (owes(0, again_at=NOW + timedelta(days=1)),)


def test_a_hole_of_a_rung_whose_hours_are_open_is_looked_at_once_a_day() -> None:
    night = replace(rung(on_call("gone")), when=Condition(outside=OFFICE))

    assert left(looked(owing(night, owes(0, nobody=(0,)))))[0].again_at == NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("since", "forced", "pages"),
    [
        (NOW - LONGEST_HOLD, False, ["ann"]),
        (NOW - LONGEST_HOLD + MINUTE, False, []),
        (BEFORE, True, ["ann"]),
    ],
)
def test_what_was_forced_or_waits_for_a_week_waits_for_no_hours(
    since: datetime, pages: list[str], *, forced: bool
) -> None:
    day = replace(rung(on_call()), when=Condition(during=OFFICE))

    assert paged(looked(owing(day, owes(0, since=since, forced=forced)))) == pages


# the catch-all


def test_a_rung_of_the_catch_all_is_looked_at_as_such_and_one_of_the_ladder_as_that() -> None:
    incident = owing(rung(to("ann")), owes(0), owes(0, exhausted=True), exhausted_at=BEFORE)

    decision = looked(incident)

    assert paged(decision) == ["ann", "cleo"]
    whys = {each.why for each in decision.effects if isinstance(each, PagePerson)}
    assert whys == {
        "named in the ladder, rung 1 of 2 of own",
        "named in the ladder, rung 1 of 1 of catch-all",
    }
