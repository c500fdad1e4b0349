"""Maintenance that recurs: on which days, from when to when, on the clocks of a zone."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.domain.ids import ServiceId
from bot.domain.route import Matcher
from bot.domain.walltime import instant, zone_of

DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Recurring:
    """On these days of the week (Monday is 0) from `begin` to `end`, past midnight if that is earlier.

    The times are those that clocks in `zone` show, also in nights in which they are changed.
    """

    name: str
    matchers: tuple[Matcher, ...] = ()
    services: tuple[ServiceId, ...] = ()
    days: frozenset[int]
    begin: time
    end: time
    zone: str

    def around(self, now: datetime) -> tuple[datetime, datetime] | None:
        """The window in which that instant lies: its beginning (included) and its end (excluded)."""
        today = now.astimezone(zone_of(self.zone)).date()
        for day in (today - DAY, today):
            since, until = self._on(day)
            if day.weekday() in self.days and since <= now < until:
                return since, until
        return None

    def next(self, now: datetime) -> tuple[datetime, datetime] | None:
        """The first window that ends after that instant; None when its days have none."""
        today = now.astimezone(zone_of(self.zone)).date()
        for ahead in range(-1, 15):
            day = today + ahead * DAY
            since, until = self._on(day)
            if day.weekday() in self.days and since < until and until > now:
                return since, until
        return None

    def _on(self, day: date) -> tuple[datetime, datetime]:
        zone = zone_of(self.zone)
        last = day if self.end > self.begin else day + DAY
        return instant(day, self.begin, zone), instant(last, self.end, zone)
