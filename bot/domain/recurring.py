"""Maintenance that recurs: on which days, from when to when, on the clocks of a zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bot.domain.ids import ServiceId
from bot.domain.monthly import Monthly
from bot.domain.route import Matcher
from bot.domain.walltime import instant, zone_of

DAY = timedelta(days=1)
LONGEST_TOGETHER = 7 * DAY
SOME_DAY, LOOKED_AT = datetime(2026, 1, 5, tzinfo=UTC), 70 * DAY
"""Windows are looked at over so long a time, to see whether they end."""

LONGEST_GAP = 8 * 366
"""No days of a month are further apart than so many: a 29th of February, around a year like 1900."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Recurring:
    """On days of the week (Monday is 0) or of the month, `begin` to `end`, past midnight if that is earlier.

    The times are those that clocks in `zone` show, also in nights in which they are changed. What goes past
    midnight belongs to the day on which it begins. `sev1`: what is sev1 is quiet as well.
    """

    name: str
    matchers: tuple[Matcher, ...] = ()
    services: tuple[ServiceId, ...] = ()
    days: frozenset[int] = frozenset()
    monthly: Monthly | None = None
    begin: time
    end: time
    zone: str
    sev1: bool = False

    def around(self, now: datetime) -> tuple[datetime, datetime] | None:
        """The window in which that instant lies: its beginning (included) and its end (excluded)."""
        today = now.astimezone(zone_of(self.zone)).date()
        for day in (today - DAY, today):
            if self._begins_on(day):
                since, until = self._on(day)
                if since <= now < until:
                    return since, until
        return None

    def next(self, now: datetime) -> tuple[datetime, datetime] | None:
        """The first window that ends after that instant; None when its days have none."""
        day = now.astimezone(zone_of(self.zone)).date() - DAY
        for _ in range(LONGEST_GAP):
            if self._begins_on(day):
                since, until = self._on(day)
                if since < until and until > now:
                    return since, until
            day += DAY
        return None

    def _begins_on(self, day: date) -> bool:
        return day.weekday() in self.days or (self.monthly is not None and self.monthly.has(day))

    def _on(self, day: date) -> tuple[datetime, datetime]:
        zone = zone_of(self.zone)
        last = day if self.end > self.begin else day + DAY
        return instant(day, self.begin, zone), instant(last, self.end, zone)


def endless(windows: Sequence[Recurring]) -> bool:
    """Whether together they leave no end within a week, at any time."""
    now, last = SOME_DAY, SOME_DAY + LOOKED_AT
    while now < last:
        begins = [each[0] for window in windows if (each := window.next(now))]
        if not begins:
            return False
        began = now = max(now, min(begins))
        while ends := [each[1] for window in windows if (each := window.around(now))]:
            now = max(ends)
            if now - began > LONGEST_TOGETHER:
                return True
    return False
