"""Calendars: when they are open, when they open next, and time that counts only inside."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.calendar import Calendar, Window
from bot.domain.ids import CalendarId
from tests.unit.domain.minutes import MINUTE, walked
from tests.unit.domain.rotas import clocks, instants, windows, zones

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FRIDAY = datetime(2026, 12, 18, tzinfo=UTC)
OFFICE = Calendar(
    id=CalendarId("office"),
    zone="Europe/London",
    windows=(Window(days=frozenset(range(5)), begin=time(9), end=time(17)),),
    holidays=(date(2026, 12, 25),),
)


def test_it_is_open_from_its_beginning_on_and_not_at_its_end() -> None:
    assert not OFFICE.open_at(FRIDAY + 9 * HOUR - MINUTE)
    assert OFFICE.open_at(FRIDAY + 9 * HOUR)
    assert OFFICE.open_at(FRIDAY + 17 * HOUR - MINUTE)
    assert not OFFICE.open_at(FRIDAY + 17 * HOUR)


def test_it_stays_closed_on_holidays() -> None:
    christmas = FRIDAY + 7 * DAY

    assert not OFFICE.open_at(christmas + 12 * HOUR)
    assert OFFICE.next_open(christmas + 12 * HOUR) == christmas + 3 * DAY + 9 * HOUR


def test_time_counts_only_inside() -> None:
    assert OFFICE.add(FRIDAY + 16 * HOUR, 30 * MINUTE) == FRIDAY + 16.5 * HOUR
    assert OFFICE.add(FRIDAY + 16 * HOUR, 2 * HOUR) == FRIDAY + 3 * DAY + 10 * HOUR
    assert OFFICE.add(FRIDAY + 20 * HOUR, 8 * HOUR) == FRIDAY + 3 * DAY + 17 * HOUR


def test_time_inside_is_looked_for_only_so_far() -> None:
    rare = Calendar(id=CalendarId("rare"), zone="UTC", windows=(Window(days=frozenset({0}), end=time(0, 1)),))

    assert rare.add(FRIDAY, 7 * DAY, 30 * DAY) == FRIDAY + 30 * DAY
    assert rare.add(FRIDAY, 2 * MINUTE, 30 * DAY) == FRIDAY + 10 * DAY + MINUTE


def test_without_windows_it_is_open_on_all_days_but_holidays() -> None:
    always = Calendar(id=CalendarId("always"), zone="UTC", holidays=(date(2026, 12, 25),))
    christmas = FRIDAY + 7 * DAY

    assert always.open_at(FRIDAY)
    assert not always.open_at(christmas)
    assert always.next_open(christmas) == christmas + DAY
    assert always.next_shut(FRIDAY, FRIDAY + 30 * DAY) == christmas
    assert always.next_shut(FRIDAY, FRIDAY + DAY) == FRIDAY + DAY


@given(
    zone=zones,
    at=instants,
    hours=st.lists(windows, min_size=1, max_size=2),
    off=st.sets(st.integers(-2, 2), max_size=2),
    span=st.integers(0, 600),
)
@settings(max_examples=80, deadline=None)
@pytest.mark.row("F25")
def test_at_every_minute_it_is_open_as_its_windows_say(
    zone: str, at: datetime, hours: list[Window], off: set[int], span: int
) -> None:
    today = at.astimezone(ZoneInfo(zone)).date()
    calendar = Calendar(
        id=CalendarId("c"),
        zone=zone,
        windows=tuple(hours),
        holidays=tuple(sorted(today + timedelta(days=day) for day in off)),
    )
    minutes = list(walked(zone, at, at + DAY))
    expected = {minute: _open(calendar, reached) for minute, reached in minutes}

    assert {minute: calendar.open_at(minute) for minute in list(expected)[::7]} == {
        minute: expected[minute] for minute in list(expected)[::7]
    }
    inside = [minute for minute in expected if expected[minute]]
    if inside:
        assert calendar.next_open(at) == inside[0]
    if span < len(inside):
        reached = calendar.add(at, span * MINUTE)
        assert sum(minute < reached for minute in inside) == span


def _open(calendar: Calendar, reached: int) -> bool:
    """Whether a hand that has got so far (in minutes) is inside, day by day."""
    wall = datetime(2001, 1, 1) + reached * MINUTE  # noqa: DTZ001  # the time on a clock, in no zone
    return any(
        begins <= wall < ends
        for day in (wall.date() - DAY, wall.date())
        if day not in calendar.holidays
        for begins, ends in _spans(calendar, day)
    )


def _spans(calendar: Calendar, day: date) -> list[tuple[datetime, datetime]]:
    return [
        (
            datetime.combine(day, window.begin),
            datetime.combine(day if window.begin < window.end else day + DAY, window.end),
        )
        for window in calendar.windows
        if not window.days or day.weekday() in window.days
    ]


@given(zone=zones, at=instants, begin=clocks, end=clocks)
@settings(max_examples=50, deadline=None)
def test_a_window_alone_says_the_same_as_a_calendar_of_it(
    zone: str, at: datetime, begin: time, end: time
) -> None:
    window = Window(days=frozenset({0, 2, 6}), begin=begin, end=end)

    alone = window.open_at(at, ZoneInfo(zone))

    assert alone == Calendar(id=CalendarId("c"), zone=zone, windows=(window,)).open_at(at)
