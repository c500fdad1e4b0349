"""Shift changes: what somebody still has when their turn ends is offered to whoever is on call now."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.domain.commands import ShiftChanged
from bot.domain.configuration import Configuration
from bot.domain.decide import decide
from bot.domain.ids import ScheduleId
from bot.domain.incident import Incident, Status
from bot.domain.ladder import RotatingTarget, ScheduleTarget
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

    async def look(self) -> int:
        """Offer what is to be offered; how many incidents."""
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
    if incident.escalation is None:
        return False
    return any(
        isinstance(target, ScheduleTarget | RotatingTarget) and target.schedule == schedule
        for rung in incident.escalation.ladder.rungs
        for target in rung.targets
    )


def _had(tx: Tx) -> list[Incident]:
    return [each for each in tx.open_incidents(MOST) if each.status is Status.ACKNOWLEDGED]
