"""Announcing: what is to be told of schedules as time passes, each under a key that tells it once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.domain.effects import SayTo
from bot.domain.ids import PersonId
from bot.domain.notice import About, GapsAhead, HandedOff, ShiftAhead
from bot.domain.roster import Roster
from bot.domain.schedule import Gap, Schedule, Shift
from bot.domain.walltime import instant

REPORTED = timedelta(days=14)
"""How far the weekly report of gaps looks."""

FIRST, LAST = timedelta(days=7), timedelta(days=1)
"""How long before it a gap is told, and told again."""

MONDAY, MORNING, NIGHT, EVENING = 0, time(8), time(21), time(20)
REPORT_AT = time(9)
AT_LEAST = timedelta(hours=2)
"""What is told the day before is told so long before the shift, or in the evening before."""

MOST_GAPS = 10
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Between:
    """The time that has passed: after `since`, until `until` (included)."""

    since: datetime
    until: datetime

    def has(self, at: datetime) -> bool:
        """Whether that instant is in it."""
        return self.since < at <= self.until


def due(roster: Roster, passed: Between) -> Iterator[SayTo]:
    """Everything that is to be told because that time has passed, but gaps."""
    for schedule in roster.schedules.values():
        if schedule.told.handoffs:
            yield from _hand_offs(roster, schedule, passed)
        if schedule.told.heads_up:
            yield from _heads_up(roster, schedule, passed)
        if schedule.told.gaps and schedule.channel:
            yield from _report(roster, schedule, passed)


def about(schedule: Schedule) -> About:
    """What a schedule is called."""
    return About(title=schedule.name or schedule.id, zone=schedule.zone)


def _hand_offs(roster: Roster, schedule: Schedule, passed: Between) -> Iterator[SayTo]:
    shifts = roster.shifts(schedule.id, passed.since - timedelta(hours=1), passed.until + INSTANT)
    for at in sorted({edge for shift in shifts for edge in (shift.since, shift.until) if passed.has(edge)}):
        before = roster.on_call(schedule.id, at - INSTANT)
        after = roster.on_call(schedule.id, at)
        off, on = _people(before), _people(after)
        if set(off) == set(on):
            continue
        until = min((shift.until for shift in after), default=None)
        key = f"handoff:{schedule.id}:{int(at.timestamp())}"
        told = HandedOff(
            about=about(schedule), at=at, off=_names(roster, off), on=_names(roster, on), until=until
        )
        if schedule.channel:
            yield SayTo(key=key, channel=schedule.channel, notice=told)
        for person, you in (*((each, "on") for each in on), *((each, "off") for each in off)):
            user = _user(roster, person)
            if user and not (person in on and person in off):
                notice = HandedOff(
                    about=told.about,
                    at=at,
                    off=told.off,
                    on=told.on,
                    until=told.until,
                    you="on" if you == "on" else "off",
                )
                yield SayTo(key=f"{key}:{person}", user=user, notice=notice)


def _heads_up(roster: Roster, schedule: Schedule, passed: Between) -> Iterator[SayTo]:
    """Somebody who is on call already, in another turn, begins no shift."""
    longest = max(schedule.told.heads_up) + timedelta(hours=36)
    shifts = roster.shifts(schedule.id, passed.since, passed.until + longest)
    begins = {shift.since for shift in shifts}
    for shift in shifts:
        user, starts = _user(roster, shift.person), shift.since > passed.since
        if not user or not starts or _continues(shift, shifts):
            continue
        person = roster.person(shift.person)
        for before in schedule.told.heads_up:
            if not passed.has(told_at(shift.since, before, person.zone if person else "UTC")):
                continue
            if shift.since <= passed.until or shift.since not in begins:
                continue
            yield SayTo(
                key=f"ahead:{schedule.id}:{shift.person}:{int(shift.since.timestamp())}:{int(before.total_seconds())}",
                user=user,
                notice=ShiftAhead(
                    about=about(schedule),
                    since=shift.since,
                    until=_whole(roster, schedule, shift),
                    before=before,
                ),
            )


def told_at(since: datetime, before: timedelta, zone: str) -> datetime:
    """When somebody is told of a shift: what is told half a day before or earlier disturbs no night."""
    at = since - before
    if before < timedelta(hours=12):
        return at
    clock = _zone(zone)
    local = at.astimezone(clock)
    if MORNING <= local.time() < NIGHT:
        return at
    day = local.date() if local.time() < MORNING else local.date() + timedelta(days=1)
    morning = instant(day, MORNING, clock)
    if since - morning >= AT_LEAST:
        return morning
    return instant(day - timedelta(days=1), EVENING, clock)


def _report(roster: Roster, schedule: Schedule, passed: Between) -> Iterator[SayTo]:
    """On Mondays, when there are gaps ahead."""
    clock = _zone(schedule.zone)
    for day in _days(passed, clock):
        at = instant(day, REPORT_AT, clock)
        if day.weekday() != MONDAY or not passed.has(at):
            continue
        gaps = roster.gaps(schedule.id, at, at + REPORTED)
        if gaps:
            yield SayTo(
                key=f"gaps:{schedule.id}:{day.isoformat()}",
                channel=schedule.channel,
                notice=_gaps(schedule, gaps, at + REPORTED, report=True),
            )


def gaps_ahead(roster: Roster, schedule: Schedule, now: datetime) -> dict[datetime, Gap]:
    """The gaps that begin within a week, by their beginnings. One that has begun is a hand-off to nobody."""
    found = roster.gaps(schedule.id, now, now + FIRST + REPORTED)
    return {gap.since: gap for gap in found if now < gap.since <= now + FIRST}


def gaps_told(schedule: Schedule, gaps: Sequence[Gap], now: datetime, stage: str) -> SayTo:
    """One message for all gaps that are to be told now; `stage` says for which time."""
    first = int(gaps[0].since.timestamp())
    return SayTo(
        key=f"gap:{schedule.id}:{first}:{stage}",
        channel=schedule.channel,
        notice=_gaps(schedule, gaps, now + FIRST),
    )


def _gaps(schedule: Schedule, gaps: Sequence[Gap], until: datetime, *, report: bool = False) -> GapsAhead:
    return GapsAhead(
        about=about(schedule),
        gaps=tuple(gaps[:MOST_GAPS]),
        more=max(0, len(gaps) - MOST_GAPS),
        until=until,
        report=report,
    )


def _continues(shift: Shift, shifts: Iterable[Shift]) -> bool:
    """Whether the person is on call right before it already."""
    return any(each.person == shift.person and each.since < shift.since <= each.until for each in shifts)


def _whole(roster: Roster, schedule: Schedule, shift: Shift) -> datetime:
    """When the shift ends, which may be after the time that was looked at."""
    now = [each for each in roster.on_call(schedule.id, shift.since) if each.person == shift.person]
    return now[0].until if now else shift.until


def _people(shifts: Sequence[Shift]) -> tuple[PersonId, ...]:
    return tuple(dict.fromkeys(shift.person for shift in shifts))


def _names(roster: Roster, people: Sequence[PersonId]) -> tuple[str, ...]:
    found = [(each, roster.person(each)) for each in people]
    return tuple(person.name if person else each for each, person in found)


def _user(roster: Roster, person: PersonId) -> str | None:
    found = roster.person(person)
    return found.slack_user if found else None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _days(passed: Between, zone: ZoneInfo) -> Iterator[date]:
    day, last = passed.since.astimezone(zone).date(), passed.until.astimezone(zone).date()
    while day <= last:
        yield day
        day += timedelta(days=1)
