"""Owed pages: what a rung that was passed still has to do, and when that is looked at again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.aim import HAD_IT, Aim
from bot.domain.ids import PersonId
from bot.domain.ladder import Escalation, Owed, RotatingTarget, ScheduleTarget
from bot.domain.roster import Roster

LOOK_AHEAD = timedelta(days=1)
"""How far changes of turns are looked for; where there are none, it is looked again then."""

SOON = timedelta(seconds=1)


def whole(place: Escalation, now: datetime) -> Owed:
    """All of a rung that is left although it waits."""
    return Owed(
        step=place.step,
        targets=tuple(range(len(place.rung.targets))),
        also=place.also,
        since=_since(place, now),
        asleep=place.kept.since if place.kept else None,
        again_at=now,
        exhausted=place.exhausted_at is not None,
        forced=place.forced,
    )


def _since(place: Escalation, now: datetime) -> datetime:
    waits = place.kept or place.hold
    return waits.since if waits else now


def with_owed(escalation: Escalation, owed: Owed) -> Escalation:
    """The same climb that owes that as well; what an earlier round of the same rung owed is part of it."""
    others = (each for each in escalation.owed if not each.same_rung(owed))
    return replace(escalation, owed=(*others, owed))


def noted(
    place: Escalation,
    aim: Aim,
    roster: Roster,
    now: datetime,
    *,
    told: Sequence[PersonId] = (),
    asleep: Mapping[PersonId, datetime] | None = None,
) -> tuple[Owed, ...]:
    """What the climb owes after a rung that told these, while those sleep and for some nobody is there.

    Whoever was told needs no page of the rungs before either.
    """
    resting = asleep or {}
    owed = tuple(paged(each, told) for each in place.owed)
    missed = {*aim.empty, *(number for one in resting for number in aim.places[one])}
    mine = Owed(
        step=place.step,
        targets=tuple(sorted(missed - {HAD_IT})),
        nobody=tuple(aim.empty),
        also=place.also if HAD_IT in missed else (),
        since=_since(place, now),
        asleep=(place.kept.since if place.kept else now) if resting else None,
        paged=tuple(told),
        again_at=now,
        exhausted=place.exhausted_at is not None,
        forced=place.forced,
    )
    before = next((each for each in owed if each.same_rung(mine)), None)
    if not missed and (before is None or before.step == mine.step or not aim.reached):
        return owed
    others = tuple(each for each in owed if each is not before)
    if not missed:
        return others
    if before is not None:
        waited = min(before.asleep, now) if before.asleep and mine.asleep else mine.asleep
        mine = replace(mine, since=before.since, asleep=waited)
    return (*others, replace(mine, again_at=again(place, mine.targets, resting.values(), roster, now)))


def paged(owed: Owed, told: Sequence[PersonId]) -> Owed:
    """The same, of which these need no page any more."""
    return replace(owed, paged=tuple(dict.fromkeys((*owed.paged, *told)))) if told else owed


def again(
    place: Escalation, targets: Sequence[int], wake: Iterable[datetime], roster: Roster, now: datetime
) -> datetime:
    """When it is looked at again: somebody wakes, or somebody else comes on call."""
    until = min([now + LOOK_AHEAD, *wake])
    return max(turn_at(place, targets, roster, now, until), now + SOON)


def turn_at(
    place: Escalation, targets: Iterable[int], roster: Roster, now: datetime, limit: datetime
) -> datetime:
    """When the turn of a schedule changes that one of these targets means; `limit` if not before."""
    for number in targets:
        target = place.rung.targets[number]
        if isinstance(target, ScheduleTarget | RotatingTarget) and target.schedule is not None:
            limit = min(limit, roster.next_change(target.schedule, now, limit))
    return limit
