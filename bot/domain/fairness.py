"""Fairness: how much of the burden each person of a schedule had."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.domain.ids import PersonId, ScheduleId
from bot.domain.roster import Roster
from bot.domain.walltime import instant

NIGHT_BEGINS, NIGHT_ENDS = time(22), time(7)
ONE_PAGE = timedelta(minutes=15)
"""Messages of one incident to one person within this time are one page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A message of a page: of which incident, to whom (by name), when."""

    incident: str
    name: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """One person's. Hours on call, those of them in nights and weekends, pages, and those at night.

    Nights (22 to 7) and weekends are on the person's own clock; an hour of a weekend's night counts as both.
    """

    person: PersonId
    name: str
    hours: float = 0.0
    nights: float = 0.0
    weekends: float = 0.0
    pages: int = 0
    night_pages: int = 0


def shares(
    roster: Roster, schedule: ScheduleId | None, since: datetime, until: datetime, told: Iterable[Told]
) -> list[Share]:
    """Of a schedule, or of all together; who had the most hours first. Pages count whatever caused them."""
    chosen = [schedule] if schedule is not None else list(roster.schedules)
    times: dict[PersonId, list[tuple[datetime, datetime]]] = {}
    for each in chosen:
        for person in roster.everyone(each, until):
            times.setdefault(person, [])
        for shift in roster.shifts(each, since, until):
            times.setdefault(shift.person, []).append((shift.since, shift.until))
    pages = _pages(told)
    found = [_share(roster, person, _united(spans), pages) for person, spans in times.items()]
    return sorted(found, key=lambda share: (-share.hours, share.name.casefold()))


def _share(
    roster: Roster,
    person: PersonId,
    spans: Sequence[tuple[datetime, datetime]],
    pages: Mapping[str, Sequence[datetime]],
) -> Share:
    known = roster.person(person)
    zone = _zone(known.zone if known else "UTC")
    name = known.name if known else person
    mine = pages.get(name, ())
    return Share(
        person=person,
        name=name,
        hours=sum((until - since).total_seconds() for since, until in spans) / 3600,
        nights=_hours(spans, zone, _nights),
        weekends=_hours(spans, zone, _weekends),
        pages=len(mine),
        night_pages=sum(_at_night(at, zone) for at in mine),
    )


def _pages(told: Iterable[Told]) -> dict[str, list[datetime]]:
    last: dict[tuple[str, str], datetime] = {}
    pages: dict[str, list[datetime]] = {}
    for each in sorted(told, key=lambda one: one.at):
        key = (each.incident, each.name)
        before = last.get(key)
        if before is None or each.at - before > ONE_PAGE:
            pages.setdefault(each.name, []).append(each.at)
            last[key] = each.at
    return pages


def _united(spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Whoever is on call in two schedules at once is so for one time only."""
    found: list[tuple[datetime, datetime]] = []
    for since, until in sorted(spans):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return found


def _hours(
    spans: Sequence[tuple[datetime, datetime]],
    zone: ZoneInfo,
    windows: Callable[[date, ZoneInfo], Iterator[tuple[datetime, datetime]]],
) -> float:
    """How many hours of the spans lie in the windows of their days."""
    seconds = 0.0
    for since, until in spans:
        day, last = since.astimezone(zone).date(), until.astimezone(zone).date()
        while day <= last:
            for begin, end in windows(day, zone):
                seconds += max(0.0, (min(until, end) - max(since, begin)).total_seconds())
            day += timedelta(days=1)
    return seconds / 3600


def _nights(day: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The early hours of a day, and its late ones."""
    after = instant(day + timedelta(days=1), time(), zone)
    yield instant(day, time(), zone), instant(day, NIGHT_ENDS, zone)
    yield instant(day, NIGHT_BEGINS, zone), after


def _weekends(day: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    if day.weekday() >= 5:
        yield instant(day, time(), zone), instant(day + timedelta(days=1), time(), zone)


def _at_night(at: datetime, zone: ZoneInfo) -> bool:
    clock = at.astimezone(zone).time()
    return clock >= NIGHT_BEGINS or clock < NIGHT_ENDS


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
