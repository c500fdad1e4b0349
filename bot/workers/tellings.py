"""Which alarms were told lately, by whatever process: marks in the database, so that one telling does."""

import asyncio
from collections.abc import Callable, Collection, Set
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.errors import StoreUnavailable
from bot.ports import Mark, Store, Tx

log = structlog.get_logger(__name__)

ASKING = 2.0
"""Seconds for which an alarm waits for the database."""


SHARED = ("audit: ", "backup", "channel: ", "database_damaged", "disk", "replica silent: ", "safe_mode")
"""How the kinds begin that are the same trouble whoever tells of it. Any other is one machine's own."""


class MarkedTellings:
    """A bot.workers.alarms.Tellings. Without the database nobody knows of others, and everybody tells."""

    def __init__(self, store: Store, clock: Clock, host: str) -> None:
        """`host`: the machine that speaks; it stays the same when its process is started again."""
        self._host = host
        self._store = store
        self._clock = clock

    async def lately(self, kinds: Collection[str], within: timedelta) -> Set[str]:
        """Those of these kinds of which somebody told within that time."""
        now = self._clock.now()

        def found(tx: Tx) -> frozenset[str]:
            marks = {kind: tx.mark(self._name(kind)) for kind in kinds}
            return frozenset(kind for kind, mark in marks.items() if mark and abs(now - mark.at) < within)

        try:
            async with asyncio.timeout(ASKING):
                return await self._store.read(found, page=True)
        except (StoreUnavailable, TimeoutError):
            return frozenset()

    async def note(self, kinds: Collection[str]) -> None:
        """Somebody took them just now."""
        now = self._clock.now()

        def write(tx: Tx) -> None:
            for kind in sorted(kinds):
                tx.set_mark(Mark(name=self._name(kind), value=0, at=now))

        if kinds:
            await self._written(write)

    async def forget(self, kinds: Collection[str]) -> bool:
        """Somebody took that they are over."""

        def write(tx: Tx) -> None:
            for kind in sorted(kinds):
                tx.drop_mark(self._name(kind))

        return await self._written(write)

    async def _written(self, work: Callable[[Tx], None]) -> bool:
        try:
            async with asyncio.timeout(ASKING):
                await self._store.write(work, page=True)
        except (StoreUnavailable, TimeoutError) as error:
            log.warning("telling_not_noted", why=str(error))
            return False
        return True

    def _name(self, kind: str) -> str:
        return f"alarm: {kind}" if kind.startswith(SHARED) else f"alarm: {kind} ({self._host})"
