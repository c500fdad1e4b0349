"""Who is on call, minute by minute: the plainest definition of layers and overrides.

Nothing of it is the bot's. A clock's hand goes forward with its zone. While the clock shows an hour again,
the hand waits: `reached` is the furthest that it has got. What is to happen at a time on the clock has
happened when the hand has got there. Everything else is counting.
"""

import calendar
import itertools
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.calendar import Calendar, Window
from bot.domain.ids import PersonId
from bot.domain.override import Override, OverrideKind
from bot.domain.schedule import Feed, Rotation, Schedule, ShiftUnit, Span

MINUTE = timedelta(minutes=1)
MONDAY = datetime(2001, 1, 1)  # noqa: DTZ001  # the time on a clock, in no zone
LEAD = timedelta(hours=25)
"""No clock has been set back by more than a day."""


def walked(zone: str, since: datetime, until: datetime) -> Iterator[tuple[datetime, int]]:
    """Every minute of that time, and how far the hand has got, in minutes."""
    info, at, reached = ZoneInfo(zone), since - LEAD, -(10**9)
    while at < until:
        wall = at.astimezone(info).replace(tzinfo=None)
        reached = max(reached, (wall - MONDAY) // MINUTE)
        if at >= since:
            yield at, reached
        at += MINUTE


def owners(
    schedule: Schedule,
    since: datetime,
    until: datetime,
    overrides: Sequence[Override] = (),
    feeds: Mapping[str, Sequence[Span]] | None = None,
) -> dict[datetime, frozenset[PersonId]]:
    """Who is on call at every minute of that time."""
    zones = {schedule.zone, *(one.zone for one in schedule.layers if isinstance(one, Rotation) and one.zone)}
    hands = {zone: dict(walked(zone, since, until)) for zone in zones}
    layers = [
        _turning(layer, max(hands[layer.zone or schedule.zone].values()))
        if isinstance(layer, Rotation)
        else None
        for layer in schedule.layers
    ]
    found = {}
    for at in hands[schedule.zone]:
        reached = {zone: hand[at] for zone, hand in hands.items()}
        people = _by_layers(schedule, layers, at, reached, feeds or {})
        found[at] = frozenset(_overridden(people, overrides, at))
    return found


def _by_layers(
    schedule: Schedule,
    layers: Sequence["_Turning | None"],
    at: datetime,
    reached: Mapping[str, int],
    feeds: Mapping[str, Sequence[Span]],
) -> set[PersonId]:
    best, found = 0, set[PersonId]()
    for place, (layer, turning) in enumerate(zip(schedule.layers, layers, strict=True), start=1):
        level = place if layer.level is None else layer.level
        if isinstance(layer, Feed):
            people = {span.person for span in feeds.get(layer.key, ()) if span.since <= at < span.until}
        else:
            assert turning is not None
            people = turning.people(reached[layer.zone or schedule.zone])
        if people and level == best:
            found |= people
        elif people and level > best:
            best, found = level, people
    return found


def _overridden(people: set[PersonId], overrides: Sequence[Override], at: datetime) -> set[PersonId]:
    people = set(people)
    for one in sorted(overrides, key=lambda each: (each.made_at, each.id)):
        if not one.since <= at < one.until:
            continue
        match one.kind:
            case OverrideKind.ADD:
                people = people | {one.person}
            case OverrideKind.REMOVE:
                people = people - {one.person}
            case OverrideKind.REPLACE if one.instead_of is None:
                people = {one.person}
            case OverrideKind.REPLACE:
                if one.instead_of in people:
                    people = people - {one.instead_of} | {one.person}
    return people


@dataclass
class _Turning:
    """A rotation as minutes on the clock: its hand-offs, its end, and the minutes of the week that count.

    Each calendar has its own week, and the days on which nothing begins.
    """

    rotation: Rotation
    handoffs: list[int]
    end: int
    open: list[bool]

    def people(self, reached: int) -> set[PersonId]:
        turns = self.rotation.turns
        number = bisect_right(self.handoffs, reached) - 1
        if number < 0 or reached >= self.end or not self.counts(reached):
            return set()
        return set(turns[number % len(turns)]) if turns else set()

    def counts(self, reached: int) -> bool:
        calendars = self.rotation.calendars
        if (self.rotation.windows or not calendars) and self.open[reached % len(self.open)]:
            return True
        return any(_open_at(each, reached) for each in calendars)


def _open_at(calendar: Calendar, reached: int) -> bool:
    """Whether something is open that began today or yesterday, neither being a holiday."""
    clock = MONDAY + reached * MINUTE
    for day in (clock.date(), clock.date() - timedelta(days=1)):
        if day in calendar.holidays:
            continue
        for window in calendar.windows or (Window(),):
            since = datetime.combine(day, window.begin)
            until = datetime.combine(day, window.end) + timedelta(days=window.begin >= window.end)
            if since <= clock < until and (not window.days or day.weekday() in window.days):
                return True
    return False


def _turning(rotation: Rotation, last: int) -> _Turning:
    end = 10**9 if rotation.until is None else _minute(rotation.until, rotation.handoff)
    return _Turning(rotation, list(_handoffs(rotation, last)), end, _open(rotation.windows))


def _handoffs(rotation: Rotation, last: int) -> Iterator[int]:
    """The hand-offs up to a minute, one after the other."""
    first = _minute(rotation.start, rotation.handoff)
    count, steps = rotation.length.count, {"hours": 60, "days": 24 * 60, "weeks": 7 * 24 * 60}
    for number in itertools.count():
        if rotation.length.unit is ShiftUnit.MONTHS:
            at = _minute(_months_after(rotation.start, number * count), rotation.handoff)
        else:
            at = first + number * count * steps[rotation.length.unit]
        if at > last:
            return
        yield at


def _months_after(day: date, months: int) -> date:
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _open(windows: Sequence[Window]) -> list[bool]:
    week = [not windows] * (7 * 24 * 60)
    for window in windows:
        begin, end = (at.hour * 60 + at.minute for at in (window.begin, window.end))
        length = end - begin if begin < end else end - begin + 24 * 60
        for day in window.days or range(7):
            for minute in range(length):
                week[(day * 24 * 60 + begin + minute) % len(week)] = True
    return week


def _minute(day: date, at: time) -> int:
    return (datetime.combine(day, at) - MONDAY) // MINUTE


def changes(zone: str, since: datetime, until: datetime) -> list[datetime]:
    """The minutes at which the clocks of a zone are changed in that time."""
    info, at, found = ZoneInfo(zone), since, []
    while at < until:
        later = at + timedelta(days=3)
        if at.astimezone(info).utcoffset() != later.astimezone(info).utcoffset():
            early, late = at, later
            while late - early > MINUTE:
                middle = early + (late - early) // 2 // MINUTE * MINUTE
                if early.astimezone(info).utcoffset() == middle.astimezone(info).utcoffset():
                    early = middle
                else:
                    late = middle
            found.append(late)
        at = later
    return found


def minute(year: int, month: int, day: int, hour: int = 0) -> datetime:
    """A UTC instant."""
    return datetime(year, month, day, hour, tzinfo=UTC)
