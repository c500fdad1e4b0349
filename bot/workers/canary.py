"""Canaries: the whole road, tried every few minutes: taken in, climbed, carried, recorded, ended."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.domain.canary import canary
from bot.domain.commands import Acknowledge, Resolve
from bot.domain.ids import IncidentId
from bot.domain.incident import Via
from bot.domain.people import SYSTEM
from bot.domain.refused import Refused
from bot.domain.timeline import Entry, EntryKind
from bot.errors import StoreUnavailable
from bot.ids import new_id
from bot.metrics import Metrics
from bot.ports import Alarms, Store, Tx
from bot.service import ById, Desk

log = structlog.get_logger(__name__)

LIMIT = 30.0
"""Seconds for the whole road; a page of a real incident would not have come by then either."""

LOOK = 0.1
KEPT = timedelta(hours=1)
TOLERATED = 1
"""So many may fail in a row before people are told."""

KIND = "canary"


@dataclass(frozen=True, kw_only=True, slots=True)
class Flight:
    """How far one came: the seconds of each stage that it passed, and what went wrong, if anything did."""

    stages: dict[str, float]
    trouble: str = ""


class Canaries:
    """Sends them. `last` is the last one, `ended_at` (monotonic) when the last good one ended."""

    def __init__(
        self,
        store: Store,
        desk: Desk,
        clock: Clock,
        metrics: Metrics,
        alarms: Alarms,
        changed: Callable[[], None],
    ) -> None:
        self._store = store
        self._desk = desk
        self._clock = clock
        self._metrics = metrics
        self._alarms = alarms
        self._changed = changed
        self.limit = LIMIT
        self.last: Flight | None = None
        self.ended_at: float | None = None
        self.failures = 0
        self._astray: set[IncidentId] = set()

    async def fly(self) -> Flight:
        """Send one, and wait until it has come the whole way."""
        stages: dict[str, float] = {}
        try:
            await self._fly(stages)
            flight = Flight(stages=stages)
        except TimeoutError:
            flight = Flight(stages=stages, trouble=f"stuck after {_last(stages)} for {self.limit:.0f} s")
        except StoreUnavailable as error:
            log.warning("canary_without_database", why=str(error))
            flight = Flight(stages=stages, trouble=f"failed after {_last(stages)}: the database {error.why}")
        except Refused as error:
            flight = Flight(stages=stages, trouble=f"failed after {_last(stages)}: {error}")
        self._judge(flight)
        return flight

    async def _fly(self, stages: dict[str, float]) -> None:
        began = self._clock.monotonic()
        await self._catch()
        bird = IncidentId(new_id(self._clock.now()))
        self._astray.add(bird)
        try:
            await self._store.write(lambda tx: self._take_in(tx, bird))
            self._changed()
            self._passed("intake", began, stages)
            await self._followed(bird, began, stages)
            acknowledge = Acknowledge(by=SYSTEM, via=Via.CLOCK)
            await self._desk.handle(f"canary taken:{bird}", ById(id=bird), acknowledge)
            self._passed("acknowledge", began, stages)
        except (TimeoutError, Refused):
            await self._end(bird)
            raise
        await self._end(bird)
        self._passed("resolve", began, stages)

    async def _catch(self) -> None:
        """End those of before that could not be ended, because the database was away or time was up."""
        if not self._astray:
            return
        known = await self._store.read(lambda tx: tx.incidents(list(self._astray)))
        self._astray.intersection_update(known)  # others were never taken in, or are forgotten
        for bird in known:
            await self._end(bird)

    async def _end(self, bird: IncidentId) -> None:
        await self._desk.handle(f"canary over:{bird}", ById(id=bird), Resolve(by=SYSTEM, via=Via.CLOCK))
        self._astray.discard(bird)

    def _take_in(self, tx: Tx, bird: IncidentId) -> None:
        now = self._clock.now()
        if tx.first_time(f"canary:{bird}", now):
            tx.save([canary(bird, -1 - secrets.randbelow(2**31 - 1), now)], now)

    async def _followed(self, bird: IncidentId, began: float, stages: dict[str, float]) -> None:
        """Until its page was sent, which is when its timeline says so."""
        while "carry" not in stages:
            if self._clock.monotonic() - began > self.limit:
                raise TimeoutError
            for entry in await self._store.read(lambda tx: tx.timeline(bird)):
                self._noted(entry, began, stages)
            await self._clock.sleep(LOOK)

    def _noted(self, entry: Entry, began: float, stages: dict[str, float]) -> None:
        stage = {EntryKind.RUNG: "climb", EntryKind.PAGE_SENT: "carry"}.get(entry.kind)
        if stage is not None and stage not in stages:
            self._passed(stage, began, stages)
        if entry.kind is EntryKind.PAGE_FAILED:
            raise Refused(f"its page was refused ({entry.facts.get('reason', '?')})")

    def _passed(self, stage: str, began: float, stages: dict[str, float]) -> None:
        stages[stage] = self._clock.monotonic() - began - sum(stages.values())

    def _judge(self, flight: Flight) -> None:
        self.last = flight
        self._metrics.canaries.labels("failed" if flight.trouble else "arrived").inc()
        for stage, seconds in flight.stages.items():
            self._metrics.canary.labels(stage).observe(max(seconds, 0))
        if not flight.trouble:
            self.failures, self.ended_at = 0, self._clock.monotonic()
            self._alarms.cleared(KIND)
            return
        self.failures += 1
        log.warning("canary_failed", trouble=flight.trouble, in_a_row=self.failures)
        if self.failures > TOLERATED:
            self._alarms.raised(
                KIND,
                f"{self.failures} canaries in a row did not come through: the last one {flight.trouble}. "
                "An incident might not be paged either; run tocsin doctor.",
            )

    async def forget(self) -> int:
        """Delete those of an hour ago, whole; how many."""
        before = self._clock.now() - KEPT
        return await self._store.write(lambda tx: tx.forget_canaries(before))


def _last(stages: dict[str, float]) -> str:
    return list(stages)[-1] if stages else "nothing"
