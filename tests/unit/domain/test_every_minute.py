"""At every minute exactly those are on call whom the layers and the overrides say, whatever the clocks do.

What they say is defined in `minutes.py`, which knows nothing of how the bot works it out.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.calendar import Calendar, Window
from bot.domain.ids import PersonId, ScheduleId
from bot.domain.schedule import Gap, Rotation, Schedule, ShiftLength, ShiftUnit, singly
from bot.domain.shifts import final_shifts, gaps, next_on_call, on_call
from tests.unit.domain.minutes import MINUTE, changes, owners
from tests.unit.domain.rotas import PEOPLE, ZONES, Rota, calendars, instants, rotas, rotations, zones

HOUR, DAY, YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=366)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
LAST = FIRST + 2 * YEAR


@cache
def behaviours() -> dict[tuple[object, ...], list[str]]:
    """All zones, by what their clocks do in two years: those that do the same are the same."""
    found: dict[tuple[object, ...], list[str]] = {}
    for zone in ZONES:
        info, moments = ZoneInfo(zone), changes(zone, FIRST, LAST)
        offsets = [at.astimezone(info).utcoffset() for at in (FIRST, *moments)]
        found.setdefault((*moments, *offsets), []).append(zone)
    return found


def nights() -> Iterator[tuple[str, datetime]]:
    """One zone of each behaviour, at each of its changes of clocks, or in a night without any."""
    for alike in behaviours().values():
        for at in changes(alike[0], FIRST, LAST) or [FIRST]:
            yield alike[0], at


def restless(zone: str, at: datetime) -> Schedule:
    """Hand-offs and windows at just those times which the clocks leave out or show twice."""
    info = ZoneInfo(zone)
    before, after = (moment.astimezone(info).replace(tzinfo=None) for moment in (at - MINUTE, at))
    low, high = sorted((before + MINUTE, after))
    middle, begun = low + (high - low) // 2 // MINUTE * MINUTE, low.date() - 5 * DAY
    hourly = Rotation(
        turns=singly(PEOPLE[:3]),
        start=begun,
        handoff=time(0, 30),
        length=ShiftLength(count=1, unit=ShiftUnit.HOURS),
        windows=(Window(begin=low.time(), end=middle.time()), Window(begin=time(22), end=low.time())),
    )
    daily = Rotation(
        turns=singly(PEOPLE[2:]),
        start=begun,
        handoff=middle.time(),
        length=ShiftLength(count=1, unit=ShiftUnit.DAYS),
        windows=(Window(begin=time(0), end=time(20)), Window(begin=high.time(), end=time(4))),
    )
    exact = Rotation(
        turns=singly(PEOPLE[1:3]),
        start=begun,
        handoff=high.time(),
        length=ShiftLength(count=1, unit=ShiftUnit.HOURS),
        level=2,
    )
    return Schedule(id=ScheduleId("s"), zone=zone, layers=(daily, hourly, exact))


def told(rota: Rota, since: datetime, until: datetime) -> dict[datetime, frozenset[PersonId]]:
    """Who is on call at every minute as the bot says it. A person is never on call twice."""
    found: dict[datetime, list[PersonId]] = {}
    at = since
    while at < until:
        found[at] = []
        at += MINUTE
    for shift in final_shifts(rota.schedule, since, until, rota.overrides, rota.feeds):
        assert since <= shift.since < shift.until <= until
        at = shift.since
        while at < shift.until:
            assert shift.person not in found[at]
            found[at].append(shift.person)
            at += MINUTE
    return {at: frozenset(people) for at, people in found.items()}


@pytest.mark.row("F25", "F26")
def test_in_every_zone_at_every_change_of_clocks_exactly_the_owners_that_the_layers_say() -> None:
    assert sum(len(zones) for zones in behaviours().values()) == len(ZONES)
    for zone, at in nights():
        schedule = restless(zone, at)
        since, until = at - timedelta(hours=10), at + timedelta(hours=14)

        expected = owners(schedule, since, until)
        assert told(Rota(schedule=schedule, at=at), since, until) == expected, zone
        _ask_each(schedule, expected, at - 2 * HOUR, at + 2 * HOUR)


@pytest.mark.parametrize(
    ("zone", "at"),
    [
        ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),  # a whole day that never was
        ("Pacific/Kwajalein", datetime(1993, 8, 21, 12, tzinfo=UTC)),  # another one
        ("Pacific/Kwajalein", datetime(1969, 9, 30, 13, tzinfo=UTC)),  # 23 hours that were twice
        ("Africa/Casablanca", datetime(2026, 2, 15, 2, tzinfo=UTC)),  # the clocks of Ramadan
        ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),  # half an hour
        ("Antarctica/Troll", datetime(2026, 3, 29, 1, tzinfo=UTC)),  # two hours
        ("Asia/Kathmandu", datetime(1985, 12, 31, 18, 30, tzinfo=UTC)),  # a quarter of an hour, for ever
        ("Africa/Cairo", datetime(2026, 4, 23, 22, tzinfo=UTC)),  # midnight that does not exist
        ("America/Caracas", datetime(2016, 5, 1, 7, tzinfo=UTC)),  # half an hour, for ever
        ("Asia/Pyongyang", datetime(2018, 5, 4, 15, tzinfo=UTC)),
    ],
)
@pytest.mark.row("F25", "F26")
def test_in_odd_nights_exactly_the_owners_that_the_layers_say(zone: str, at: datetime) -> None:
    schedule = restless(zone, at)
    since, until = at - timedelta(hours=30), at + timedelta(hours=50)

    expected = owners(schedule, since, until)
    assert told(Rota(schedule=schedule, at=at), since, until) == expected
    _ask_each(schedule, expected, since, until)


def _ask_each(
    schedule: Schedule, expected: dict[datetime, frozenset[PersonId]], since: datetime, until: datetime
) -> None:
    """One minute alone is answered as the whole time is."""
    at = since
    while at < until:
        shifts = on_call(schedule, at)
        assert {shift.person for shift in shifts} == expected[at], (schedule.zone, at)
        assert all(shift.since <= at < shift.until for shift in shifts)
        at += MINUTE


@given(rota=rotas())
@settings(max_examples=120, deadline=None)
@pytest.mark.row("F25", "F31")
def test_whatever_the_layers_and_the_overrides_are_every_minute_has_the_owners_that_they_say(
    rota: Rota,
) -> None:
    since, until = rota.at - timedelta(hours=18), rota.at + timedelta(hours=18)
    expected = owners(rota.schedule, since, until, rota.overrides, rota.feeds)

    assert told(rota, since, until) == expected
    empty = [at for gap in gaps(rota.schedule, since, until, rota.overrides, rota.feeds) for at in _in(gap)]
    assert empty == [at for at, people in expected.items() if not people]
    _check_next(rota, expected)


@given(
    below=rotations(),
    above=rotations(),
    office=st.lists(calendars, min_size=1, max_size=2),
    zone=zones,
    at=instants,
    days=st.lists(st.integers(-2, 2), min_size=1, max_size=4),
)
@settings(max_examples=80, deadline=None)
@pytest.mark.row("F25")
def test_around_holidays_every_minute_has_the_owners_that_the_calendars_of_the_layers_say(
    *, below: Rotation, above: Rotation, office: list[Calendar], zone: str, at: datetime, days: list[int]
) -> None:
    free = tuple((at + day * DAY).date() for day in days)
    shut = replace(office[0], holidays=(*office[0].holidays, *free))
    top = replace(above, start=date(2025, 1, 1), until=None, zone="", level=9, calendars=(shut, *office[1:]))
    rota = Rota(schedule=Schedule(id=ScheduleId("s"), zone=zone, layers=(below, top)), at=at)
    since, until = at - DAY, at + DAY

    expected = owners(rota.schedule, since, until)

    assert told(rota, since, until) == expected
    for hour in range(0, 48, 5):
        _check_instant(rota, since + hour * HOUR)


def _in(gap: Gap) -> Iterator[datetime]:
    at = gap.since
    while at < gap.until:
        yield at
        at += MINUTE


def _check_next(rota: Rota, expected: dict[datetime, frozenset[PersonId]]) -> None:
    later = (at for at, people in expected.items() if at > rota.at and people - expected[rota.at])
    coming = next_on_call(rota.schedule, rota.at, rota.overrides, rota.feeds)
    if first := next(later, None):
        assert {shift.person for shift in coming} == expected[first] - expected[rota.at]
        assert min(shift.since for shift in coming) == first
    else:
        assert all(shift.since >= max(expected) for shift in coming)


@given(rota=rotas())
@settings(max_examples=200, deadline=None)
@pytest.mark.row("F31")
def test_an_instant_is_told_the_same_shifts_as_the_whole_time_around_it(rota: Rota) -> None:
    _check_instant(rota, rota.at)
    since, until = rota.at - 2 * DAY, rota.at + 2 * DAY
    shifts = final_shifts(rota.schedule, since, until, rota.overrides, rota.feeds)
    edges = sorted({edge for shift in shifts for edge in (shift.since, shift.until)})
    for edge in edges[:: max(1, len(edges) // 6)]:
        _check_instant(rota, edge)
        _check_instant(rota, edge - MINUTE)


def _check_instant(rota: Rota, at: datetime) -> None:
    now = on_call(rota.schedule, at, rota.overrides, rota.feeds)
    since = min((shift.since for shift in now), default=at) - DAY
    until = max((shift.until for shift in now), default=at) + DAY
    around = final_shifts(rota.schedule, since, until, rota.overrides, rota.feeds)
    assert set(now) == {shift for shift in around if shift.since <= at < shift.until}
    assert len({shift.person for shift in now}) == len(now)
