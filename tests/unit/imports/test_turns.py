"""Rotations that begin or end within a turn go on exactly as they were, hour by hour."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.ids import PersonId, ScheduleId
from bot.domain.schedule import Rotation, Schedule, ShiftLength, ShiftUnit
from bot.domain.shifts import on_call
from bot.imports.turns import from_then_on, length_of, until_then

ZONE = ZoneInfo("Europe/London")
START = datetime(2026, 3, 2, 9, tzinfo=UTC)

rotations = st.builds(
    Rotation,
    turns=st.integers(1, 4).map(lambda count: tuple((PersonId(f"p{number}"),) for number in range(count))),
    start=st.just(date(2026, 3, 2)),
    handoff=st.sampled_from([time(9), time(0), time(17, 30)]),
    length=st.sampled_from(
        [ShiftLength(count=count, unit=unit) for count, unit in ((1, ShiftUnit.DAYS), (3, ShiftUnit.DAYS))]
        + [ShiftLength(count=count, unit=ShiftUnit.WEEKS) for count in (1, 2)]
    ),
)
moments = st.integers(1, 60 * 24).map(lambda hours: START + timedelta(hours=hours))


def who(layers: list[Rotation], at: datetime) -> tuple[str, ...]:
    schedule = Schedule(id=ScheduleId("s"), zone=ZONE.key, layers=tuple(layers))
    return tuple(shift.person for shift in on_call(schedule, at))


@given(rotations, moments)
@settings(max_examples=40, deadline=None)
def test_a_rotation_that_begins_later_keeps_its_turns(rotation: Rotation, since: datetime) -> None:
    layers = from_then_on(rotation, ZONE, since)

    for hour in range(-50, 24 * 40, 11):
        at = since + timedelta(hours=hour)
        assert who(layers, at) == (who([rotation], at) if at >= since else ())


@given(rotations, moments)
@settings(max_examples=40, deadline=None)
def test_a_rotation_that_ends_keeps_its_turns_until_then(rotation: Rotation, until: datetime) -> None:
    layers, exact = until_then(rotation, ZONE, until)

    assert exact or until < START + timedelta(days=4)
    for hour in range(-24 * 40, 50, 11):
        at = until + timedelta(hours=hour)
        if exact or at < until:
            assert who(layers, at) == (who([rotation], at) if at < until else ())


def test_turns_are_counted_in_the_largest_unit_that_fits() -> None:
    assert [length_of(seconds) for seconds in (604_800, 172_800, 43_200, 5_400, 0)] == [
        ShiftLength(count=1, unit=ShiftUnit.WEEKS),
        ShiftLength(count=2, unit=ShiftUnit.DAYS),
        ShiftLength(count=12, unit=ShiftUnit.HOURS),
        None,
        None,
    ]
