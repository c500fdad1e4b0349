"""Calendars: the hours of the week that count, in a zone, without holidays."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.ids import CalendarId
from bot.domain.walltime import instant, wall_clock, zone_of

DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """Hours of some days (Monday is 0; no days means every day), on the wall clock of somebody's zone.

    It belongs to the day on which it begins: when `end` is not after `begin` it lasts until `end` of the
    next day, and when they are equal it is a whole day.
    """

    days: frozenset[int] = frozenset()
    begin: time = time()
    end: time = time()

    def on(self, day: date) -> bool:
        """Whether it begins on that day."""
        return not self.days or day.weekday() in self.days

    def span(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """From when (included) until when (excluded) it is open, where it begins on that day."""
        last = day if self.begin < self.end else day + DAY
        return instant(day, self.begin, zone), instant(last, self.end, zone)

    def open_at(self, at: datetime, zone: ZoneInfo) -> bool:
        """Whether that instant is inside."""
        today = wall_clock(at, zone).date()
        spans = (self.span(day, zone) for day in (today - DAY, today) if self.on(day))
        return any(since <= at < until for since, until in spans)


@dataclass(frozen=True, kw_only=True, slots=True)
class Calendar:
    """Windows in a zone (none: always); what would begin on a holiday stays closed."""

    id: CalendarId
    zone: str
    windows: tuple[Window, ...] = ()
    holidays: tuple[date, ...] = ()

    def open_at(self, at: datetime) -> bool:
        """Whether that instant is inside."""
        span = next(self._spans(at), None)
        return span is not None and span[0] <= at

    def next_open(self, at: datetime) -> datetime | None:
        """The first instant inside, from `at` on; None for a calendar that does not open any more."""
        span = next(self._spans(at), None)
        return max(at, span[0]) if span else None

    def next_shut(self, at: datetime, limit: datetime) -> datetime:
        """The first instant outside, from `at` on; `limit` when it is open until then."""
        reached = at
        for since, until in self._spans(at):
            if since > reached or reached >= limit:
                break
            reached = max(reached, until)
        return min(reached, limit)

    def add(self, at: datetime, span: timedelta, longest: timedelta = timedelta.max) -> datetime:
        """The instant at which so much time inside has gone by since `at`, at most `longest` after it."""
        reached = at
        for since, until in self._spans(at):
            begin = max(reached, since)
            if begin - at > longest:
                return at + longest
            if span <= until - begin:
                return begin + span
            span -= max(until - begin, timedelta())
            reached = max(reached, until)
        return reached + span

    def _spans(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The spans that end after `at`, by their days; they may overlap."""
        zone, windows = zone_of(self.zone), self.windows or (Window(),)
        day = wall_clock(at, zone).date() - DAY
        while day < date.max - DAY:
            if day not in self.holidays:
                spans = (window.span(day, zone) for window in windows if window.on(day))
                yield from sorted(span for span in spans if span[0] < span[1] and at < span[1])
            day += DAY
