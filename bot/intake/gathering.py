"""Gathering: requests that wait at the same moment share a transaction."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from bot.clock import Clock
from bot.domain.alert import Alert
from bot.domain.configuration import Configuration
from bot.domain.standing import Standing
from bot.errors import StoreUnavailable
from bot.failpoints import Point, hit
from bot.intake.arrival import Brought, Ingested
from bot.intake.services import Services
from bot.intake.sitting import Sitting
from bot.intake.unheard import unheard
from bot.ports import Store, Tx

MOST = 200
"""So many alerts share a transaction: whoever pages waits for the last of them."""

JUDGED = "judged"
"""The failpoints' name for what is taken in again without any signal."""

log = structlog.get_logger(__name__)


class Intake:
    """Where alerts arrive, from wherever they come.

    Whoever comes while a transaction is under way shares the next one. When one fails, each of its requests
    is tried by itself, so that a poisoned one takes nobody with it.
    """

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
        self._waiting: list[Brought] = []
        self._turn = asyncio.Lock()
        self._services = Services()

    async def take(
        self,
        request: str | None,
        alerts: Sequence[Alert],
        service: str | None = None,
        *,
        edited: bool = False,
    ) -> list[Ingested]:
        """Take alerts in; what became of each. `service`, when given, wins over the routes.

        `request` is the same when the same request comes again: nothing is done the second time, and the
        answer is empty. None: it never comes again. `edited`: the alerts stand in a message that told
        something else before. More alerts than share a transaction are taken in by several.
        """
        taken: list[Ingested] = []
        for begin in range(0, len(alerts), MOST):
            part = f"{request}#{begin}" if request and begin else request
            some = Brought(request=part, alerts=alerts[begin : begin + MOST], service=service, edited=edited)
            taken += (await self.take_all([some]))[0]
        return taken

    async def take_all(self, requests: Sequence[Brought]) -> list[Sequence[Ingested]]:
        """Take requests in, in their order; what became of the alerts of each.

        What begins and ends among those that share a transaction wakes nobody.
        """
        self._waiting += requests
        try:
            async with self._turn:
                while any(mine in self._waiting for mine in requests):
                    await self._together(self._next())
        finally:  # whoever has gone away asks again when it matters
            self._waiting = [each for each in self._waiting if each not in requests]
        return [await self._settled(mine) for mine in requests]

    async def _settled(self, mine: Brought) -> Sequence[Ingested]:
        if mine.unavailable is not None:
            raise mine.unavailable
        if mine.taken is None and not await self._taken([mine]):
            await self._write([mine], blind=True)  # what cannot be read must keep nobody from being paged
        assert mine.taken is not None
        return mine.taken

    def _next(self) -> list[Brought]:
        """As many as share a transaction, in the order in which they came."""
        count = some = 0
        for each in self._waiting:
            some += len(each.alerts)
            if count and some > MOST:
                break
            count += 1
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        return batch

    async def _together(self, batch: Sequence[Brought]) -> None:
        """Those that could not be taken in are left; when the database is away all are told so."""
        try:
            await self._taken(batch)
        except StoreUnavailable as error:
            for each in batch:
                each.unavailable = error

    async def _taken(self, batch: Sequence[Brought]) -> bool:
        """Whether they could be taken in. Raises StoreUnavailable."""
        try:
            await self._write(batch)
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("intake_apart", requests=len(batch))
            return False
        return True

    async def again(self, limit: int) -> int:
        """Judge what is due to be judged without any signal; how many alerts that were, at most so many."""
        return await self._again(lambda tx, now: tx.standings_due(now, limit))

    async def again_singly(self, known: Standing) -> int:
        """The same for one of them, if it is due yet."""

        def due(tx: Tx, now: datetime) -> list[Standing]:
            found = tx.standings([known.key]).values()
            return [each for each in found if each.next_at is not None and each.next_at <= now]

        return await self._again(due)

    async def again_blindly(self, known: Standing) -> int:
        """For one that cannot be judged: if it fires, it pages, as if nothing kept it quiet."""

        def work(tx: Tx) -> int:
            now = self._clock.now()
            if known.firing:
                brought = Brought(request=None, alerts=[known.alert], service=known.service)
                Sitting(tx, self._configuration(), now, self._services, blind=True).take([brought])
            tx.save_standings([replace(known, muted_by=None, next_at=None)])
            return 1

        return await self._changing(work)

    async def _again(self, find: Callable[[Tx, datetime], list[Standing]]) -> int:
        def work(tx: Tx) -> int:
            now = self._clock.now()
            due = find(tx, now)
            if due:
                spans = unheard(tx, now)
                Sitting(tx, self._configuration(), now, self._services, unheard=spans).again(due)
            return len(due)

        return await self._changing(work)

    async def _changing(self, work: Callable[[Tx], int]) -> int:
        def whole(tx: Tx) -> int:
            judged = work(tx)
            if judged:
                hit(Point.BEFORE_INTAKE_COMMIT, JUDGED)
            return judged

        judged = await self._store.write(whole)
        if judged:
            hit(Point.AFTER_INTAKE_COMMIT, JUDGED)
            self._changed()
        return judged

    async def _write(self, batch: Sequence[Brought], *, blind: bool = False) -> None:
        def work(tx: Tx) -> list[list[Ingested]]:
            sitting = Sitting(tx, self._configuration(), self._clock.now(), self._services, blind=blind)
            taken = sitting.take(batch)
            hit(Point.BEFORE_INTAKE_COMMIT)
            return taken

        written = await self._store.write(work)
        for each, taken in zip(batch, written, strict=True):
            each.taken = taken
        self._changed()
        hit(Point.AFTER_INTAKE_COMMIT)
