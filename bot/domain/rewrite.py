"""Rewriting a schedule: what an override is, what it changes, and when it is refused. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from bot.domain.duty import (
    BEGUN_FOR,
    LONGEST,
    OFFERED_FOR,
    Change,
    ChangeKind,
    Difference,
    OfferSwap,
    SetOverride,
    Swap,
    SwapId,
    Turn,
)
from bot.domain.ids import OverrideId, PersonId, ScheduleId
from bot.domain.override import Override, OverrideKind
from bot.domain.people import SYSTEM, Actor, Person
from bot.domain.refused import Refused
from bot.domain.roster import AD_HOC, Roster
from bot.domain.schedule import Schedule, Shift

SHORTEST = timedelta(minutes=1)


def override_of(wish: SetOverride, roster: Roster, now: datetime, new: OverrideId) -> Override:
    """The override that somebody wants, from now on at the earliest. Raises Refused."""
    schedule_of(roster, wish.schedule)
    since, until = span_of(wish.since, wish.until, now)
    available(roster, wish.person, needed=wish.kind is not OverrideKind.REMOVE)
    if wish.kind is OverrideKind.REMOVE and not _ever(roster, wish.schedule, wish.person, since, until):
        raise Refused(
            f"{_name(roster, wish.person)} is not on call for {wish.schedule} then, so nothing was changed."
        )
    return Override(
        id=new,
        schedule=wish.schedule,
        kind=wish.kind,
        person=wish.person,
        instead_of=wish.instead_of,
        since=since,
        until=until,
        by=wish.by,
        reason=wish.reason,
        made_at=now,
    )


def span_of(since: datetime, until: datetime, now: datetime) -> tuple[datetime, datetime]:
    """The time of an override: it cannot change the past, has an end, and is over within a year."""
    if until <= since:
        raise Refused("It would end before it begins, so nothing was changed. Say when it ends after `to`.")
    if until <= now:
        raise Refused("That time has passed, and who was on call then can't be changed any more.")
    since = max(since, now)
    if until - now > LONGEST:
        raise Refused(
            "An override ends within a year, so nothing was changed. What is to last belongs into the "
            "layers of tocsin.yaml."
        )
    if until - since < SHORTEST:
        raise Refused("An override lasts at least a minute, so nothing was changed.")
    return since, until


def schedule_of(roster: Roster, schedule: ScheduleId) -> Schedule:
    """A schedule of the configuration. Raises Refused."""
    found = roster.schedules.get(schedule)
    if found is None:
        known = ", ".join(sorted(roster.schedules)) or "none"
        raise Refused(f"There is no schedule “{schedule}”, so nothing was changed. Schedules: {known}.")
    return found


def available(roster: Roster, person: PersonId, *, needed: bool = True) -> Person | None:
    """Somebody who can be on call: listed, and with a way to be reached. Raises Refused."""
    found = roster.person(person)
    if not needed:
        return found
    if found is None or person.startswith(AD_HOC):
        raise Refused(
            "Only people who are listed in tocsin.yaml can be on call, so nothing was changed. "
            "Ask an admin to list them under `people`."
        )
    if not found.methods:
        raise Refused(f"{found.name} has no contact method: no page would arrive. Nothing was changed.")
    return found


def with_overrides(roster: Roster, schedule: ScheduleId, overrides: Sequence[Override]) -> Roster:
    """The roster with these overrides of a schedule, in the order in which they were made."""
    return replace(roster, overrides={**roster.overrides, schedule: tuple(overrides)})


def change(
    roster: Roster,
    after: Roster,
    schedule: ScheduleId,
    made: Sequence[Override],
    *,
    kind: ChangeKind,
    by: Actor,
    now: datetime,
    reason: str = "",
    leaving_nobody: bool = False,
) -> Change:
    """What follows from `made`, which is in one of the rosters and not in the other.

    Raises Refused when it leaves nobody on call, unless that was said to be meant.
    """
    plan = schedule_of(roster, schedule)
    since, until = max(now, min(each.since for each in made)), max(each.until for each in made)
    until = max(until, since)
    found = differences(roster.shifts(schedule, since, until), after.shifts(schedule, since, until))
    named = {each for one in found for each in (*one.before, *one.after)} | {each.person for each in made}
    told = Change(
        kind=kind,
        at=now,
        by=by,
        schedule=schedule,
        title=plan.name or schedule,
        zone=plan.zone,
        since=since,
        until=until,
        overrides=tuple(each.id for each in made),
        differences=found,
        names={person: _name(roster, person) for person in sorted(named)},
        reason=reason,
    )
    if told.gaps and not leaving_nobody:
        raise LeavesNobody(told)
    return told


class LeavesNobody(Refused):
    """What was wanted leaves nobody on call, and nobody said that this is meant."""

    def __init__(self, told: Change) -> None:
        super().__init__(
            f"That would leave NOBODY ON CALL for {told.title}, so nothing was changed. "
            "Name somebody instead, or say that you mean it: add `leaving nobody`."
        )
        self.change = told


class ChangesNothing(Refused):
    """Those who would be on call are on call already."""


def useful(told: Change, wish: SetOverride) -> None:
    """Raise ChangesNothing for an override without which the same people are on call all the while."""
    if told.differences:
        return
    name = told.names.get(wish.person, wish.person)
    raise ChangesNothing(
        f"{name} is on call for {told.title} during the whole of that time already, so nothing was changed. "
        "To prolong a shift, name an end that is later than the shift's."
    )


def differences(before: Sequence[Shift], after: Sequence[Shift]) -> tuple[Difference, ...]:
    """When other people are on call, in order; neighbours with the same people are one."""
    edges = sorted({edge for shift in (*before, *after) for edge in (shift.since, shift.until)})
    found: list[Difference] = []
    for since, until in pairwise(edges):
        was, is_now = _people(before, since), _people(after, since)
        if set(was) == set(is_now):
            continue
        last = found[-1] if found else None
        if last is not None and (last.until, last.before, last.after) == (since, was, is_now):
            found[-1] = replace(last, until=until)
        else:
            found.append(Difference(since=since, until=until, before=was, after=is_now))
    return tuple(found)


def swap_of(wish: OfferSwap, roster: Roster, now: datetime, new: SwapId) -> Swap:
    """The offer that somebody wants to make. Raises Refused when it cannot be kept."""
    schedule_of(roster, wish.schedule)
    if wish.mine.person == wish.theirs.person:
        raise Refused("Both turns are the same person's, so there is nothing to swap.")
    turns = (wish.mine, wish.theirs)
    edges = [turn.since if turn.since > now else turn.until for turn in turns]
    stands = OFFERED_FOR if all(turn.since > now for turn in turns) else BEGUN_FOR
    offer = Swap(
        id=new,
        schedule=wish.schedule,
        mine=wish.mine,
        theirs=wish.theirs,
        by=wish.by,
        reason=wish.reason,
        made_at=now,
        expires_at=min(now + stands, *edges),
    )
    overrides_of(offer, roster, now)
    if wish.mine.since < wish.theirs.until and wish.theirs.since < wish.mine.until:
        raise Refused(
            "Both are on call at the same time for a part of that, and each would take what they have, so "
            "nothing was changed. Choose turns that do not overlap."
        )
    return offer


def overrides_of(swap: Swap, roster: Roster, now: datetime) -> tuple[Override, Override]:
    """What a swap is when both agree. Raises Refused when one of them is not on call then (any more)."""
    pairs = ((swap.mine, swap.theirs.person), (swap.theirs, swap.mine.person))
    made = []
    for place, (turn, taker) in enumerate(pairs, start=1):
        since, until = span_of(turn.since, turn.until, now)
        available(roster, taker)
        if not _throughout(roster, swap.schedule, Turn(person=turn.person, since=since, until=until)):
            raise Refused(
                f"{_name(roster, turn.person)} is not on call for {swap.schedule} during the whole of that "
                "time (any more), so nothing was changed. Offer another swap."
            )
        made.append(
            Override(
                id=OverrideId(f"{swap.id}-{place}"),
                schedule=swap.schedule,
                kind=OverrideKind.REPLACE,
                person=taker,
                instead_of=turn.person,
                since=since,
                until=until,
                by=replace(SYSTEM, name="an agreed swap"),
                reason=swap.reason,
                made_at=now,
            )
        )
    return made[0], made[1]


def _throughout(roster: Roster, schedule: ScheduleId, turn: Turn) -> bool:
    """Whether that person is on call there without a break."""
    at = turn.since
    for shift in roster.shifts(schedule, turn.since, turn.until):
        if shift.person == turn.person and shift.since <= at:
            at = max(at, shift.until)
    return at >= turn.until


def _ever(roster: Roster, schedule: ScheduleId, person: PersonId, since: datetime, until: datetime) -> bool:
    return any(shift.person == person for shift in roster.shifts(schedule, since, until))


def _people(found: Sequence[Shift], at: datetime) -> tuple[PersonId, ...]:
    return tuple(sorted({shift.person for shift in found if shift.since <= at < shift.until}))


def _name(roster: Roster, person: PersonId) -> str:
    found = roster.person(person)
    return found.name if found else str(person)
