"""Who is on call: hand-offs are wall-clock, and every minute has exactly one owner."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import PersonId, ScheduleId
from bot.domain.schedule import Rotation, Schedule, Shift, ShiftLength, ShiftUnit, singly
from bot.domain.shifts import on_call
from bot.domain.walltime import instant

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
PEOPLE = tuple(PersonId(key) for key in ("ann", "bob", "cleo"))


def weekly(zone: str, *, start: date = date(2026, 3, 2), handoff: time = time(9), days: int = 7) -> Schedule:
    length = ShiftLength(count=days, unit=ShiftUnit.DAYS)
    rotation = Rotation(turns=singly(PEOPLE), start=start, handoff=handoff, length=length)
    return Schedule(id=ScheduleId("s"), zone=zone, layers=(rotation,))


def one(schedule: Schedule, at: datetime) -> Shift:
    (shift,) = on_call(schedule, at)
    return shift


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        ("Europe/London", date(2026, 6, 1), time(9), datetime(2026, 6, 1, 8, tzinfo=UTC)),
        # the clocks jump from 02:00 to 03:00: 02:30 is the jump itself
        ("America/New_York", date(2026, 3, 8), time(2, 30), datetime(2026, 3, 8, 7, tzinfo=UTC)),
        # 01:30 comes twice: the first one
        ("America/New_York", date(2026, 11, 1), time(1, 30), datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        # half an hour of difference
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
        # a whole day that never was
        ("Pacific/Apia", date(2011, 12, 30), time(12), datetime(2011, 12, 30, 10, tzinfo=UTC)),
    ],
)
@pytest.mark.row("F25")
def test_a_wall_clock_time_has_one_instant(zone: str, day: date, at: time, expected: datetime) -> None:
    assert instant(day, at, ZoneInfo(zone)) == expected


@pytest.mark.row("F31")
def test_at_the_hand_off_there_is_one_owner() -> None:
    schedule = weekly("Europe/London")
    handoff = datetime(2026, 3, 9, 9, tzinfo=UTC)

    before, after = one(schedule, handoff - timedelta(microseconds=1)), one(schedule, handoff)

    assert (before.person, after.person) == ("ann", "bob")
    assert before.until == after.since == handoff


@pytest.mark.row("F26")
def test_a_shift_over_the_change_of_clocks_is_as_long_as_it_really_is() -> None:
    shift = one(weekly("Europe/London", start=date(2026, 3, 23)), datetime(2026, 3, 25, tzinfo=UTC))

    assert shift.until - shift.since == timedelta(days=7) - timedelta(hours=1)


def test_before_its_start_and_without_people_a_rotation_has_nobody() -> None:
    schedule = weekly("UTC")
    nobody = Rotation(turns=(), start=date(2026, 1, 1), handoff=time(9))
    empty = Schedule(id=schedule.id, zone="UTC", layers=(nobody,))

    assert on_call(schedule, datetime(2026, 3, 2, 8, 59, tzinfo=UTC)) == ()
    assert on_call(empty, datetime(2026, 4, 1, tzinfo=UTC)) == ()


def test_a_later_layer_wins_where_it_has_somebody() -> None:
    base = weekly("UTC").layers[0]
    cover = Rotation(turns=singly([PersonId("dan")]), start=date(2026, 4, 1), handoff=time(0))
    schedule = Schedule(id=ScheduleId("s"), zone="UTC", layers=(base, cover))

    early, late = (one(schedule, datetime(2026, month, 15, tzinfo=UTC)) for month in (3, 5))

    assert (early.person, late.person) == ("bob", "dan")


@given(
    zone=st.sampled_from(ZONES),
    handoff=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    days=st.integers(1, 14),
    minute=st.integers(0, 2 * 365 * 24 * 60),
)
@pytest.mark.row("F25")
def test_every_minute_in_every_zone_has_exactly_the_owner_that_the_turns_say(
    zone: str, handoff: time, days: int, minute: int
) -> None:
    schedule = weekly(zone, start=date(2025, 12, 1), handoff=handoff, days=days)
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)

    shift = one(schedule, at)

    assert shift.since <= at < shift.until
    following = one(schedule, shift.until)
    assert following.since == shift.until
    turns = [
        instant(date(2025, 12, 1) + timedelta(days=days * turn), handoff, ZoneInfo(zone))
        for turn in range(900 // days)
    ]
    owners = [turn % 3 for turn, (since, until) in enumerate(pairwise(turns)) if since <= at < until]
    assert [PEOPLE[owner] for owner in owners] == [shift.person]
