"""A rehearsal with what its reader needs besides: whose clock shows what, where schedules have gaps."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.effects import PagePerson
from bot.domain.ids import PersonId, ScheduleId
from bot.domain.ladder import Ladder, RotatingTarget, ScheduleTarget
from bot.domain.override import Override
from bot.domain.rehearsal import Case, Rehearsal
from bot.domain.roster import Roster
from bot.domain.schedule import Gap

STEP = timedelta(hours=6)
AROUND = timedelta(days=31)
"""How far beyond the rehearsal a gap is followed to its ends."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hole:
    """When nobody is on call in a schedule of the ladder."""

    schedule: ScheduleId
    since: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockChange:
    """The clocks of a zone are changed at that instant, by so much (forward is more than nothing)."""

    zone: str
    at: datetime
    by: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """What would happen, told to somebody who reads clocks in `zone`.

    `zones` are those of the people who are paged. `overrides` says how many hold meanwhile; None when there
    was no database to read them from, and `unread` then says why. `routed` says why it is this service.
    """

    rehearsal: Rehearsal
    zone: ZoneInfo
    zones: Mapping[PersonId, str]
    holes: tuple[Hole, ...] = ()
    changes: tuple[ClockChange, ...] = ()
    overrides: int | None = None
    unread: str = ""
    routed: str = ""
    note: str = ""


def zone_of(case: Case, roster: Roster) -> ZoneInfo:
    """The zone of the first schedule of the ladder that would be climbed; UTC without one."""
    for schedule in schedules_of(case):
        if schedule in roster.schedules:
            return ZoneInfo(roster.schedules[schedule].zone)
    return ZoneInfo("UTC")


def schedules_of(case: Case) -> tuple[ScheduleId, ...]:
    """The schedules that the ladder and its catch-all name, in their order."""
    ladders = (case.service.ladder_for(case.severity), case.service.catch_all)
    return tuple(dict.fromkeys(each for ladder in ladders if ladder for each in _named(ladder)))


def _named(ladder: Ladder) -> Iterator[ScheduleId]:
    for rung in ladder.rungs:
        for target in rung.targets:
            if isinstance(target, ScheduleTarget | RotatingTarget) and target.schedule is not None:
                yield target.schedule
    yield from ladder.roles


def holes_of(rehearsal: Rehearsal, roster: Roster) -> tuple[Hole, ...]:
    """The gaps of the ladder's schedules that the rehearsal runs into, with their whole length."""
    case, found = rehearsal.case, []
    for schedule in schedules_of(case):
        gaps = roster.gaps(schedule, case.at - AROUND, rehearsal.end + AROUND)
        found += [
            Hole(schedule=schedule, since=gap.since, until=gap.until)
            for gap in gaps
            if _meets(gap, rehearsal)
        ]
    return tuple(found)


def overrides_of(rehearsal: Rehearsal, roster: Roster) -> tuple[Override, ...]:
    """The overrides of the ladder's schedules that hold at some time of the rehearsal."""
    begin, end = rehearsal.case.at, rehearsal.end
    known = (each for schedule in schedules_of(rehearsal.case) for each in roster.overrides.get(schedule, ()))
    return tuple(each for each in known if each.since <= end and begin < each.until)


def _meets(gap: Gap, rehearsal: Rehearsal) -> bool:
    return gap.since <= rehearsal.end and rehearsal.case.at < gap.until


def zones_of(rehearsal: Rehearsal, roster: Roster) -> dict[PersonId, str]:
    """The zones of everybody who is paged."""
    paged = (told.effect.person for told in rehearsal.told if isinstance(told.effect, PagePerson))
    return {key: person.zone for key in paged if (person := roster.person(key)) is not None}


def clock_changes(rehearsal: Rehearsal, zones: set[str]) -> tuple[ClockChange, ...]:
    """When clocks are changed meanwhile, in any of the zones."""
    since, until = rehearsal.case.at, rehearsal.end
    found = (each for zone in sorted(zones) for each in _changes(zone, since, until))
    return tuple(sorted(found, key=lambda change: (change.at, change.zone)))


def _changes(zone: str, since: datetime, until: datetime) -> Iterator[ClockChange]:
    info, at = ZoneInfo(zone), since
    while at < until:
        before, after = at, min(at + STEP, until)
        at, by = after, _offset(info, after) - _offset(info, before)
        if by:
            yield ClockChange(zone=zone, at=_changed(info, before, after), by=by)


def _changed(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The instant after the one and up to the other at which the clocks are changed."""
    offset = _offset(zone, before)
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if _offset(zone, middle) == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    found = at.astimezone(zone).utcoffset()
    assert found is not None
    return found
