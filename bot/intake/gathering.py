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

GATHER = 0.01
"""Seconds for which a transaction waits for others to join, while many come."""

LATELY = 0.1
"""Seconds after which nothing is expected of how many came before."""

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
        self._asleep: dict[Brought, asyncio.Future[None]] = {}
        self._busy = False
        self._size, self._ended = 0, 0.0
        self._crowd: tuple[int, asyncio.Future[None]] | None = None
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
        if self._crowd is not None and len(self._waiting) >= self._crowd[0]:
            self._call(self._crowd[1])
        try:
            for mine in requests:
                while not mine.over:
                    await (self._asleep_until_over(mine) if self._busy else self._lead())
        finally:
            self._forget(requests)
        failed = [error for mine in requests if (error := await self._settled(mine)) is not None]
        if failed:
            raise failed[0]
        return [mine.taken or [] for mine in requests]

    async def _lead(self) -> None:
        """One transaction for those who wait; then those whose it was wake up, and the next one leads."""
        self._busy = True
        batch: list[Brought] = []
        try:
            await self._gathered()
            batch = self._next()
            await self._together(batch)
        finally:
            self._busy, self._size = False, len(batch)
            self._ended = asyncio.get_running_loop().time()
            for each in batch:
                each.over = True
            self._wake(*self._waiting[:1], *batch)

    async def _gathered(self) -> None:
        """While many come, half of them are waited for, for a moment: the others are read meanwhile.

        Otherwise the first to come would have a transaction of its own, time and again, and all others wait
        for that.
        """
        loop, wanted = asyncio.get_running_loop(), self._size // 2
        if wanted <= len(self._waiting) or loop.time() - self._ended > LATELY:
            return
        enough = loop.create_future()
        self._crowd = wanted, enough
        try:
            async with asyncio.timeout(GATHER):
                await enough
        except TimeoutError:
            pass
        finally:
            self._crowd = None

    async def _asleep_until_over(self, mine: Brought) -> None:
        """Or until it is time to lead."""
        self._asleep[mine] = asyncio.get_running_loop().create_future()
        try:
            await self._asleep[mine]
        finally:
            del self._asleep[mine]

    def _wake(self, *those: Brought) -> None:
        for each in those:
            if (sleeper := self._asleep.get(each)) is not None:
                self._call(sleeper)

    def _call(self, sleeper: "asyncio.Future[None]") -> None:
        if not sleeper.done():
            sleeper.set_result(None)

    def _forget(self, requests: Sequence[Brought]) -> None:
        """Whoever has gone away asks again when it matters, and leads nobody any more."""
        if all(mine.over for mine in requests):
            return
        self._waiting = [each for each in self._waiting if each not in requests]
        if not self._busy:
            self._wake(*self._waiting[:1])

    async def _settled(self, mine: Brought) -> Exception | None:
        """What keeps it from being taken in, after all; that keeps none of the others from it."""
        if mine.unavailable is not None or mine.taken is not None:
            return mine.unavailable
        try:
            if await self._taken([mine]) is None:
                return None
            return await self._taken([mine], blind=True)  # what can't be read keeps nobody from being paged
        except StoreUnavailable as error:
            return error

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

    async def _taken(self, batch: Sequence[Brought], *, blind: bool = False) -> Exception | None:
        """What kept them from being taken in. Raises StoreUnavailable."""
        try:
            await self._write(batch, blind=blind)
        except StoreUnavailable:
            raise
        except Exception as error:
            log.exception("intake_not_taken" if blind else "intake_apart", requests=len(batch))
            return error
        return None

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
