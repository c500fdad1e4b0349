"""The dispatcher: carries what is ready out of one lane, at least once and seen once (T2 to T4)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from bot.clock import Clock
from bot.domain.configuration import Configuration
from bot.domain.effects import Effect, Lane
from bot.errors import DeliveryError, NotLookedUp, Outcome
from bot.failpoints import Point, hit
from bot.ports import Carrier, Job, Receipt, Store, Tx
from bot.ports.outbox import GUARD
from bot.workers.bell import Bell
from bot.workers.crowd import Crowd
from bot.workers.jobs import jobs, noticed
from bot.workers.ledger import Ledger
from bot.workers.lines import Lines
from bot.workers.survival import survive

R = TypeVar("R")
log = structlog.get_logger(__name__)

LEASES = {
    Lane.PAGE: timedelta(seconds=15),
    Lane.CHAT: timedelta(seconds=15),
    Lane.TRACKER: timedelta(seconds=60),
}
LONGEST_WAIT = 1.0
SHORTEST_WAIT = 0.002
STAND_BACK = 0.05
GATHER = 0.01
"""Seconds between two claims of pages for which there is little room."""

PAUSE = 0.03
"""Seconds between two claims of anything else: in a flood a claim for each commit would be half the work."""

UNSETTLED = 8
"""So many times as many as are on the wire may wait to be recorded."""


class Dispatcher:
    """One lane's way out. `carriers` finds the carrier of an effect; `limit` bounds what is on the wire."""

    def __init__(
        self,
        *,
        lane: Lane,
        store: Store,
        clock: Clock,
        configuration: Callable[[], Configuration],
        carriers: Callable[[Effect], Carrier | None],
        ledger: Ledger,
        crowd: Crowd,
        notices: Callable[[], Sequence[str]] = tuple,
        limit: int = 32,
    ) -> None:
        self.lane = lane
        self._store = store
        self._clock = clock
        self._configuration = configuration
        self._carriers = carriers
        self._ledger = ledger
        self._crowd = crowd
        self._limit = limit
        self._notices = notices
        self._lease = LEASES[lane]
        self._free = limit
        self._unsettled = 0
        self._lines = Lines(clock)
        self._claiming = False
        self._claimed_at = -PAUSE
        self._next: datetime | None = None
        self.bell = Bell()

    @property
    def idle(self) -> bool:
        """Whether nothing is being claimed, is on the wire, or waits to be recorded."""
        return self._unsettled == 0 and not self._claiming

    async def run(self, stop: asyncio.Event) -> None:
        """Claim and carry until told to stop; then what is on the wire is waited for and recorded."""
        async with asyncio.TaskGroup() as wire:
            while not stop.is_set():
                wait = await survive(f"dispatch {self.lane}", self._round(wire))
                await self.bell.wait(LONGEST_WAIT if wait is None else wait)

    async def drain(self) -> int:
        """Carry everything that is ready now, one batch after another; how many. For tests and one-shots."""
        carried = 0
        while batch := await self._claim(self._limit):
            carried += len(batch)
            async with asyncio.TaskGroup() as wire:
                for job in batch:
                    wire.create_task(self._carry(job))
        return carried

    async def _round(self, wire: asyncio.TaskGroup) -> float:
        """Claim as much as there is room for; answers how long to wait for more."""
        if self.lane is not Lane.PAGE and self._crowd.passing:
            return STAND_BACK
        if not self._room:
            return LONGEST_WAIT
        if (rest := self._rest) > 0:
            return rest  # one claim of many rows costs little more than one of one
        now = self._clock.now()
        self._claimed_at = self._clock.monotonic()
        self._claiming = True
        try:
            batch = await self._claim(self._room)
            self._unsettled += len(batch)
        finally:
            self._claiming = False
        if self.lane is Lane.PAGE:
            self._crowd.seen(len(batch))
        self._free -= len(batch)
        for job in batch:
            wire.create_task(self._carry_and_free(job))
        if batch:
            return SHORTEST_WAIT if self._room else LONGEST_WAIT
        due = self._next
        if due is None or due <= now:  # what was due and not claimed waits for something else
            return LONGEST_WAIT
        return min(max((due - self._clock.now()).total_seconds(), SHORTEST_WAIT), LONGEST_WAIT)

    @property
    def _rest(self) -> float:
        """Seconds for which the next claim waits for more: of cards always, of pages while room is little."""
        gather = PAUSE if self.lane is not Lane.PAGE else GATHER if self._room < self._limit // 4 else 0.0
        return gather and self._claimed_at + gather - self._clock.monotonic()

    async def _claim(self, room: int) -> list[Job]:
        """Lease and guard begin at one moment, in the work itself: it may wait, and run again.

        When there was nothing, `_next` is when something will be: a look of an idle lane is one transaction.
        """

        full = self._lines.full

        def work(tx: Tx) -> tuple[list[Job], datetime | None]:
            monotonic, now = self._clock.monotonic(), self._clock.now()
            configuration = self._configuration()
            limits = configuration.limits if self.lane is Lane.PAGE else None
            claims = tx.claim(self.lane, now, monotonic, room, self._lease, limits, full)
            if not claims:
                return [], tx.next_delivery(self.lane)
            hit(Point.BEFORE_CLAIM_COMMIT, self.lane)
            return noticed(jobs(tx, claims, configuration, now), self._notices()), None

        claimed, self._next = await self._store.write(work, page=self.lane is Lane.PAGE)
        if claimed:
            hit(Point.AFTER_CLAIM, self.lane)
        return claimed

    @property
    def _room(self) -> int:
        """For how many more there is room on the wire, and among those that wait to be recorded."""
        return min(self._free, self._limit * UNSETTLED - self._unsettled)

    async def _carry_and_free(self, job: Job) -> None:
        """The next one is carried while this one is recorded."""
        try:
            try:
                outcome = await self._carried(job)
            finally:
                self._free += 1
                self.bell.ring()
            await self._record(job, outcome)
        finally:
            self._unsettled -= 1
            self.bell.ring()

    async def _carry(self, job: Job) -> None:
        await self._record(job, await self._carried(job))

    async def _carried(self, job: Job) -> Receipt | DeliveryError | None:
        """Carry one effect; nothing that goes wrong leaves this method."""
        try:
            receipt = await self._attempt(job)
            if receipt is not None:
                hit(Point.AFTER_RESPONSE, self.lane)
            return receipt
        except DeliveryError as error:
            return error
        except Exception:
            log.exception("delivery_crashed", kind=job.claim.effect.kind)
            return DeliveryError(Outcome.UNKNOWN, "internal error")

    async def _record(self, job: Job, outcome: Receipt | DeliveryError | None) -> None:
        """When the recording fails the lease ends in its time, and the effect is looked up."""
        if isinstance(outcome, DeliveryError):
            self._lines.learned(job, outcome)
            await survive("record", self._ledger.failed(job, outcome))
        elif outcome is not None:
            await survive("record", self._ledger.sent(job, outcome))

    async def _attempt(self, job: Job) -> Receipt | None:
        """Look up what may have got through before, then send. None: given back, the guard was too late."""
        carrier = self._carriers(job.claim.effect)
        if carrier is None:
            raise DeliveryError(Outcome.REJECTED, f"{job.claim.effect.kind} is not configured")
        if job.claim.uncertain and (found := await self._found(carrier, job)):
            return found
        if job.claim.asks:
            await self._unsent(job)
            return None
        if self._too_late(job):
            log.warning("stale_lease_dropped", kind=job.claim.effect.kind)
            await self._released(job)
            return None
        hit(Point.BEFORE_SEND, self.lane)
        return await self._in_time(carrier.carry(job))

    async def _released(self, job: Job) -> None:
        def work(tx: Tx) -> None:
            tx.release(job.claim.all, self._clock.now())
            hit(Point.BEFORE_RELEASE_COMMIT, self.lane)

        await self._store.write(work, page=self.lane is Lane.PAGE)
        hit(Point.AFTER_RELEASE_COMMIT, self.lane)

    async def _unsent(self, job: Job) -> None:
        """It is not sent by itself: it waits, and is told with what else is too much for its person."""
        await self._store.write(
            lambda tx: tx.unsent(job.claim, self._clock.now()), page=self.lane is Lane.PAGE
        )

    async def _found(self, carrier: Carrier, job: Job) -> Receipt | None:
        """What the provider says of an earlier attempt. One who can never be asked is not waited for."""
        hit(Point.BEFORE_LOOK_UP, self.lane)
        try:
            found = await self._in_time(carrier.look_up(job))
            hit(Point.AFTER_LOOK_UP, self.lane)
            return replace(found, looked_up=True) if found else None
        except DeliveryError as error:
            if error.outcome is Outcome.REJECTED:
                log.warning("look_up_refused", kind=job.claim.effect.kind, reason=error.reason)
                return None
            raise NotLookedUp(Outcome.UNKNOWN, error.reason, retry_after=error.retry_after) from error

    async def _in_time(self, call: Awaitable[R]) -> R:
        try:
            async with asyncio.timeout(GUARD * self._lease.total_seconds()):
                return await call
        except TimeoutError as error:
            raise DeliveryError(Outcome.UNKNOWN, "no answer in time") from error

    def _too_late(self, job: Job) -> bool:
        return self._clock.monotonic() > job.claim.last_moment
