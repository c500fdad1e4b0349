"""Edges: the instants at which conditions, waits and quiet hours of a ladder may change."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.calendar import Calendar, Window
from bot.domain.ladder import Ladder, Rung
from bot.domain.people import Person
from bot.domain.roster import Roster
from bot.domain.walltime import wall_clock, zone_of

DAY = timedelta(days=1)


def edges(ladders: Iterable[Ladder], roster: Roster, since: datetime, until: datetime) -> list[datetime]:
    """Every instant from `since` until `until` at which a calendar or somebody's hours change."""
    found: set[datetime] = set()
    rungs = [rung for ladder in ladders for rung in ladder.rungs]
    for calendar in {each.id: each for rung in rungs for each in _calendars(rung)}.values():
        found.update(_of_calendar(calendar, since, until))
    for window, zone in set(_hours(rungs, roster)):
        found.update(_of_window(window, zone_of(zone), since, until))
    return sorted(each for each in found if since < each < until)


def _calendars(rung: Rung) -> Iterator[Calendar]:
    if rung.wait_in:
        yield rung.wait_in
    if rung.when and rung.when.during:
        yield rung.when.during
    if rung.when and rung.when.outside:
        yield rung.when.outside


def _hours(rungs: Iterable[Rung], roster: Roster) -> Iterator[tuple[Window, str]]:
    """Windows on people's own clocks, the rungs' and their own, with the zone of everybody who is named."""
    for rung in rungs:
        for person in named(rung, roster):
            if rung.when and rung.when.local:
                yield rung.when.local, person.zone
            if person.quiet and person.quiet.hours:
                yield person.quiet.hours, person.zone


def named(rung: Rung, roster: Roster) -> list[Person]:
    """Everybody whom a rung can mean at any time."""
    people = dict.fromkeys(each for target in rung.targets for each in roster.named(target))
    return [person for key in people if (person := roster.person(key)) is not None]


def _of_calendar(calendar: Calendar, since: datetime, until: datetime) -> Iterator[datetime]:
    at = calendar.next_open(since)
    while at is not None and at < until:
        shut = calendar.next_shut(at, until)
        yield from (at, shut)
        at = calendar.next_open(shut)


def _of_window(window: Window, zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[datetime]:
    day = wall_clock(since, zone).date() - DAY
    last = wall_clock(until, zone).date() + DAY
    while day <= last:
        if window.on(day):
            yield from window.span(day, zone)
        day += DAY
