"""A roster that remembers its answers: between two edges of a schedule they stay the same."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, time, timedelta
from typing import TypeVar

from bot.domain.ids import PersonId, ScheduleId
from bot.domain.roster import Roster
from bot.domain.schedule import Feed, Rotation, Shift

T = TypeVar("T")
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Remembered(Roster):
    """Answers like the roster that it was made of, from `since` until `until`; beyond, it remembers nothing.

    `leeway` collects, for every answer, how much later the question could be asked and find the same.
    """

    since: datetime
    until: datetime
    leeway: list[timedelta] = field(default_factory=list)
    _edges: dict[ScheduleId, list[datetime]] = field(default_factory=dict)
    _known: dict[tuple[str, ScheduleId, int], object] = field(default_factory=dict)

    def on_call(self, schedule: ScheduleId, at: datetime) -> tuple[Shift, ...]:
        """The present shifts of a schedule."""
        return self._answer("now", super().on_call, schedule, at)

    def next_on_call(self, schedule: ScheduleId, at: datetime) -> tuple[Shift, ...]:
        """The shifts of those who come on call next."""
        return self._answer("next", super().next_on_call, schedule, at)

    def everyone(self, schedule: ScheduleId, at: datetime) -> tuple[PersonId, ...]:
        """All who take turns in a schedule."""
        return self._answer("everyone", super().everyone, schedule, at)

    def next_change(self, schedule: ScheduleId, at: datetime, limit: datetime) -> datetime:
        """When another is on call than at that instant."""
        if not self.since <= at < limit <= self.until:
            return super().next_change(schedule, at, limit)
        edges = self._edges_of(schedule)
        place = bisect_right(edges, at)
        return min(edges[place], limit) if place < len(edges) else limit

    def _answer(
        self, what: str, ask: Callable[[ScheduleId, datetime], T], schedule: ScheduleId, at: datetime
    ) -> T:
        edges = self._edges_of(schedule)
        place = bisect_right(edges, at)
        if not self.since <= at < self.until:
            self.leeway.append(timedelta(microseconds=1))
            return ask(schedule, at)
        self.leeway.append((edges[place] if place < len(edges) else self.until) - at)
        key = (what, schedule, place)
        if key not in self._known:
            self._known[key] = ask(schedule, at)
        return self._known[key]  # type: ignore[return-value]  # what was answered to the same question

    def _edges_of(self, schedule: ScheduleId) -> list[datetime]:
        if schedule not in self._edges:
            self._edges[schedule] = sorted(
                {edge for edge in self._all_edges(schedule) if self.since < edge < self.until}
            )
        return self._edges[schedule]

    def _all_edges(self, schedule: ScheduleId) -> set[datetime]:
        """Of shifts, and of who takes turns at all."""
        found: set[datetime] = set()
        for shift in self.shifts(schedule, self.since, self.until):
            found.update((shift.since, shift.until))
        for layer in self.schedules[schedule].layers if schedule in self.schedules else ():
            match layer:
                case Rotation(until=until) if until is not None:
                    begins = datetime.combine(until, time(), tzinfo=UTC)
                    found.update((begins, begins + DAY))
                case Feed(key=key):
                    found.update(span.until for span in self.feeds.get(key, ()))
                case _:
                    pass
        return found


def remembered(roster: Roster, since: datetime, until: datetime) -> Remembered:
    """The same roster with a memory for that time."""
    if isinstance(roster, Remembered) and roster.since <= since and until <= roster.until:
        return roster
    known = {each.name: getattr(roster, each.name) for each in fields(Roster)}
    return Remembered(**known, since=since, until=until)
