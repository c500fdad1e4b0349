"""Timetables: who is on call when, as facts that a picture, a page, a terminal and a screen reader share."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.ids import ScheduleId
from bot.domain.roster import Roster
from bot.domain.schedule import Gap, Rotation, Schedule, Shift
from bot.domain.walltime import instant
from bot.render.escape import one_line

MOST_WEEKS = 8
NAME = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """Somebody's time; `overridden`: somebody decided it against the layers."""

    name: str
    since: datetime
    until: datetime
    overridden: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockChange:
    """The clocks of the zone change at `at`, by so many minutes (forward: more than none).

    `zone` is that of a layer; without one that of the table.
    """

    at: datetime
    minutes: int
    zone: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Timetable:
    """Everything that is shown of a schedule from `since` to `until`, which are midnights in its zone.

    `names` stand in the order in which they come on call. Names are on one line, and not escaped.
    """

    title: str
    zone: str
    now: datetime
    since: datetime
    until: datetime
    bars: tuple[Bar, ...]
    gaps: tuple[tuple[datetime, datetime], ...]
    changes: tuple[ClockChange, ...]
    elsewhere: tuple[ClockChange, ...] = ()
    """The same of the zones in which layers have their hand-offs, where they are others."""

    @property
    def names(self) -> tuple[str, ...]:
        """Everybody, by their first shift."""
        return tuple(dict.fromkeys(bar.name for bar in self.bars))

    @property
    def days(self) -> list[date]:
        """The days that are shown."""
        zone = ZoneInfo(self.zone)
        first, last = self.since.astimezone(zone).date(), self.until.astimezone(zone).date()
        return [first + timedelta(days=each) for each in range((last - first).days)]

    def day(self, day: date) -> tuple[datetime, datetime]:
        """When a day begins and ends in the zone."""
        zone = ZoneInfo(self.zone)
        return instant(day, time(), zone), instant(day + timedelta(days=1), time(), zone)


def timetable(
    roster: Roster, schedule: ScheduleId, now: datetime, weeks: int = 2, begin: datetime | None = None
) -> Timetable:
    """So many weeks from this Monday, or from that day on. Raises KeyError for an unknown schedule."""
    found = roster.schedules[schedule]
    zone = ZoneInfo(found.zone)
    first = (begin or now).astimezone(zone).date()
    if begin is None:
        first -= timedelta(days=first.weekday())
    since = instant(first, time(), zone)
    until = instant(first + timedelta(weeks=max(1, min(weeks, MOST_WEEKS))), time(), zone)
    shifts = roster.shifts(schedule, since, until)
    return Timetable(
        title=one_line(found.name or schedule, 80),
        zone=found.zone,
        now=now,
        since=since,
        until=until,
        bars=tuple(_merged(_bars(roster, shifts))),
        gaps=tuple(_pair(gap) for gap in roster.gaps(schedule, since, until)),
        changes=tuple(_changes(zone, since, until)),
        elsewhere=tuple(
            replace(change, zone=each.key)
            for each in _zones(found)
            for change in _changes(each, since, until)
        ),
    )


def _zones(schedule: Schedule) -> list[ZoneInfo]:
    """The zones of layers that have another than the schedule."""
    own = (layer.zone for layer in schedule.layers if isinstance(layer, Rotation))
    return [ZoneInfo(zone) for zone in dict.fromkeys(own) if zone and zone != schedule.zone]


def _pair(gap: Gap) -> tuple[datetime, datetime]:
    return gap.since, gap.until


def _bars(roster: Roster, shifts: Sequence[Shift]) -> Iterator[Bar]:
    for shift in shifts:
        person = roster.person(shift.person)
        yield Bar(
            name=one_line(person.name if person else shift.person, NAME),
            since=shift.since,
            until=shift.until,
            overridden=shift.why.override is not None,
        )


def _merged(bars: Iterator[Bar]) -> list[Bar]:
    """Turns of the same person that follow each other are one."""
    found: list[Bar] = []
    for bar in bars:
        last = next((each for each in reversed(found) if each.name == bar.name), None)
        if last is not None and last.until == bar.since and last.overridden == bar.overridden:
            found[found.index(last)] = Bar(
                name=bar.name, since=last.since, until=bar.until, overridden=bar.overridden
            )
        else:
            found.append(bar)
    return found


def _changes(zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[ClockChange]:
    """When the clocks change, to the minute; there is at most one change within a few hours."""
    at, step = since, timedelta(hours=6)
    while at < until:
        before, after = _offset(at, zone), _offset(min(at + step, until), zone)
        if before != after:
            low, high = at, min(at + step, until)
            while high - low > timedelta(minutes=1):
                middle = low + (high - low) / 2
                low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
            exact = (high + timedelta(seconds=30)).replace(second=0, microsecond=0)
            yield ClockChange(at=exact, minutes=int((after - before).total_seconds() // 60))
        at += step


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


MOST_TOLD = 12
_WHEN = "%a %d %b %H:%M"


def alt_text(table: Timetable, limit: int = 1000) -> str:
    """The facts of the picture in words, for those who do not see it."""
    zone = ZoneInfo(table.zone)
    days = len(table.days)
    first = f"{table.since.astimezone(zone):%d %b %Y}"
    head = f"On-call calendar of {table.title}, {days} days from {first} on, {table.zone}."
    parts = [
        f"{bar.name} {bar.since.astimezone(zone):{_WHEN}} to {bar.until.astimezone(zone):{_WHEN}}"
        f"{' (override)' if bar.overridden else ''}"
        for bar in table.bars[:MOST_TOLD]
    ]
    more = len(table.bars) - MOST_TOLD
    told = "; ".join(parts) or "Nobody is on call"
    told += f"; and {more} more shifts" if more > 0 else ""
    gaps = [
        f"{since.astimezone(zone):{_WHEN}} to {until.astimezone(zone):{_WHEN}}" for since, until in table.gaps
    ]
    rest = f"; and {len(gaps) - 3} more times" if gaps[3:] else ""
    nobody = f" Nobody: {'; '.join(gaps[:3])}{rest}." if gaps else ""
    clocks = "".join(
        f" Clocks go {'forward' if each.minutes > 0 else 'back'} {each.at.astimezone(zone):%a %d %b}."
        for each in table.changes
    )
    text = f"{head}{nobody}{clocks} {told}."
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def rows(table: Timetable) -> list[tuple[str, str, str, str]]:
    """Every shift and gap by its beginning: from, to, who, and what is to be known of it."""
    zone = ZoneInfo(table.zone)
    found = [(bar.since, bar.until, bar.name, "override" if bar.overridden else "") for bar in table.bars]
    found += [(since, until, "NOBODY", "gap") for since, until in table.gaps]
    return [
        (
            f"{since.astimezone(zone):{_WHEN}}",
            f"{until.astimezone(zone):{_WHEN}}",
            name,
            "now" if since <= table.now < until and not note else note,
        )
        for since, until, name, note in sorted(found)
    ]
