"""Conditions of rungs: whether they hold at an instant, and from when on they will."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.alert import Severity
from bot.domain.calendar import Calendar, Window
from bot.domain.ids import CalendarId
from bot.domain.ladder import Condition
from bot.domain.people import Person
from bot.domain.walltime import zone_of


def for_severity(condition: Condition, severity: Severity) -> bool:
    """Whether the rung is for incidents that bad: no passing of time changes that."""
    return not condition.severities or severity in condition.severities


def in_time(condition: Condition, at: datetime) -> bool:
    """Whether its calendars allow that instant."""
    inside = condition.during is None or condition.during.open_at(at)
    return inside and not (condition.outside is not None and condition.outside.open_at(at))


def awake(condition: Condition, person: Person, at: datetime) -> bool:
    """Whether the person's own clock allows that instant."""
    return condition.local is None or condition.local.open_at(at, zone_of(person.zone))


def holds_from(condition: Condition, people: Sequence[Person], at: datetime, limit: datetime) -> datetime:
    """The first instant from `at` on at which calendars and clocks allow it; `limit` at the latest."""
    reached = at
    while reached < limit:
        later = _pushed(condition, people, reached, limit)
        if later == reached:
            return reached
        reached = later
    return limit


def _pushed(condition: Condition, people: Sequence[Person], at: datetime, limit: datetime) -> datetime:
    """That instant, or a later one before which it cannot hold."""
    reached = at
    if condition.during is not None:
        reached = condition.during.next_open(reached) or limit
    if condition.outside is not None:
        reached = condition.outside.next_shut(reached, limit)
    if condition.local is not None and people:
        days = (_day(person, condition.local) for person in people)
        reached = min((day.next_open(reached) or limit for day in days), default=reached)
    return min(reached, limit)


def _day(person: Person, hours: Window) -> Calendar:
    return Calendar(id=CalendarId(person.id), zone=person.zone, windows=(hours,))


def words(condition: Condition) -> str:
    """What it asks for, in words: `sev1 or sev2, during office`."""
    parts = [" or ".join(condition.severities)] if condition.severities else []
    parts += [f"during {condition.during.id}"] if condition.during else []
    parts += [f"outside {condition.outside.id}"] if condition.outside else []
    if condition.local:
        parts.append(f"{condition.local.begin:%H:%M}-{condition.local.end:%H:%M} on their own clock")
    return ", ".join(parts)
