"""Gathering: requests that wait at the same moment share a transaction."""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from bot.clock import Clock
from bot.domain.alert import Alert
from bot.domain.configuration import Configuration
from bot.errors import StoreUnavailable
from bot.failpoints import Point, hit
from bot.intake.sitting import Brought, Ingested, Sitting
from bot.ports import Store, Tx

MOST = 200
"""So many alerts share a transaction: whoever pages waits for the last of them."""

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
            taken += await self._one(some)
        return taken

    async def _one(self, mine: Brought) -> Sequence[Ingested]:
        self._waiting.append(mine)
        async with self._turn:
            while mine in self._waiting:
                await self._together(self._next())
        if mine.unavailable is not None:
            raise mine.unavailable
        if mine.taken is None:
            await self._write([mine])
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
        """Those that could not be taken in together are left; when the database is away all are told so."""
        try:
            await self._write(batch)
        except StoreUnavailable as error:
            for each in batch:
                each.unavailable = error
        except Exception:
            if len(batch) == 1:
                raise
            log.exception("intake_apart", requests=len(batch))

    async def _write(self, batch: Sequence[Brought]) -> None:
        def work(tx: Tx) -> list[list[Ingested]]:
            sitting = Sitting(tx, self._configuration(), self._clock.now())
            taken = sitting.take(batch)
            hit(Point.BEFORE_INTAKE_COMMIT)
            return taken

        written = await self._store.write(work)
        for each, taken in zip(batch, written, strict=True):
            each.taken = taken
        self._changed()
        hit(Point.AFTER_INTAKE_COMMIT)
