"""iCal text says the same as the bot: read and expanded by a library that knows nothing of the bot."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import icalendar
import pytest
import recurring_ical_events
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.calendar import Calendar, Window
from bot.domain.ids import CalendarId, PersonId, ScheduleId
from bot.domain.schedule import Rotation, Schedule, Shift, ShiftLength, ShiftUnit, Source, singly
from bot.domain.shifts import final_shifts
from bot.render.ical import Event, calendar, rules_calendar, shifts_calendar
from tests.unit.domain.minutes import changes, owners
from tests.unit.domain.rotas import ODD, PEOPLE, Rota, rotas

NOW = datetime(2026, 11, 23, 3, 10, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
NAMES = {person: person for person in PEOPLE}
WEEKDAYS = frozenset(range(5))
OFFICE = Calendar(id=CalendarId("office"), zone="UTC", holidays=(date(2026, 12, 25),))

Time = tuple[str, datetime, datetime]


def read(text: str, since: datetime, until: datetime) -> list[Time]:
    """Whose time is when, as the library reads it, cut to that time."""
    parsed = icalendar.Calendar.from_ical(text)
    return sorted(_times(parsed, since, until))


def _times(parsed: icalendar.Component, since: datetime, until: datetime) -> Iterator[Time]:
    for event in recurring_ical_events.of(parsed).between(since, until):
        begins, ends = span(event)
        if begins < until and ends > since and begins < ends:
            yield str(event["SUMMARY"]).split(":")[0], max(begins, since), min(ends, until)


def span(event: icalendar.Component) -> tuple[datetime, datetime]:
    assert isinstance(event, icalendar.Event)
    begins, ends = event.start, event.end
    assert isinstance(begins, datetime)
    assert isinstance(ends, datetime)
    return begins.astimezone(UTC), ends.astimezone(UTC)


def times(shifts: list[Shift]) -> list[Time]:
    return sorted((shift.person, shift.since, shift.until) for shift in shifts)


@given(rota=rotas())
@settings(max_examples=40, deadline=None)
@pytest.mark.row("F25", "F26", "F31")
def test_exported_shifts_say_of_every_minute_what_the_layers_say(rota: Rota) -> None:
    since, until = rota.at - DAY, rota.at + DAY
    shifts = final_shifts(rota.schedule, since - DAY, until + DAY, rota.overrides, rota.feeds)

    found = read(shifts_calendar(rota.schedule, shifts, NAMES, NOW), since, until)

    said = {at: {who for who, begins, ends in found if begins <= at < ends} for at in _every(since, until)}
    assert said == owners(rota.schedule, since, until, rota.overrides, rota.feeds)


def _every(since: datetime, until: datetime) -> Iterator[datetime]:
    while since < until:
        yield since
        since += MINUTE


def rotation(
    unit: ShiftUnit, count: int, *, handoff: time = time(9), window: Window | None = None
) -> Rotation:
    return Rotation(
        turns=singly(PEOPLE[:3]),
        start=date(2025, 12, 1),
        handoff=handoff,
        length=ShiftLength(count=count, unit=unit),
        windows=(window,) if window else (),
    )


ROTATIONS = [
    rotation(ShiftUnit.WEEKS, 1),
    rotation(ShiftUnit.DAYS, 1, handoff=time(17)),
    rotation(ShiftUnit.HOURS, 12),
    rotation(ShiftUnit.HOURS, 8),
    rotation(ShiftUnit.DAYS, 2, window=Window(days=WEEKDAYS, begin=time(8), end=time(20))),
    rotation(ShiftUnit.WEEKS, 1, window=Window(begin=time(18), end=time(8))),
]


@pytest.mark.parametrize("zone", ODD)
@pytest.mark.row("F25", "F26")
def test_a_rotation_as_rules_that_repeat_is_the_same_over_every_change_of_clocks(zone: str) -> None:
    moments = changes(zone, datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))
    for number, at in enumerate(moments or [datetime(2026, 6, 1, tzinfo=UTC)]):
        turning = ROTATIONS[(number + ODD.index(zone)) % len(ROTATIONS)]
        schedule = Schedule(id=ScheduleId("s"), zone=zone, layers=(turning,))
        since, until = at - 4 * DAY, at + 4 * DAY

        text = rules_calendar(schedule, turning, NAMES, NOW)

        assert text is not None
        assert read(text, since, until) == times(final_shifts(schedule, since, until))


@pytest.mark.parametrize("turning", ROTATIONS)
@pytest.mark.row("F25", "F26")
def test_every_kind_of_rotation_is_the_same_as_its_rules(turning: Rotation) -> None:
    schedule = Schedule(id=ScheduleId("s"), zone="Australia/Lord_Howe", layers=(turning,))
    since, until = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 10, tzinfo=UTC)

    text = rules_calendar(schedule, turning, NAMES, NOW)

    assert text is not None
    assert read(text, since, until) == times(final_shifts(schedule, since, until))


@pytest.mark.row("F25")
def test_a_week_with_a_day_that_never_was_is_a_day_shorter() -> None:
    turning = replace(rotation(ShiftUnit.WEEKS, 1), start=date(2011, 12, 5))
    schedule = Schedule(id=ScheduleId("s"), zone="Pacific/Apia", layers=(turning,))
    since, until = datetime(2011, 12, 6, tzinfo=UTC), datetime(2012, 1, 20, tzinfo=UTC)
    shifts = final_shifts(schedule, since, until)

    text = rules_calendar(schedule, turning, NAMES, NOW)

    assert text is not None
    assert read(text, since, until) == times(shifts)
    assert min(shift.until - shift.since for shift in shifts[1:-1]) == timedelta(days=6)


def test_a_rotation_that_ends_at_a_hand_off_has_rules_that_end() -> None:
    turning = replace(rotation(ShiftUnit.DAYS, 1), until=date(2026, 1, 9))
    schedule = Schedule(id=ScheduleId("s"), zone="Europe/London", layers=(turning,))
    since, until = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)

    text = rules_calendar(schedule, turning, NAMES, NOW)

    assert text is not None
    assert read(text, since, until) == times(final_shifts(schedule, since, until))


@pytest.mark.parametrize(
    "turning",
    [
        replace(rotation(ShiftUnit.WEEKS, 1), calendars=(OFFICE,)),  # some weeks have holidays
        replace(rotation(ShiftUnit.WEEKS, 1), until=date(2026, 1, 1)),  # in the middle of a turn
        rotation(ShiftUnit.MONTHS, 1),  # not all of one length
        replace(rotation(ShiftUnit.HOURS, 7), turns=singly(PEOPLE * 19)),  # a cycle that is too long
        replace(rotation(ShiftUnit.DAYS, 1), turns=()),
    ],
)
def test_what_rules_cannot_say_is_not_said_wrongly(turning: Rotation) -> None:
    schedule = Schedule(id=ScheduleId("s"), zone="Europe/London", layers=(turning,))

    assert rules_calendar(schedule, turning, NAMES, NOW) is None


@given(title=st.text(max_size=300), who=st.text(max_size=300))
@example(title="a;b,c\\n", who="x\r\nEND:VCALENDAR\r\nBEGIN:VEVENT")
@example(title="ü" * 200, who="🚨" * 100)
@settings(max_examples=60, deadline=None)
def test_whatever_a_name_is_the_calendar_has_one_event_and_short_lines(title: str, who: str) -> None:
    event = Event(uid="1@tocsin", since=NOW, until=NOW + DAY, summary=who, description=title)

    text = calendar(title, [event], NOW)

    (parsed,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert str(parsed["UID"]) == "1@tocsin"
    assert span(parsed) == (NOW, NOW + DAY)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert text.split("\r\n").count("BEGIN:VEVENT") == text.split("\r\n").count("END:VCALENDAR") == 1


def test_names_are_shown_as_they_are() -> None:
    schedule = Schedule(id=ScheduleId("s"), zone="UTC", layers=(), name="Pay; roll, \\o/")
    shift = Shift(
        person=PersonId("ann"), since=NOW, until=NOW + DAY, why=Source(layer=1, name="nights, weekends")
    )

    text = shifts_calendar(schedule, [shift], {PersonId("ann"): "Ann, née Ray"}, NOW)

    (parsed,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert str(parsed["SUMMARY"]) == "Ann, née Ray: on call for Pay; roll, \\o/"
    assert str(parsed["DESCRIPTION"]) == "by layer nights, weekends"


def test_a_shift_keeps_its_name_however_often_it_is_exported() -> None:
    schedule = Schedule(id=ScheduleId("s"), zone="UTC", layers=())
    shift = Shift(person=PersonId("ann"), since=NOW, until=NOW + DAY)

    one, other = (
        icalendar.Calendar.from_ical(shifts_calendar(schedule, [each], {}, NOW + MINUTE)).walk("VEVENT")[0]
        for each in (shift, replace(shift, until=NOW + 2 * DAY))
    )

    assert one["UID"] == other["UID"]
