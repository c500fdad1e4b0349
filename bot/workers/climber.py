"""The climber: fires every rung and every wake that is due (T1)."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.clock import Clock
from bot.domain.configuration import Configuration
from bot.domain.decide import decide
from bot.domain.decision import Decision, Draft
from bot.domain.ids import IncidentId
from bot.domain.incident import Incident
from bot.domain.paging import call_for_help
from bot.domain.people import SYSTEM
from bot.domain.roster import Roster
from bot.domain.timeline import EntryKind
from bot.domain.timers import due_command, postpone
from bot.errors import Away, StoreUnavailable
from bot.failpoints import Point, hit, reach
from bot.ports import Store, Tx
from bot.workers.bell import Bell
from bot.workers.crowd import Crowd
from bot.workers.survival import survive

log = structlog.get_logger(__name__)

BATCH = 200
TIME_LIMIT = 10.0
"""Seconds for each step of a tick, not for the whole: a crowd takes as many batches as it takes."""

LONGEST_WAIT = 1.0
QUARANTINE = timedelta(minutes=1)


class Climber:
    """Correct however often it ticks, and on any number of replicas at once.

    `last_tick` is the monotonic time of the last tick that ended well, or of the last incident that was
    climbed, or refused, by itself: /readyz and the lookout look at it. `last_turn` is that of the last turn
    that ended at all: the watchdog does, because a database that is away is no reason to end the process.
    `ticked` says whether one ended well since the start.
    `away` says why the database took nothing the last time; None when it did.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        configuration: Callable[[], Configuration],
        fired: Callable[[], None],
        crowd: Crowd,
    ) -> None:
        self._store = store
        self._clock = clock
        self._configuration = configuration
        self._fired = fired
        self._crowd = crowd
        self.bell = Bell()
        self._next: datetime | None = None
        self.last_tick = self.last_turn = clock.monotonic()
        self.ticked = False
        self.ticks_failed = 0
        self.away: Away | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Tick, sleep until something is due (a second at most) or the bell rings, and again.

        A database that was closed in this process opens no more: that is no turn, and the watchdog ends it.
        """
        self.last_turn = self._clock.monotonic()
        while not stop.is_set():
            wait = await survive("tick", self._try_to_tick())
            if wait is None:
                self.ticks_failed += 1
                if self.away in {None, Away.BROKEN, Away.SILENT}:
                    await survive("tick, one by one", self.climb_singly())
            if self.away is not Away.CLOSED:
                self.last_turn = self._clock.monotonic()
            await self.bell.wait(LONGEST_WAIT if wait is None else wait)

    async def _try_to_tick(self) -> float:
        away: Away | None = None
        try:
            return await self.tick()
        except StoreUnavailable as error:
            away = error.why
            raise
        except TimeoutError:
            away = self.away or Away.SILENT
            raise
        finally:
            self.away = away

    async def tick(self) -> float:
        """Climb everything that is due; answers how many seconds nothing will be due."""
        await asyncio.wait_for(reach(Point.TICK), TIME_LIMIT)
        while await asyncio.wait_for(self._climb(), TIME_LIMIT) == BATCH:
            self.last_tick = self.last_turn = self._clock.monotonic()
        self.last_tick, self.ticked = self._clock.monotonic(), True
        if self._next is None:
            return LONGEST_WAIT
        return min(max((self._next - self._clock.now()).total_seconds(), 0.002), LONGEST_WAIT)

    async def _climb(self) -> int:
        """How many were due. When they are no whole batch those were all: `_next` is when more will be."""

        def work(tx: Tx) -> tuple[int, bool, datetime | None]:
            now = self._clock.now()
            due = tx.due(now, BATCH)
            roster = self._roster(tx, now) if due else Roster()
            decisions = [decision for incident in due if (decision := _climbed(incident, roster, now))]
            tx.save(decisions, now)
            if decisions:
                hit(Point.BEFORE_CLIMB_COMMIT)
            return len(due), bool(decisions), tx.next_climb() if len(due) < BATCH else None

        seen, fired, self._next = await self._store.write(work, page=True)
        self._crowd.seen(seen)
        if fired:
            hit(Point.AFTER_CLIMB_COMMIT)
            self._fired()
        return seen

    async def climb_singly(self) -> None:
        """After a batch that failed as a whole: one that cannot be written must not stop its neighbours."""
        now = self._clock.now()
        due = self._store.write(lambda tx: [incident.id for incident in tx.due(now, BATCH)], page=True)
        for incident_id in await asyncio.wait_for(due, TIME_LIMIT):
            if await survive("climb", self._singly(incident_id)):
                self._fired()
            self.last_turn = self._clock.monotonic()

    async def _singly(self, incident_id: IncidentId) -> bool:
        """A database that takes it, or refuses it for what it is, is not away; the audit tells of it."""
        step = self._store.write(partial(self._one, incident_id=incident_id), page=True)
        answered = True
        try:
            climbed = answered = await asyncio.wait_for(step, TIME_LIMIT)
        except (StoreUnavailable, TimeoutError, asyncio.CancelledError):
            answered = False
            raise
        finally:
            if answered:
                self._answered()
        return climbed

    def _answered(self) -> None:
        self.away, self.last_tick = None, self._clock.monotonic()

    def _one(self, tx: Tx, incident_id: IncidentId) -> bool:
        now, incident = self._clock.now(), tx.incident(incident_id)
        decision = _climbed(incident, self._roster(tx, now), now) if incident else None
        tx.save([decision] if decision else [], now)
        return decision is not None

    def _roster(self, tx: Tx, now: datetime) -> Roster:
        """Who is on call at this moment, with all that was decided since the configuration was written."""
        return tx.roster(self._configuration().roster, now)


def _climbed(incident: Incident, roster: Roster, now: datetime) -> Decision | None:
    """What the clock means for one incident. A poisoned one is left alone and cannot stop its neighbours."""
    command = due_command(incident, roster, now)
    if command is None:
        return None
    try:
        hit(Point.CLIMB)
        decision = decide(incident, command, now)
    except Exception:
        log.exception("climb_failed", incident=incident.key)
        return _postponed(incident, roster, now)
    return decision if decision.changed else None


def _postponed(incident: Incident, roster: Roster, now: datetime) -> Decision:
    """A climb that cannot be decided is tried again every minute; the first time, people are paged."""
    draft = Draft(incident=incident, now=now)
    if incident.due_at is None or incident.due_at > now:
        postpone(draft, now + QUARANTINE)
        return draft.done()
    assert incident.escalation is not None
    if not incident.escalation.stuck:
        draft.enter(EntryKind.GIVEN_UP, SYSTEM, what="climbing the ladder", reason="internal error")
        call_for_help(draft, roster)
    draft.change(escalation=replace(incident.escalation, due_at=now + QUARANTINE, stuck=True))
    return draft.done()
