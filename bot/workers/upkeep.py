"""Upkeep: the audit of what must never be, with its repairs, and the sweep of what is old."""

from collections.abc import Callable, Sequence

import structlog

from bot.clock import Clock
from bot.domain.commands import Escalate
from bot.domain.decide import decide, unpaged
from bot.domain.decision import Decision
from bot.domain.incident import Via
from bot.domain.people import SYSTEM
from bot.domain.refused import Refused
from bot.failpoints import Point, hit
from bot.ports import Store, Trouble, Tx

log = structlog.get_logger(__name__)

SWEEP_BATCH = 1000


class Auditor:
    """Looks, repairs and alarms. `troubles` is what the last audit found; None before the first one."""

    def __init__(self, store: Store, clock: Clock, repaired: Callable[[], None]) -> None:
        self._store = store
        self._clock = clock
        self._repaired = repaired
        self.troubles: Sequence[Trouble] | None = None

    async def audit(self) -> Sequence[Trouble]:
        """What is wrong now. An open incident that nobody would be paged for climbs again."""
        found = await self._store.read(lambda tx: tx.audit(self._clock.now()))
        for trouble in found:
            log.error("audit", trouble=trouble.kind, count=trouble.count, detail=trouble.detail)
        repaired = await self._store.write(self._repair, page=True)
        if repaired:
            hit(Point.AFTER_REPAIR_COMMIT)
            log.error("audit_repaired", incidents=repaired)
            self._repaired()
        self.troubles = found
        return found

    def _repair(self, tx: Tx) -> list[str]:
        now = self._clock.now()
        decisions: list[Decision] = []
        for incident in tx.forgotten():
            try:
                decisions.append(decide(incident, Escalate(by=SYSTEM, via=Via.CLOCK), now))
            except Refused as refused:
                log.warning("audit_cannot_repair", incident=incident.key, why=str(refused))
                decisions.append(unpaged(incident, now))
        tx.save(decisions, now)
        if decisions:
            hit(Point.BEFORE_REPAIR_COMMIT)
        return [decision.incident.key for decision in decisions]


class Janitor:
    """Deletes what is old, a little at a time, and nothing of an open incident."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def sweep(self) -> int:
        """Delete everything that is old enough; how many rows."""
        swept = 0
        while batch := await self._store.write(self._sweep):
            hit(Point.AFTER_SWEEP_COMMIT)
            swept += batch
        return swept

    def _sweep(self, tx: Tx) -> int:
        swept = tx.sweep(self._clock.now(), SWEEP_BATCH)
        if swept:
            hit(Point.BEFORE_SWEEP_COMMIT)
        return swept
