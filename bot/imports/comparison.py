"""Compare the imported schedules with what the other product itself says about who is on call when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.config.problem import printable
from bot.domain.ids import OverrideId, PersonId, ScheduleId
from bot.domain.override import Override, OverrideKind
from bot.domain.people import SYSTEM
from bot.domain.schedule import Rotation, Schedule
from bot.domain.shifts import final_shifts
from bot.imports.draft import Draft, Plan, Stand

LONGEST = timedelta(days=400)
MOST_SHOWN = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """From when until when two say different people are on call."""

    since: datetime
    until: datetime
    theirs: tuple[str, ...]
    ours: tuple[str, ...]

    def __str__(self) -> str:
        theirs, ours = (", ".join(who) or "nobody" for who in (self.theirs, self.ours))
        return f"{self.since:%Y-%m-%d %H:%M} to {self.until:%Y-%m-%d %H:%M} UTC: {theirs} there, {ours} here"


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """One schedule: how many of their shifts are ours too, and where we differ."""

    schedule: str
    since: datetime
    until: datetime
    equal: int
    differences: tuple[Difference, ...]

    def __str__(self) -> str:
        span = f"{self.since:%Y-%m-%d} to {self.until:%Y-%m-%d}"
        return (
            f"{printable(self.schedule)} ({span}): {self.equal} shifts equal, {len(self.differences)} differ"
        )


def compare(draft: Draft) -> list[Compared]:
    """Every schedule of which the export has the other product's own rendering."""
    found = []
    for plan in draft.schedules:
        stands = [one for one in draft.rendered.get(plan.key, ()) if one.since < one.until]
        if not stands or not all(isinstance(layer, Rotation) for layer in plan.layers):
            continue
        since = max(
            min(one.since for one in stands), draft.known_from.get(plan.key, datetime.min.replace(tzinfo=UTC))
        )
        until = min(max(one.until for one in stands), since + LONGEST)
        if since < until:
            ours = _ours(plan, draft.overrides.get(plan.key, ()), since, until)
            found.append(_compared(plan.key, stands, ours, since, until))
    return found


def _ours(plan: Plan, overrides: Iterable[Stand], since: datetime, until: datetime) -> list[Stand]:
    schedule = Schedule(
        id=ScheduleId(plan.key),
        zone=plan.zone,
        layers=tuple(layer for layer in plan.layers if isinstance(layer, Rotation)),
    )
    coming = [one for one in overrides if one.person is not None and one.since < one.until]
    spans = [(one.since, one.until) for one in coming]
    made = [
        Override(
            id=OverrideId(str(number)),
            schedule=schedule.id,
            kind=OverrideKind.ADD if (one.since, one.until) in spans[:number] else OverrideKind.REPLACE,
            person=PersonId(one.person),
            since=one.since,
            until=one.until,
            by=SYSTEM,
            made_at=since + timedelta(microseconds=number),
        )
        for number, one in enumerate(coming)
        if one.person is not None
    ]
    shifts = final_shifts(schedule, since, until, made)
    return [Stand(person=one.person, since=one.since, until=one.until) for one in shifts]


def _compared(
    schedule: str, theirs: Sequence[Stand], ours: Sequence[Stand], since: datetime, until: datetime
) -> Compared:
    differences = _differences(theirs, ours, since, until)
    inside = [one for one in theirs if one.since < until and one.until > since]
    equal = sum(
        1 for one in inside if not any(d.since < one.until and d.until > one.since for d in differences)
    )
    return Compared(schedule=schedule, since=since, until=until, equal=equal, differences=tuple(differences))


def _differences(
    theirs: Sequence[Stand], ours: Sequence[Stand], since: datetime, until: datetime
) -> list[Difference]:
    """Sweeps over every beginning and end; what stays the same over several of them is one difference."""
    edges = sorted(
        {
            since,
            until,
            *(edge for one in (*theirs, *ours) for edge in (one.since, one.until) if since < edge < until),
        }
    )
    one, other = _sets(theirs, edges), _sets(ours, edges)
    found: list[Difference] = []
    for begin, end, there, here in zip(edges, edges[1:], one, other, strict=False):
        if there == here:
            continue
        if found and found[-1].until == begin and (found[-1].theirs, found[-1].ours) == (there, here):
            begin = found.pop().since  # noqa: PLW2901 - the same difference goes on
        found.append(Difference(since=begin, until=end, theirs=there, ours=here))
    return found


def _sets(stands: Sequence[Stand], edges: Sequence[datetime]) -> list[tuple[str, ...]]:
    """Who stands between each edge and the next."""
    coming = sorted(stands, key=lambda one: one.since)
    present: list[Stand] = []
    found, at = [], 0
    for edge in edges[:-1]:
        while at < len(coming) and coming[at].since <= edge:
            present.append(coming[at])
            at += 1
        present = [one for one in present if one.until > edge]
        found.append(tuple(sorted({one.person or "somebody unknown" for one in present})))
    return found
