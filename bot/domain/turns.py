"""Turns: when the people of one rotation are on call, hand-off by hand-off, window by window."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.domain.calendar import Window
from bot.domain.ids import PersonId
from bot.domain.schedule import Rotation, ShiftUnit
from bot.domain.walltime import instant_of, wall_clock

EVER_SINCE = datetime.min.replace(tzinfo=UTC)
FOR_EVER = datetime.max.replace(tzinfo=UTC)

WEEK = 7 * 86_400
MONDAY = datetime(1970, 1, 5)  # noqa: DTZ001  # a wall clock's Monday, in no zone
SECOND = timedelta(seconds=1)


class Piece(NamedTuple):
    """From `since` until `until` these people are on call; nobody of this layer, when there are none."""

    people: tuple[PersonId, ...]
    since: datetime
    until: datetime


def piece_at(rotation: Rotation, zone: ZoneInfo, at: datetime) -> Piece:
    """What holds at that instant, and how long: the whole turn, or the whole time without anybody."""
    clock = _Clock(rotation, zone)
    if not rotation.turns or clock.end <= clock.begin:
        return Piece((), EVER_SINCE, FOR_EVER)
    if at < clock.begin:
        return Piece((), EVER_SINCE, clock.opens(clock.begin))
    if at >= clock.end:
        return Piece((), clock.closed(clock.end), FOR_EVER)
    opened, closes = clock.window(clock.window_number(at))
    if at >= closes:
        return Piece((), clock.closed(at), clock.opens(at))
    number = clock.turn_number(at)
    since, until = max(clock.handoff(number), opened), min(clock.handoff(number + 1), closes, clock.end)
    return Piece(clock.people(number), since, until)


def pieces(rotation: Rotation, zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[Piece]:
    """The turns that overlap that time, whole, in order; times without anybody are left out."""
    clock = _Clock(rotation, zone)
    if not rotation.turns:
        return
    at, last = max(since, clock.begin), min(until, clock.end)
    if at >= last:
        return
    number, window = clock.turn_number(at), clock.window_number(at)
    begins, ends, (opens, closes) = clock.handoff(number), clock.handoff(number + 1), clock.window(window)
    while max(begins, opens) < last:
        piece = Piece(clock.people(number), max(begins, opens), min(ends, closes, clock.end))
        if piece.since < piece.until and piece.until > at:
            yield piece
        if ends <= closes:
            number, begins, ends = number + 1, ends, clock.handoff(number + 2)
        else:
            window += 1
            opens, closes = clock.window(window)


@dataclass(slots=True)
class _Clock:
    """A rotation's hand-offs and windows as instants, numbered without end in both directions."""

    rotation: Rotation
    zone: ZoneInfo
    begin: datetime
    end: datetime
    windows: tuple[tuple[int, int], ...]

    def __init__(self, rotation: Rotation, zone: ZoneInfo) -> None:
        self.rotation, self.zone = rotation, zone
        self.begin = self.handoff(0)
        self.end = FOR_EVER
        if rotation.until is not None:
            self.end = instant_of(datetime.combine(rotation.until, rotation.handoff), zone)
        self.windows = weekly(rotation.windows)

    def people(self, number: int) -> tuple[PersonId, ...]:
        return self.rotation.turns[number % len(self.rotation.turns)]

    def handoff(self, number: int) -> datetime:
        return instant_of(self._wall(number), self.zone)

    def _wall(self, number: int) -> datetime:
        rotation = self.rotation
        first = datetime.combine(rotation.start, rotation.handoff)
        steps = number * rotation.length.count
        match rotation.length.unit:
            case ShiftUnit.HOURS:
                return first + timedelta(hours=steps)
            case ShiftUnit.DAYS:
                return first + timedelta(days=steps)
            case ShiftUnit.WEEKS:
                return first + timedelta(weeks=steps)
            case ShiftUnit.MONTHS:
                return _months_later(first, steps)

    def turn_number(self, at: datetime) -> int:
        """The turn that holds then. The clock's face is a good guess, except when it was set back."""
        number = self._turn_by_the_clock(wall_clock(at, self.zone))
        while self.handoff(number) > at:
            number -= 1
        while self.handoff(number + 1) <= at:
            number += 1
        return number

    def _turn_by_the_clock(self, wall: datetime) -> int:
        start, count = self.rotation.start, self.rotation.length.count
        match self.rotation.length.unit:
            case ShiftUnit.HOURS:
                return (wall - datetime.combine(start, self.rotation.handoff)) // timedelta(hours=count)
            case ShiftUnit.DAYS:
                return (wall.date() - start).days // count
            case ShiftUnit.WEEKS:
                return (wall.date() - start).days // (7 * count)
            case ShiftUnit.MONTHS:
                return ((wall.year - start.year) * 12 + wall.month - start.month) // count

    def window(self, number: int) -> tuple[datetime, datetime]:
        """When that window opens and closes; without windows there is one that is always open."""
        if not self.windows:
            return EVER_SINCE, FOR_EVER
        week, place = divmod(number, len(self.windows))
        opens, closes = self.windows[place]
        monday = MONDAY + timedelta(weeks=week)
        return instant_of(monday + opens * SECOND, self.zone), instant_of(monday + closes * SECOND, self.zone)

    def window_number(self, at: datetime) -> int:
        """The last window that opened by then."""
        if not self.windows:
            return 0
        week, second = divmod((wall_clock(at, self.zone) - MONDAY) // SECOND, WEEK)
        number = week * len(self.windows) + bisect_right(self.windows, (second, FULL)) - 1
        while self.window(number)[0] > at:
            number -= 1
        while self.window(number + 1)[0] <= at:
            number += 1
        return number

    def opens(self, at: datetime) -> datetime:
        """When somebody is on call again, from `at` on."""
        number = self.window_number(at)
        while (span := self.window(number))[1] <= at or span[0] == span[1]:
            number += 1
        found = max(at, span[0])
        return found if found < self.end else FOR_EVER

    def closed(self, at: datetime) -> datetime:
        """When somebody was on call for the last time, up to `at`."""
        number = self.window_number(at)
        while (span := self.window(number))[0] >= at or span[0] == span[1]:
            number -= 1
        found = min(at, span[1])
        return found if found > self.begin else EVER_SINCE


FULL = 2 * WEEK


@lru_cache(maxsize=4096)
def weekly(windows: tuple[Window, ...]) -> tuple[tuple[int, int], ...]:
    """Windows as seconds of the week, joined where they touch, by their beginning; none for always.

    The last one may end in the next week.
    """
    spans = sorted(span for window in windows for week in (-1, 0, 1) for span in _spans(window, week))
    joined: list[tuple[int, int]] = []
    for opens, closes in spans:
        if joined and opens <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(closes, joined[-1][1])
        else:
            joined.append((opens, closes))
    if any(closes - opens >= WEEK for opens, closes in joined):
        return ()
    return tuple(span for span in joined if 0 <= span[0] < WEEK)


def _spans(window: Window, week: int) -> Iterator[tuple[int, int]]:
    begin, end = (at.hour * 3600 + at.minute * 60 + at.second for at in (window.begin, window.end))
    for day in window.days or range(7):
        midnight = week * WEEK + day * 86_400
        yield midnight + begin, midnight + (end if begin < end else end + 86_400)


def _months_later(first: datetime, months: int) -> datetime:
    """So many months later, on the last day of a month that is too short."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    try:
        return first.replace(year=year, month=month + 1)
    except ValueError:
        following = datetime(year + (month == 11), (month + 1) % 12 + 1, 1)  # noqa: DTZ001  # a wall clock's
        return datetime.combine(following.date() - timedelta(days=1), first.time())
