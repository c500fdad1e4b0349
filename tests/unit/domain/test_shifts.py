"""Layers and overrides put together: who is on call, why, until when, and who comes next."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.domain.calendar import Window
from bot.domain.ids import OverrideId, PersonId, ScheduleId
from bot.domain.ladder import PersonTarget, ScheduleTarget, Which
from bot.domain.override import Override, OverrideKind
from bot.domain.people import SYSTEM
from bot.domain.roster import Reached, Roster
from bot.domain.schedule import (
    Feed,
    Gap,
    Rotation,
    Schedule,
    Shift,
    ShiftLength,
    ShiftUnit,
    Source,
    Span,
    singly,
)
from bot.domain.shifts import everyone, final_shifts, gaps, next_on_call, on_call
from tests.examples import person

ANN, BOB, CLEO, DAN = (PersonId(name) for name in ("ann", "bob", "cleo", "dan"))
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DAILY = ShiftLength(count=1, unit=ShiftUnit.DAYS)
BASE = Rotation(turns=singly([ANN, BOB, CLEO]), start=MONDAY.date(), name="weekly")
PRIMARY = ScheduleId("primary")


def schedule(*layers: Rotation | Feed, zone: str = "UTC") -> Schedule:
    return Schedule(id=PRIMARY, zone=zone, layers=layers)


def override(
    kind: OverrideKind,
    who: PersonId,
    since: datetime,
    until: datetime,
    *,
    instead_of: PersonId | None = None,
    number: int = 1,
) -> Override:
    return Override(
        id=OverrideId(f"o{number}"),
        schedule=PRIMARY,
        kind=kind,
        person=who,
        instead_of=instead_of,
        since=since,
        until=until,
        by=SYSTEM,
        made_at=MONDAY + number * timedelta(minutes=1),
    )


def told(shifts: list[Shift]) -> list[tuple[str, float, float]]:
    """Person, and hours after Monday, 09:00."""
    return [(each.person, (each.since - MONDAY) / HOUR, (each.until - MONDAY) / HOUR) for each in shifts]


def names(shifts: tuple[Shift, ...]) -> list[str]:
    return [shift.person for shift in shifts]


def test_a_turn_that_several_share_is_a_shift_of_each() -> None:
    together = schedule(replace(BASE, turns=((ANN, BOB), (CLEO,))))

    shifts = on_call(together, MONDAY)

    assert names(shifts) == ["ann", "bob"]
    assert {(shift.since, shift.until) for shift in shifts} == {(MONDAY, MONDAY + 7 * DAY)}


def test_layers_of_one_level_are_on_call_together_and_a_higher_level_wins() -> None:
    nights = Rotation(
        turns=singly([DAN]), start=MONDAY.date(), windows=(Window(begin=time(20), end=time(6)),)
    )
    beside, above = schedule(replace(BASE, level=1), replace(nights, level=1)), schedule(BASE, nights)

    at = MONDAY + 13 * HOUR
    assert names(on_call(beside, at)) == ["ann", "dan"]
    assert names(on_call(above, at)) == ["dan"]
    assert names(on_call(above, MONDAY)) == names(on_call(beside, MONDAY)) == ["ann"]


def test_follow_the_sun_hands_over_at_the_edges_of_the_windows() -> None:
    sun = schedule(
        *(
            Rotation(turns=singly([who]), start=MONDAY.date(), handoff=time(), windows=(window,))
            for who, window in (
                (ANN, Window(begin=time(0), end=time(8))),
                (BOB, Window(begin=time(8), end=time(16))),
                (CLEO, Window(begin=time(16), end=time(0))),
            )
        )
    )

    shifts = final_shifts(sun, MONDAY, MONDAY + DAY)

    assert told(shifts) == [("bob", 0, 7), ("cleo", 7, 15), ("ann", 15, 23), ("bob", 23, 24)]
    assert gaps(sun, MONDAY, MONDAY + 30 * DAY) == []


def test_a_window_past_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    friday = Rotation(
        turns=singly([DAN]),
        start=date(2026, 2, 2),
        handoff=time(12),
        windows=(Window(days=frozenset({4}), begin=time(22), end=time(6)),),
    )

    shifts = final_shifts(schedule(friday), MONDAY, MONDAY + 7 * DAY)

    assert told(shifts) == [("dan", 4 * 24 + 13, 4 * 24 + 21)]


def test_whole_days_next_to_each_other_are_one_shift() -> None:
    weekend = Rotation(
        turns=singly([DAN]), start=MONDAY.date(), handoff=time(), windows=(Window(days=frozenset({5, 6})),)
    )

    (shift,) = final_shifts(schedule(weekend), MONDAY, MONDAY + 7 * DAY)

    assert shift.until - shift.since == 2 * DAY
    assert on_call(schedule(weekend), shift.since + 30 * HOUR) == (shift,)


def test_months_end_on_their_last_day_where_they_must() -> None:
    monthly = replace(
        BASE, start=date(2026, 1, 31), length=ShiftLength(count=1, unit=ShiftUnit.MONTHS), handoff=time()
    )

    shifts = final_shifts(
        schedule(monthly), datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    )

    assert [f"{shift.person} {shift.since:%m-%d}" for shift in shifts] == [
        "ann 01-31", "bob 02-28", "cleo 03-31", "ann 04-30", "bob 05-31",
    ]  # fmt: skip


def test_a_month_goes_on_until_its_hand_off() -> None:
    monthly = replace(BASE, start=date(2026, 1, 15), length=ShiftLength(count=1, unit=ShiftUnit.MONTHS))

    (shift,) = on_call(schedule(monthly), datetime(2026, 3, 10, tzinfo=UTC))

    assert (shift.person, shift.since, shift.until) == (
        "bob",
        datetime(2026, 2, 15, 9, tzinfo=UTC),
        datetime(2026, 3, 15, 9, tzinfo=UTC),
    )
    assert final_shifts(schedule(monthly), shift.since, shift.until) == [shift]
    assert told(final_shifts(schedule(monthly), MONDAY, MONDAY + DAY)) == [("bob", 0, 24)]


def test_at_the_end_of_a_rotation_it_has_nobody() -> None:
    ending = replace(BASE, until=date(2026, 3, 4))
    end = MONDAY + 2 * DAY

    before, after = (on_call(schedule(ending), at) for at in (end - timedelta(microseconds=1), end))

    assert (names(before), after) == (["ann"], ())
    assert before[0].until == end


def test_a_rotation_ends_at_its_last_hand_off_and_the_one_below_goes_on() -> None:
    ending = Rotation(turns=singly([DAN]), start=MONDAY.date(), until=date(2026, 3, 4), name="cover")

    shifts = final_shifts(schedule(BASE, ending), MONDAY, MONDAY + 4 * DAY)

    assert told(shifts) == [("dan", 0, 48), ("ann", 48, 96)]
    assert [shift.why for shift in shifts] == [Source(layer=2, name="cover"), Source(layer=1, name="weekly")]


def test_a_turn_of_nobody_leaves_the_layer_below_on_call() -> None:
    sometimes = replace(BASE, turns=((DAN,), ()), length=DAILY)

    shifts = final_shifts(schedule(BASE, sometimes), MONDAY, MONDAY + 3 * DAY)

    assert told(shifts) == [("dan", 0, 24), ("ann", 24, 48), ("dan", 48, 72)]


def test_a_feed_is_a_layer_whose_spans_are_known() -> None:
    spans = {"rota": (Span(person=DAN, since=MONDAY + HOUR, until=MONDAY + 5 * HOUR),)}

    shifts = final_shifts(schedule(BASE, Feed(key="rota")), MONDAY, MONDAY + DAY, (), spans)

    assert told(shifts) == [("ann", 0, 1), ("dan", 1, 5), ("ann", 5, 24)]
    assert told(final_shifts(schedule(Feed(key="new")), MONDAY, MONDAY + DAY)) == []


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ((OverrideKind.ADD, DAN, None), [("ann", 0, 24), ("dan", 2, 4)]),
        ((OverrideKind.REPLACE, DAN, None), [("ann", 0, 2), ("dan", 2, 4), ("ann", 4, 24)]),
        ((OverrideKind.REPLACE, DAN, ANN), [("ann", 0, 2), ("dan", 2, 4), ("ann", 4, 24)]),
        ((OverrideKind.REPLACE, DAN, BOB), [("ann", 0, 24)]),  # bob is not on call then
        ((OverrideKind.REMOVE, ANN, None), [("ann", 0, 2), ("ann", 4, 24)]),
        ((OverrideKind.REMOVE, BOB, None), [("ann", 0, 24)]),
    ],
)
def test_what_an_override_does(
    made: tuple[OverrideKind, PersonId, PersonId | None], expected: list[tuple[str, float, float]]
) -> None:
    kind, who, instead_of = made
    one = override(kind, who, MONDAY + 2 * HOUR, MONDAY + 4 * HOUR, instead_of=instead_of)

    assert told(final_shifts(schedule(BASE), MONDAY, MONDAY + DAY, [one])) == expected


@pytest.mark.row("F31")
def test_at_the_end_of_an_override_there_is_one_owner() -> None:
    end = MONDAY + 4 * HOUR
    made = [override(OverrideKind.REPLACE, DAN, MONDAY, end)]

    before, after = (on_call(schedule(BASE), at, made) for at in (end - timedelta(microseconds=1), end))

    assert (names(before), names(after)) == (["dan"], ["ann"])
    assert before[0].until == after[0].since == end
    assert before[0].why == Source(override=OverrideId("o1"))


@pytest.mark.row("F31")
def test_overrides_that_touch_leave_neither_a_gap_nor_two_owners() -> None:
    made = [
        override(OverrideKind.REPLACE, BOB, MONDAY, MONDAY + HOUR, number=1),
        override(OverrideKind.REPLACE, CLEO, MONDAY + HOUR, MONDAY + 2 * HOUR, number=2),
    ]

    found = told(final_shifts(schedule(BASE), MONDAY, MONDAY + 3 * HOUR, made))

    assert found == [("bob", 0, 1), ("cleo", 1, 2), ("ann", 2, 3)]


def test_of_overlapping_overrides_the_one_that_was_made_last_wins_however_they_are_listed() -> None:
    early = override(OverrideKind.REPLACE, BOB, MONDAY, MONDAY + 6 * HOUR, number=1)
    late = override(OverrideKind.REPLACE, CLEO, MONDAY + 2 * HOUR, MONDAY + 4 * HOUR, number=2)

    for made in ([early, late], [late, early]):
        found = told(final_shifts(schedule(BASE), MONDAY, MONDAY + DAY, made))

        assert found == [("bob", 0, 2), ("cleo", 2, 4), ("bob", 4, 6), ("ann", 6, 24)]


def test_a_swap_is_two_replacements_and_no_one_else_is_moved() -> None:
    week = 7 * DAY
    swap = [
        override(OverrideKind.REPLACE, BOB, MONDAY, MONDAY + week, instead_of=ANN, number=1),
        override(OverrideKind.REPLACE, ANN, MONDAY + week, MONDAY + 2 * week, instead_of=BOB, number=2),
    ]

    shifts = final_shifts(schedule(BASE), MONDAY, MONDAY + 3 * week, swap)

    assert [(shift.person, shift.since) for shift in shifts] == [
        ("bob", MONDAY),
        ("ann", MONDAY + week),
        ("cleo", MONDAY + 2 * week),
    ]


def test_whoever_is_on_call_already_keeps_the_shift_when_taking_somebodys_place() -> None:
    together = schedule(replace(BASE, turns=((ANN, BOB),)))
    one = override(OverrideKind.REPLACE, BOB, MONDAY + HOUR, MONDAY + 2 * HOUR, instead_of=ANN)

    shifts = final_shifts(together, MONDAY, MONDAY + DAY, [one])

    assert told(shifts) == [("ann", 0, 1), ("bob", 0, 24), ("ann", 2, 24)]
    assert {shift.why.layer for shift in shifts} == {1}


def test_in_the_place_of_somebody_each_of_their_turns_is_a_shift() -> None:
    alone = schedule(replace(BASE, turns=singly([ANN]), length=DAILY))
    one = override(OverrideKind.REPLACE, DAN, MONDAY + 12 * HOUR, MONDAY + 36 * HOUR, instead_of=ANN)

    shifts = final_shifts(alone, MONDAY, MONDAY + 2 * DAY, [one])

    assert told(shifts) == [("ann", 0, 12), ("dan", 12, 24), ("dan", 24, 36), ("ann", 36, 48)]
    assert on_call(alone, MONDAY + 25 * HOUR, [one]) == (shifts[2],)


def test_in_the_place_of_somebody_only_while_that_one_would_be_on_call() -> None:
    made = [
        override(OverrideKind.REMOVE, ANN, MONDAY + 6 * HOUR, MONDAY + 8 * HOUR, number=1),
        override(OverrideKind.REPLACE, DAN, MONDAY, MONDAY + DAY, instead_of=ANN, number=2),
    ]

    shifts = final_shifts(schedule(BASE), MONDAY, MONDAY + DAY, made)

    assert told(shifts) == [("dan", 0, 6), ("dan", 8, 24)]
    for shift in shifts:
        assert on_call(schedule(BASE), shift.since + HOUR, made) == (shift,)


def test_after_a_layer_has_ended_the_one_below_is_on_call_since_it_had_closed() -> None:
    hours = Window(begin=time(9), end=time(17))
    above = Rotation(turns=singly([DAN]), start=MONDAY.date(), windows=(hours,), until=date(2026, 3, 4))

    (shift,) = on_call(schedule(BASE, above), MONDAY + 2 * DAY + HOUR)

    assert (shift.person, shift.since) == ("ann", MONDAY + DAY + 8 * HOUR)


def test_a_gap_is_told_with_its_bounds() -> None:
    made = [override(OverrideKind.REMOVE, ANN, MONDAY + HOUR, MONDAY + 2 * HOUR)]

    found = gaps(schedule(BASE), MONDAY - HOUR, MONDAY + DAY, made)

    assert found == [
        Gap(since=MONDAY - HOUR, until=MONDAY),
        Gap(since=MONDAY + HOUR, until=MONDAY + 2 * HOUR),
    ]
    assert gaps(schedule(BASE), MONDAY - 2 * DAY, MONDAY - DAY) == [
        Gap(since=MONDAY - 2 * DAY, until=MONDAY - DAY)
    ]


def test_who_is_next_is_whoever_comes_and_is_not_there_yet() -> None:
    longer = schedule(replace(BASE, turns=singly([ANN, ANN, BOB])))

    (following,) = next_on_call(longer, MONDAY)

    assert (following.person, following.since) == ("bob", MONDAY + 14 * DAY)
    assert next_on_call(schedule(replace(BASE, turns=singly([ANN]))), MONDAY) == ()
    assert names(next_on_call(longer, MONDAY - DAY)) == ["ann"]


def test_everyone_is_whoever_takes_turns_still_and_who_is_on_call_besides() -> None:
    over = Rotation(turns=singly([CLEO]), start=date(2026, 1, 1), until=date(2026, 3, 1))
    made = [override(OverrideKind.ADD, DAN, MONDAY, MONDAY + HOUR)]
    both = schedule(replace(BASE, turns=singly([ANN, BOB])), over)

    assert everyone(both, MONDAY, made) == ("ann", "dan", "bob")
    assert everyone(both, MONDAY + HOUR, made) == ("ann", "bob")


def roster(*people: str) -> Roster:
    return Roster(
        people={PersonId(name): person(name) for name in people},
        schedules={PRIMARY: schedule(replace(BASE, turns=((ANN, BOB), (CLEO,))))},
    )


def reached(found: tuple[Reached, ...]) -> list[str]:
    return [each.person.id if each.person else f"NOBODY: {each.missing}" for each in found]


def test_a_schedule_reaches_everybody_who_is_on_call() -> None:
    everybody = roster("ann", "bob", "cleo")

    assert reached(everybody.reach(ScheduleTarget(schedule=PRIMARY), MONDAY)) == ["ann", "bob"]
    following = ScheduleTarget(schedule=PRIMARY, which=Which.NEXT)
    assert reached(everybody.reach(following, MONDAY)) == ["cleo"]
    all_of_it = ScheduleTarget(schedule=PRIMARY, which=Which.EVERYONE)
    assert reached(everybody.reach(all_of_it, MONDAY)) == ["ann", "bob", "cleo"]


@pytest.mark.row("F29", "F30")
@pytest.mark.parametrize(
    ("there", "at", "expected"),
    [
        (("cleo",), MONDAY, ["NOBODY: schedule primary"]),  # both were removed while on call
        (("ann",), MONDAY, ["ann"]),  # one of them was
        (("ann", "bob", "cleo"), MONDAY - DAY, ["NOBODY: schedule primary"]),  # a gap
    ],
)
def test_who_is_gone_while_on_call_counts_as_nobody_and_that_is_said(
    there: tuple[str, ...], at: datetime, expected: list[str]
) -> None:
    assert reached(roster(*there).reach(ScheduleTarget(schedule=PRIMARY), at)) == expected


def test_an_override_by_somebody_who_is_gone_does_not_bring_the_layers_back() -> None:
    made = override(OverrideKind.REPLACE, DAN, MONDAY, MONDAY + HOUR)
    left = replace(roster("ann", "bob"), overrides={PRIMARY: (made,)})

    assert reached(left.reach(ScheduleTarget(schedule=PRIMARY), MONDAY)) == ["NOBODY: schedule primary"]
    assert reached(left.reach(PersonTarget(person=DAN), MONDAY)) == ["NOBODY: person dan"]
