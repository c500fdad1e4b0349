"""The almanac: hours, turns and overrides read in the plainest way there is, in seconds since the beginning.

Nothing here asks the engine: neither its calendars nor its schedules nor its overrides.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from tests.simulation.clock import BEGIN

DAYS = 75
"""So many days from the beginning the almanac tells of."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """Hours of the wall clock of a zone, on some days of the week (Monday is 0) and not on holidays."""

    zone: str
    hours: tuple[tuple[time, time], ...]
    days: frozenset[int] = frozenset(range(7))
    holidays: frozenset[date] = frozenset()


class Hours:
    """When a plan is open."""

    def __init__(self, plan: Plan) -> None:
        zone, spans = ZoneInfo(plan.zone), list[tuple[float, float]]()
        for number in range(-2, DAYS):
            day = (BEGIN + timedelta(days=number)).date()
            if day.weekday() not in plan.days or day in plan.holidays:
                continue
            for begin, end in plan.hours:
                last = day if begin < end else day + timedelta(days=1)
                spans.append((_seconds(day, begin, zone), _seconds(last, end, zone)))
        spans.sort()
        self._begins = [since for since, _ in spans]
        self._ends = [until for _, until in spans]

    def open(self, at: float) -> bool:
        """Whether it is open then."""
        return self.next_open(at) == at

    def next_open(self, at: float) -> float:
        """That moment, or the next at which it opens."""
        return max(at, self._begins[bisect_right(self._ends, at)])

    def next_shut(self, at: float) -> float:
        """That moment, or the next at which it closes."""
        return self._ends[bisect_right(self._ends, at)] if self.open(at) else at

    def add(self, at: float, seconds: float) -> float:
        """When it has been open for so long."""
        while True:
            at = self.next_open(at)
            end = self._ends[bisect_right(self._ends, at)]
            if end - at >= seconds:
                return at + seconds
            seconds -= end - at
            at = end

    def changes(self, since: float, until: float) -> bool:
        """Whether it opens or closes in that time."""
        return self.open(since) != self.open(until) or self.next_shut(since) < until


@cache
def hours(plan: Plan) -> Hours:
    """The hours of a plan, worked out once."""
    return Hours(plan)


def _seconds(day: date, at: time, zone: ZoneInfo) -> float:
    moment = datetime.combine(day, at, zone).astimezone(UTC)
    return (moment - BEGIN).total_seconds()


@dataclass(frozen=True, kw_only=True, slots=True)
class Turns:
    """People who take turns of so many days from 1 January 2026, at an hour of the wall clock of a zone."""

    zone: str
    hour: int
    people: tuple[str, ...]
    days: int = 1

    def at(self, moment: float) -> str:
        """Whose turn it is."""
        local = (BEGIN + timedelta(seconds=moment)).astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)
        passed = local - datetime(2026, 1, 1, self.hour)  # noqa: DTZ001 - what the clock on the wall shows
        return self.people[(passed // timedelta(days=self.days)) % len(self.people)]


@dataclass(kw_only=True, slots=True)
class Change:
    """Somebody is on call although it is not their turn: instead of everybody, of one, or besides.

    It was asked for at `asked`, and counts at the latest from `told` on; likewise, where it was withdrawn,
    it may not count from `undone` on, and does not from `undone_by` on.
    """

    person: str
    instead_of: str | None
    besides: bool
    since: float
    until: float
    asked: float
    told: float = float("inf")
    undone: float = float("inf")
    undone_by: float = float("inf")

    def on(self, people: list[str]) -> list[str]:
        """Who is on call with it."""
        if self.besides:
            return [*(each for each in people if each != self.person), self.person]
        if self.instead_of is None:
            return [self.person]
        if self.instead_of not in people:
            return people
        kept = [each for each in people if each not in {self.instead_of, self.person}]
        return [*kept, self.person]


class Duty:
    """Who is on call in one schedule, as far as the world can know."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self.changes: list[Change] = []

    def possible(self, at: float, skew: float) -> list[frozenset[str]]:
        """Everything that may hold at that moment, by whatever clock."""
        moments = (at - skew, at, at + skew)
        return list(dict.fromkeys(found for each in moments for found in self._possible(each)))

    def certainly(self, person: str, since: float, until: float, skew: float) -> bool | None:
        """Whether somebody is on call in all of that time; None when that is not sure, or in a part."""
        step, at, found = 60.0, since, set[bool]()
        while True:
            found |= {person in each for each in self.possible(at, skew)}
            if at >= until or len(found) == 2:
                break
            at = min(at + step, until)
        return found.pop() if len(found) == 1 else None

    def _possible(self, at: float) -> list[frozenset[str]]:
        found: list[list[str]] = [[self._turns.at(at)]]
        for change in self.changes:
            if not (change.since <= at < change.until and change.asked <= at < change.undone_by):
                continue
            with_it = [change.on(people) for people in found]
            sure = change.told <= at < change.undone
            found = with_it if sure else [*found, *with_it]
        return [frozenset(people) for people in found]
