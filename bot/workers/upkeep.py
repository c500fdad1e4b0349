"""Upkeep: the audit of what must never be, with its repairs, and the sweep of what is old."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.domain.commands import Escalate
from bot.domain.decide import decide, unpaged
from bot.domain.decision import Decision
from bot.domain.incident import Via
from bot.domain.people import SYSTEM
from bot.domain.refused import Refused
from bot.failpoints import Point, hit
from bot.ports import Alarms, Replica, Store, Trouble, Tx
from bot.workers.peers import silent

log = structlog.get_logger(__name__)

SWEEP_BATCH = 1000


STUCK = frozenset({"climb overdue", "page overdue", "delivery stuck"})
"""Troubles that those who climb and carry mend by themselves when they are woken."""

FOR_LATER = frozenset({"dead letters"})
"""Troubles that somebody must look at, but that make no page late."""


class Auditor:
    """Looks, repairs and alarms. `troubles` is what the last audit found; None before the first one.

    What two audits in a row found is told to people; `repaired` wakes those who have something to do.
    """

    def __init__(
        self, store: Store, clock: Clock, repaired: Callable[[], None], alarms: Alarms, me: str
    ) -> None:
        """`me` is the replica that does not miss itself."""
        self._store = store
        self._me = me
        self._clock = clock
        self._repaired = repaired
        self._alarms = alarms
        self._raised: frozenset[str] = frozenset()
        self._before: Mapping[str, str] = {}
        self.troubles: Sequence[Trouble] | None = None
        self.audited: float | None = None
        """Monotonic: when the last audit that could be made was made."""

    @property
    def grave(self) -> list[Trouble]:
        """What the last audit found that may keep a page from people."""
        return [trouble for trouble in self.troubles or () if trouble.kind not in FOR_LATER]

    async def audit(self) -> Sequence[Trouble]:
        """What is wrong now. An open incident that nobody would be paged for climbs again."""
        found, missing = await self._store.read(self._look)
        for trouble in found:
            log.error("audit", trouble=trouble.kind, count=trouble.count, detail=trouble.detail)
        repaired = await self._store.write(self._repair, page=True)
        if repaired:
            hit(Point.AFTER_REPAIR_COMMIT)
            log.error("audit_repaired", incidents=repaired)
        if repaired or any(trouble.kind in STUCK for trouble in found):
            self._repaired()
        self.troubles = found
        self.audited = self._clock.monotonic()
        self._tell(found, missing)
        return found

    def _look(self, tx: Tx) -> tuple[list[Trouble], list[Replica]]:
        now = self._clock.now()
        missing = [each for each in silent(tx.replicas(), now) if each.id != self._me]
        found = tx.audit(now)
        if missing:
            names = ", ".join(f"{each.host} (process {each.pid})" for each in missing)
            found.append(
                Trouble(kind="replica silent", count=len(missing), detail=f"no goodbye from {names}")
            )
        return found, missing

    def _tell(self, found: Sequence[Trouble], missing: Sequence[Replica]) -> None:
        """Raise what lasts: after the database was away for a while, everybody looks silent for a moment."""
        wrong = {
            f"audit: {trouble.kind}": f"The audit finds {trouble.count}: {trouble.kind} ({trouble.detail})."
            for trouble in found
            if trouble.kind not in FOR_LATER and trouble.kind != "replica silent"
        }
        wrong |= {f"replica silent: {each.host}": _missed(each) for each in missing}
        lasting = {kind: text for kind, text in wrong.items() if kind in self._before}
        for kind, text in lasting.items():
            self._alarms.raised(kind, text)
        for kind in self._raised - lasting.keys():
            self._alarms.cleared(kind)
        self._raised, self._before = frozenset(lasting), wrong

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


def _missed(replica: Replica) -> str:
    return (
        f"The replica on {replica.host} (process {replica.pid}, version {replica.version}) is silent since "
        f"{replica.seen_at:%H:%M:%S} UTC and said no goodbye. Start it again, or another one in its place."
    )


class Janitor:
    """Deletes what is old, a little at a time, and nothing of an open incident.

    `kept` is how long resolved incidents stay; without it, for ever. It is over when the bot's clock and the
    machine's both say so: one that is decades ahead must not cost what happened last year.
    """

    def __init__(self, store: Store, clock: Clock, kept: timedelta | None = None) -> None:
        self._store = store
        self._clock = clock
        self._kept = kept

    async def sweep(self) -> int:
        """Delete everything that is old enough; how many rows."""
        swept = 0
        while batch := await self._store.write(self._sweep):
            hit(Point.AFTER_SWEEP_COMMIT)
            swept += batch
        return swept

    def _sweep(self, tx: Tx) -> int:
        now = min(self._clock.now(), self._clock.wall())
        swept = tx.sweep(now, SWEEP_BATCH, kept=self._kept)
        if swept:
            hit(Point.BEFORE_SWEEP_COMMIT)
        return swept
