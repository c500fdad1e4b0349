"""What a climb owes after a rung, in every detail, and when that is looked at again."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from bot.domain.aim import HAD_IT, Aim
from bot.domain.ids import LadderId, PersonId
from bot.domain.ladder import (
    Escalation,
    Hold,
    Kept,
    Ladder,
    Owed,
    RotatingTarget,
    Step,
    Target,
)
from bot.domain.owed import again, noted, paged, turn_at, whole, with_owed
from bot.domain.roster import Roster
from bot.domain.schedule import Rotation, Schedule, ShiftLength, ShiftUnit, singly
from tests.examples import ANN, BOB, CATCH_ALL, CLEO, MINUTE, NOW, PRIMARY, on_call, rung, to

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEFORE, MORNING = NOW - HOUR, NOW + 4 * HOUR
HANDOFF = NOW + 50 * MINUTE
DAILY = Schedule(
    id=PRIMARY.id,
    zone="UTC",
    layers=(
        Rotation(
            turns=singly((ANN.id, BOB.id)),
            start=date(2026, 11, 2),
            handoff=time(4),
            length=ShiftLength(count=1, unit=ShiftUnit.DAYS),
        ),
    ),
)
ROSTER = Roster(people={each.id: each for each in (ANN, BOB, CLEO)}, schedules={PRIMARY.id: DAILY})
KEPT = Kept(since=BEFORE, until=MORNING, people=(ANN.id,), names=("Ann",))
HELD = Hold(since=BEFORE - HOUR, until=MORNING)


def at(*targets: Target, **more: object) -> Escalation:
    """The first rung in its second round."""
    ladder = Ladder(
        id=LadderId("own"), rungs=(rung(*targets or (to("ann"), to("bob"))), rung(to("cleo"))), rounds=3
    )
    place = Escalation(epoch=1, ladder=ladder, catch_all=CATCH_ALL, step=Step(round=2, rung=1), due_at=NOW)
    return replace(place, **more)  # type: ignore[arg-type]  # checked by replace


def owed(round_: int = 2, number: int = 1, **more: object) -> Owed:
    plain = Owed(step=Step(round=round_, rung=number), targets=(0,), since=BEFORE, again_at=BEFORE)
    return replace(plain, **more)  # type: ignore[arg-type]  # checked by replace


def aimed(*people: PersonId, empty: tuple[int, ...] = ()) -> Aim:
    """Each of them is meant by the target at their place, and those who had it come last."""
    known = [(ROSTER.people[each], "") for each in people]
    return Aim(people=known, empty=list(empty), places={each: [n] for n, each in enumerate(people)})


def test_all_that_a_rung_which_waits_has_left_is_owed() -> None:
    assert whole(at(), NOW) == owed(targets=(0, 1), since=NOW, again_at=NOW)
    assert whole(at(kept=KEPT, also=("UBOB",)), NOW) == owed(
        targets=(0, 1), also=("UBOB",), since=BEFORE, asleep=BEFORE, again_at=NOW
    )
    assert whole(at(hold=HELD, forced=True), NOW) == owed(
        targets=(0, 1), since=BEFORE - HOUR, again_at=NOW, forced=True
    )
    assert whole(at(exhausted_at=BEFORE), NOW) == owed(
        targets=(0,), since=NOW, again_at=NOW, exhausted=True
    ), "the catch-all's rung has one target"


def test_what_an_earlier_round_of_a_rung_owed_is_part_of_what_it_owes_now() -> None:
    other, catch_all = owed(number=2), owed(exhausted=True)
    before = at(owed=(owed(1), other, catch_all))

    assert with_owed(before, owed()).owed == (other, catch_all, owed())


def test_a_rung_that_reached_all_owes_nothing_and_who_was_told_needs_no_other_page() -> None:
    other = owed(number=2, paged=(CLEO.id,))

    found = noted(at(owed=(other,)), aimed(ANN.id), ROSTER, NOW, told=(ANN.id, CLEO.id))

    assert found == (replace(other, paged=(CLEO.id, ANN.id)),)
    assert noted(at(), aimed(ANN.id), ROSTER, NOW, told=(ANN.id,)) == ()


def test_a_rung_owes_those_who_sleep_and_those_of_whom_nobody_was_there() -> None:
    place = at(to("ann"), on_call(), to("bob"))
    aim = Aim(people=[(ANN, ""), (BOB, "")], empty=[1], places={ANN.id: [0], BOB.id: [2, 0]})

    found = noted(place, aim, ROSTER, NOW, told=(ANN.id,), asleep={BOB.id: MORNING})

    assert found == (
        owed(targets=(0, 1, 2), nobody=(1,), since=NOW, asleep=NOW, paged=(ANN.id,), again_at=HANDOFF),
    )


def test_a_hole_alone_is_nobodys_sleep() -> None:
    place = at(to("ann"), on_call(), forced=True, also=("UCLEO",))

    found = noted(place, aimed(ANN.id, empty=(1,)), ROSTER, NOW, told=(ANN.id,))

    assert found == (
        owed(targets=(1,), nobody=(1,), since=NOW, paged=(ANN.id,), again_at=HANDOFF, forced=True),
    )


def test_who_had_it_before_and_sleeps_is_owed_beside_the_targets() -> None:
    aim = Aim(people=[(ANN, ""), (BOB, "")], places={ANN.id: [0], BOB.id: [HAD_IT]})

    found = noted(
        at(also=("UBOB",), exhausted_at=BEFORE), aim, ROSTER, NOW, told=(ANN.id,), asleep={BOB.id: MORNING}
    )

    assert found == (
        owed(
            targets=(),
            also=("UBOB",),
            since=NOW,
            asleep=NOW,
            paged=(ANN.id,),
            again_at=MORNING,
            exhausted=True,
        ),
    )


@pytest.mark.parametrize(
    ("waits", "since", "asleep"),
    [({"kept": KEPT}, BEFORE, BEFORE), ({"hold": HELD}, BEFORE - HOUR, NOW), ({}, NOW, NOW)],
)
def test_what_a_rung_had_waited_for_counts_from_then_on(
    waits: dict[str, object], since: datetime, asleep: datetime
) -> None:
    (found,) = noted(at(**waits), aimed(ANN.id), ROSTER, NOW, asleep={ANN.id: MORNING})

    assert (found.since, found.asleep) == (since, asleep)


@pytest.mark.parametrize(
    ("before", "expected"),
    [(BEFORE, BEFORE), (None, NOW)],
)
def test_a_further_round_of_a_rung_owes_since_its_first_one(
    before: datetime | None, expected: datetime
) -> None:
    other, earlier = owed(number=2), owed(1, since=BEFORE - DAY, asleep=before)

    found = noted(at(owed=(other, earlier)), aimed(ANN.id), ROSTER, NOW, asleep={ANN.id: MORNING})

    assert found == (other, owed(since=BEFORE - DAY, asleep=expected, again_at=MORNING))


def test_a_further_round_in_which_nobody_sleeps_waits_for_no_sleep() -> None:
    (found,) = noted(
        at(to("ann"), on_call("gone"), owed=(owed(1, asleep=BEFORE),)), aimed(ANN.id, empty=(1,)), ROSTER, NOW
    )

    assert (found.asleep, found.since, found.nobody) == (None, BEFORE, (1,))


def test_what_a_rung_owed_is_settled_when_a_further_round_reached_all_of_it_and_not_before() -> None:
    other, earlier, same = owed(number=2), owed(1), owed(2)

    assert noted(at(owed=(earlier, other)), aimed(ANN.id), ROSTER, NOW) == (other,)
    assert noted(at(owed=(same, other)), aimed(ANN.id), ROSTER, NOW) == (same, other), "it owes that besides"
    assert noted(at(owed=(earlier, other)), Aim(), ROSTER, NOW) == (earlier, other), "it reached nobody"


def test_who_was_told_is_noted_once_in_their_order() -> None:
    assert paged(owed(paged=(BOB.id,)), (ANN.id, BOB.id)).paged == (BOB.id, ANN.id)
    assert paged(owed(paged=(BOB.id,)), ()).paged == (BOB.id,)


def test_it_is_looked_at_again_when_somebody_wakes_or_comes_on_call_and_once_a_day() -> None:
    place = at(to("ann"), on_call(), RotatingTarget(schedule=PRIMARY.id), RotatingTarget(people=(ANN.id,)))

    assert again(place, (0, 3), (), ROSTER, NOW) == NOW + timedelta(days=1)
    assert again(place, (0,), (MORNING, MORNING + HOUR), ROSTER, NOW) == MORNING
    assert again(place, (0, 1), (MORNING,), ROSTER, NOW) == HANDOFF
    assert again(place, (2, 0), (MORNING,), ROSTER, NOW) == HANDOFF
    assert again(place, (1,), (NOW + MINUTE,), ROSTER, NOW) == NOW + MINUTE
    assert again(place, (0,), (NOW,), ROSTER, NOW) == NOW + timedelta(seconds=1), (
        "never at once: it would spin"
    )


def test_the_turn_of_a_schedule_changes_within_the_limit_or_not_at_all() -> None:
    place = at(on_call(), to("ann"))

    assert turn_at(place, (1, 0), ROSTER, NOW, MORNING) == HANDOFF
    assert turn_at(place, (0,), ROSTER, NOW, NOW + MINUTE) == NOW + MINUTE
    assert turn_at(place, (1,), ROSTER, NOW, MORNING) == MORNING
    assert turn_at(place, (), ROSTER, NOW, MORNING) == MORNING
