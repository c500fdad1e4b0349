"""Build calendars and schedules from sections that were found valid."""

from collections.abc import Iterable, Mapping
from datetime import time

from bot.config.schedules import AnnounceSection, CalendarSection, LayerSection, OnlySection, ScheduleSection
from bot.domain.calendar import Calendar, Window
from bot.domain.ids import CalendarId, PersonId, ScheduleId
from bot.domain.schedule import Feed, Layer, Rotation, Schedule, Told
from bot.domain.walltime import zone_of

Calendars = Mapping[CalendarId, Calendar]


def calendar(name: str, section: CalendarSection) -> Calendar:
    """One calendar."""
    return Calendar(
        id=CalendarId(name),
        zone=zone_of(section.zone).key,
        windows=windows(section.days, section.hours),
        holidays=tuple(sorted(set(section.holidays))),
    )


def schedule(name: str, section: ScheduleSection, calendars: Calendars) -> Schedule:
    """One schedule."""
    return Schedule(
        id=ScheduleId(name),
        zone=zone_of(section.zone).key,
        layers=tuple(_layer(layer, section.zone, calendars) for layer in section.layers),
        name=section.name or "",
        group=section.group,
        channel=section.channel,
        told=_told(section.announce),
    )


def _told(section: AnnounceSection) -> Told:
    heads_up = () if section.heads_up is None else tuple(sorted(set(section.heads_up), reverse=True))
    return Told(handoffs=section.handoffs, heads_up=heads_up, gaps=section.gaps)


def _layer(section: LayerSection, zone: str, calendars: Calendars) -> Layer:
    if section.ical is not None:
        key = f"{zone} {section.ical}"  # in another zone its days begin at other instants
        return Feed(key=key, place=section.ical, level=section.level, name=section.name or "")
    assert section.people is not None
    assert section.start is not None
    assert section.handoff is not None
    return Rotation(
        turns=tuple(tuple(PersonId(person) for person in turn) for turn in section.people),
        start=section.start,
        handoff=section.handoff,
        length=section.shift,
        until=section.until,
        windows=tuple(window for only in section.only for window in _windows(only)),
        calendars=tuple(calendars[CalendarId(only.calendar)] for only in section.only if only.calendar),
        level=section.level,
        name=section.name or "",
        zone=zone_of(section.zone).key if section.zone else "",
    )


def _windows(section: OnlySection) -> tuple[Window, ...]:
    return () if section.calendar else windows(section.days, section.hours)


def windows(days: Iterable[int], hours: Iterable[tuple[time, time]]) -> tuple[Window, ...]:
    """One window for each pair of hours."""
    return tuple(Window(days=frozenset(days), begin=begin, end=end) for begin, end in hours)
