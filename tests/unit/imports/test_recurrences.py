"""Recurrences of Grafana OnCall's, against an independent reading of the same events as iCalendar."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from icalendar import Calendar, Event, vRecur

from bot.domain.ids import PersonId, ScheduleId
from bot.domain.schedule import Rotation, Schedule
from bot.domain.shifts import on_call
from bot.imports.oncall.models import Shift
from bot.imports.oncall.shifts import DAYS, Unsayable, pattern

ZONE = ZoneInfo("Europe/Madrid")
SINCE, DAYS_AHEAD = datetime(2026, 3, 16, tzinfo=UTC), 70
"""Over the night in which clocks are set forward."""

GROUPS = [("ann",), ("bob", "cleo"), ("dan",)]


def shift(**values: object) -> Shift:
    plain = {"id": "O1", "type": "rolling_users", "interval": 1, "start_rotation_from_user_index": 0}
    return Shift.model_validate(plain | values)


def events(one: Shift, groups: list[tuple[str, ...]]) -> Calendar:
    """As OnCall makes them: an event for each group, each repeating after all groups had their turn."""
    calendar, interval = Calendar(), one.interval or 1
    days = sorted({DAYS.index(day) for day in one.by_day})
    for number, group in enumerate(groups):
        start = one.start
        if one.frequency == "weekly" and number:
            monday = one.start - timedelta(days=one.start.weekday())
            week = monday + timedelta(weeks=number * interval)
            start = week + timedelta(days=days[0] if days else one.start.weekday())
        elif number:
            start += (
                number * interval * timedelta(**{{"daily": "days", "hourly": "hours"}[str(one.frequency)]: 1})
            )
        rule = vRecur(freq=str(one.frequency).upper(), interval=interval * len(groups), wkst="MO")
        if days:
            rule["byday"] = [DAYS[day] for day in days]
        for person in group:
            event = Event()
            event.add("uid", f"{number}-{person}")
            event.add("summary", person)
            event.add("dtstart", start.replace(tzinfo=ZONE))
            event.add("dtend", (start + timedelta(seconds=one.duration)).replace(tzinfo=ZONE))
            event.add("rrule", rule)
            calendar.add_component(event)
    return calendar


def theirs(calendar: Calendar, at: datetime) -> set[str]:
    found = recurring_ical_events.of(calendar).between(at, at + timedelta(seconds=1))
    return {str(event["SUMMARY"]) for event in found if event["DTSTART"].dt <= at < event["DTEND"].dt}


def ours(one: Shift, groups: list[tuple[str, ...]], at: datetime) -> set[str]:
    made = pattern(one, groups)
    rotation = Rotation(
        turns=tuple(tuple(PersonId(key) for key in turn) for turn in made.turns),
        start=made.start.date(),
        handoff=made.start.time(),
        length=made.length,
        windows=made.windows,
    )
    schedule = Schedule(id=ScheduleId("s"), zone=ZONE.key, layers=(rotation,))
    return {str(found.person) for found in on_call(schedule, at)}


@pytest.mark.parametrize(
    "values",
    [
        {"frequency": "weekly", "duration": 604_800, "start": "2026-01-05T09:00:00", "week_start": "MO"},
        {"frequency": "weekly", "duration": 28_800, "start": "2026-01-05T09:00:00", "week_start": "MO"},
        {
            "frequency": "weekly",
            "duration": 50_400,
            "start": "2026-01-05T20:00:00",
            "week_start": "MO",
            "by_day": ["MO", "TU", "WE", "TH", "FR"],
        },
        {
            "frequency": "weekly",
            "duration": 86_400,
            "start": "2026-01-06T08:00:00",
            "week_start": "MO",
            "interval": 2,
            "by_day": ["TU", "SA"],
        },
        {"frequency": "daily", "duration": 86_400, "start": "2026-01-05T09:00:00"},
        {"frequency": "daily", "duration": 36_000, "start": "2026-01-05T22:00:00"},
        {"frequency": "daily", "duration": 172_800, "start": "2026-01-05T09:00:00", "interval": 2},
        {"frequency": "daily", "duration": 86_400, "start": "2026-01-05T09:00:00", "interval": 3},
        {"frequency": "daily", "duration": 14_400, "start": "2026-01-05T09:00:00", "interval": 2},
    ],
)
def test_turns_and_windows_say_what_the_events_say(values: dict[str, object]) -> None:
    one = shift(**values)
    calendar = events(one, GROUPS)

    for hour in range(0, 24 * DAYS_AHEAD, 5):
        at = SINCE + timedelta(hours=hour, minutes=30)
        assert ours(one, GROUPS, at) == theirs(calendar, at), at


def test_chosen_days_are_handed_out_one_after_the_other() -> None:
    one = shift(
        frequency="daily",
        duration=86_400,
        start="2026-03-16T09:00:00",
        by_day=["MO", "WE", "FR"],
        week_start="MO",
    )

    made = pattern(one, GROUPS)

    turns = [made.turns[(day - 16) % len(made.turns)] for day in (16, 17, 18, 19, 20, 21, 22, 23, 25)]
    assert turns == [GROUPS[0], (), GROUPS[1], (), GROUPS[2], (), (), GROUPS[0], GROUPS[1]]


def test_a_rotation_may_begin_with_any_of_its_groups() -> None:
    one = shift(
        frequency="daily", duration=86_400, start="2026-03-16T09:00:00", start_rotation_from_user_index=2
    )

    assert pattern(one, GROUPS).turns == [GROUPS[2], GROUPS[0], GROUPS[1]]


@pytest.mark.parametrize(
    "values",
    [
        {"frequency": "monthly", "duration": 86_400, "by_monthday": [1]},
        {"frequency": "daily", "duration": 86_400, "by_month": [12]},
        {"frequency": "weekly", "duration": 86_400, "by_day": ["1MO"]},
        {"frequency": None, "duration": 86_400},
        {"frequency": "hourly", "duration": 1_800, "interval": 2},
    ],
)
def test_what_turns_cannot_say_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(Unsayable):
        pattern(shift(start="2026-03-16T09:00:00", **values), GROUPS)
