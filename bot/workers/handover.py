"""Shift changes: what somebody has when their turn ends is offered on, and what waits asks who is on call."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bot.clock import Clock
from bot.domain.commands import DutyChanged, ShiftChanged
from bot.domain.configuration import Configuration
from bot.domain.decide import decide
from bot.domain.ids import IncidentId, OverrideId, ScheduleId
from bot.domain.incident import Incident, Status
from bot.domain.ladder import Escalation, Ladder, RotatingTarget, ScheduleTarget
from bot.domain.people import Person
from bot.domain.roster import Roster
from bot.ports import Store, Tx

BACK = timedelta(hours=6)
"""A turn that ended longer ago is not made up for after the bot was away."""

MOST = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """Somebody's turn ended at `at`, and somebody else is on call now."""

    schedule: ScheduleId
    at: datetime
    outgoing: Person
    incoming: Person


class HandOvers:
    """Correct however often it looks, on any number of replicas: each offer is made once."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        configuration: Callable[[], Configuration],
        changed: Callable[[], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._configuration = configuration
        self._changed = changed
        self._known: dict[ScheduleId, frozenset[OverrideId]] | None = None
        """The overrides that counted when it looked the last time."""
        self._roster = Roster()

    async def look(self) -> int:
        """Offer what is to be offered, and have what waits ask anew; how many incidents."""
        return await self._anew() + await self._offered()

    async def _anew(self) -> int:
        """After an override was made or withdrawn: what climbs a ladder that names the schedule.

        After anything else that says who is there, and at its first look, for which nobody knows what was
        decided before: what waits for somebody.
        """
        roster = await self._store.read(self._read)
        overrides = {name: frozenset(each.id for each in made) for name, made in roster.overrides.items()}
        known, self._known = self._known, overrides
        before, self._roster = self._roster, roster
        concerned: set[IncidentId] = set()
        if known is None or _others_there(before, roster):
            concerned |= await self._store.read(_waiting)
        if known is not None and known != overrides:
            changed = [each for each in {*known, *overrides} if known.get(each) != overrides.get(each)]
            concerned |= await self._store.read(partial(_climbing, schedules=changed))
        for incident in sorted(concerned):
            await self._store.write(partial(self._ask, incident=incident))
        if concerned:
            self._changed()
        return len(concerned)

    def _read(self, tx: Tx) -> Roster:
        return tx.roster(self._configuration().roster, self._clock.now())

    def _ask(self, tx: Tx, incident: IncidentId) -> None:
        now, found = self._clock.now(), tx.incident(incident)
        if found is not None:
            command = DutyChanged(roster=tx.roster(self._configuration().roster, now))
            decision = decide(found, command, now)
            tx.save([decision] if decision.changed else [], now)

    async def _offered(self) -> int:
        if not await self._store.read(_had):
            return 0
        offered = await self._store.write(self._offer)
        if offered:
            self._changed()
        return offered

    def _offer(self, tx: Tx) -> int:
        now = self._clock.now()
        roster = tx.roster(self._configuration().roster, now)
        changes = [change for each in roster.schedules for change in changes_of(roster, each, now)]
        offered = 0
        for incident in tx.deciding([each.id for each in _had(tx)]).values() if changes else ():
            for change in changes:
                if concerns(incident, change.schedule):
                    offered += self._once(tx, incident, change, now)
        return offered

    def _once(self, tx: Tx, incident: Incident, change: Change, now: datetime) -> bool:
        """Whoever left it with the other is not asked again."""
        command = ShiftChanged(
            schedule=change.schedule, at=change.at, outgoing=change.outgoing, incoming=change.incoming
        )
        latest = tx.incident(incident.id) or incident
        decision = decide(latest, command, now)
        key = f"shift:{incident.id}:{change.schedule}:{change.at.isoformat()}:{change.incoming.id}"
        if not decision.changed or not tx.first_time(key, now):
            return False
        tx.save([decision], now)
        return True


def changes_of(roster: Roster, schedule: ScheduleId, now: datetime) -> Iterator[Change]:
    """Turns that ended lately, each with whoever has come since; nobody while nobody is on call."""
    present = roster.on_call(schedule, now)
    there = {shift.person for shift in present}
    for past in roster.shifts(schedule, now - BACK, now):
        outgoing = roster.person(past.person)
        if past.until > now or past.person in there or outgoing is None:
            continue
        for shift in present:
            incoming = roster.person(shift.person)
            if incoming is not None and shift.since >= past.until:
                yield Change(schedule=schedule, at=past.until, outgoing=outgoing, incoming=incoming)
                break


def concerns(incident: Incident, schedule: ScheduleId) -> bool:
    """Whether the ladder of the incident names that schedule."""
    return incident.escalation is not None and _names(incident.escalation.ladder, schedule)


def _names(ladder: Ladder, schedule: ScheduleId) -> bool:
    return any(
        isinstance(target, ScheduleTarget | RotatingTarget) and target.schedule == schedule
        for rung in ladder.rungs
        for target in rung.targets
    )


def _climbs(tx: Tx) -> Iterator[tuple[IncidentId, Escalation]]:
    for each in tx.open_incidents(MOST):
        if each.escalation is not None and each.due_at is not None:
            yield each.id, each.escalation


def _climbing(tx: Tx, schedules: list[ScheduleId]) -> set[IncidentId]:
    """What climbs a ladder that names one of them, or has a catch-all that does."""
    return {
        name
        for name, climb in _climbs(tx)
        for ladder in (climb.ladder, climb.catch_all)
        if ladder is not None and any(_names(ladder, schedule) for schedule in schedules)
    }


def _waiting(tx: Tx) -> set[IncidentId]:
    """What waits for somebody: a rung that is kept back, or one that was passed and owes a page."""
    return {name for name, climb in _climbs(tx) if climb.kept is not None or climb.owed}


def _others_there(before: Roster, after: Roster) -> bool:
    """Whether the configuration, a group or a calendar of elsewhere says something else than before."""
    return (before.people, before.schedules, before.groups, before.feeds) != (
        *(after.people, after.schedules, after.groups, after.feeds),
    )


def _had(tx: Tx) -> list[Incident]:
    return [each for each in tx.open_incidents(MOST) if each.status is Status.ACKNOWLEDGED]
