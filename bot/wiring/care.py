"""The care for the database itself: how far it has come, whether it is believed, and its backups."""

import asyncio
import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import structlog

from bot.clock import Clock
from bot.domain.configuration import Configuration
from bot.errors import DatabaseDamaged, StoreUnavailable
from bot.ports import Alarms, OutOfBand, Store, Witness
from bot.settings import Settings
from bot.store.backup import database_file
from bot.store.backups import Backups
from bot.store.highwater import HighWater
from bot.workers.recall import Recall
from bot.workers.safe_mode import SafeMode

log = structlog.get_logger(__name__)

DAMAGED, UNSAVED, UNMARKED = "database_damaged", "backup", "high_water"
AGAIN = timedelta(hours=1)
LAST_MARK = 2.0
"""Seconds that the end of the process waits for the last mark."""


class Care:
    """Looks after one database, together with the other processes that do."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        water: HighWater,
        safe_mode: SafeMode,
        backups: Backups | None,
        alarms: Alarms,
        out: OutOfBand,
        told: Path,
    ) -> None:
        self._out = out
        self._told = told
        self._store = store
        self._clock = clock
        self._water = water
        self.safe_mode = safe_mode
        self._backups = backups
        self._alarms = alarms

    async def refused(self, why: str) -> None:
        """The process is about to end because its database is damaged; people are told so once an hour.

        A supervisor starts it again and again, so when that was last told stands in a file.
        """
        if await asyncio.to_thread(self._told_lately):
            return
        subject = "Tocsin does not start: its database is damaged"
        told = await self._out.tell(subject, f"{why} Nobody is paged.")
        if told.taken:
            await asyncio.to_thread(self._note_told)

    def _told_lately(self) -> bool:
        with suppress(OSError):
            since = self._clock.now().timestamp() - self._told.stat().st_mtime
            return 0 <= since < AGAIN.total_seconds()
        return False

    def _note_told(self) -> None:
        now = self._clock.now().timestamp()
        with suppress(OSError):
            self._told.touch(mode=0o600)
            os.utime(self._told, (now, now))

    async def begin(self) -> None:
        """Before anything is fired: is this the database that was there when the last process ended?"""
        await self.safe_mode.enter(await self._water.setback())
        await self.mark()

    async def mark(self) -> None:
        """Once a second: note how far the database has come; one that went back is not believed any more."""
        setback = await self._water.note(self._clock.now())
        if setback is not None:
            await self.safe_mode.enter(setback)
        if self._water.problem is None:
            self._alarms.cleared(UNMARKED)
        else:
            self._alarms.raised(
                UNMARKED,
                f"{self._water.problem}. Without it a loss of the database is not noticed.",
            )

    async def end(self) -> None:
        """The last mark, so that a clean end leaves no gap."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_MARK):
                await self.mark()

    async def back_up(self) -> None:
        """Now and then: make a backup when it is time for one."""
        if self._backups is None:
            return
        try:
            made = await asyncio.to_thread(self._backups.keep_up, self._clock.now())
        except DatabaseDamaged as error:
            self._alarms.raised(DAMAGED, f"A backup could not be made: {error} Look into the disk at once.")
        except (OSError, StoreUnavailable) as error:
            log.warning("not_backed_up", why=str(error))
            why = f"the database {error.why}" if isinstance(error, StoreUnavailable) else error.strerror
            self._alarms.raised(UNSAVED, f"The backup of the database failed: {why}. The log says more.")
        else:
            self._alarms.cleared(DAMAGED)
            self._alarms.cleared(UNSAVED)
            if made is not None:
                log.info("backed_up", file=str(made.path), size=made.size, incidents=made.incidents)


def care(
    settings: Settings,
    store: Store,
    clock: Clock,
    configuration: Callable[[], Configuration],
    changed: Callable[[], None],
    witness: Witness | None,
    alarms: Alarms,
    out: OutOfBand,
) -> Care:
    """Put it together; nothing is looked at yet."""
    recall = Recall(store, clock, configuration, witness) if witness is not None else None
    return Care(
        store=store,
        clock=clock,
        water=HighWater(store, water_file(settings)),
        safe_mode=SafeMode(store, clock, configuration, changed, recall=recall, alarms=alarms),
        backups=_backups(settings),
        alarms=alarms,
        out=out,
        told=settings.data_dir / "damage-told",
    )


def water_file(settings: Settings) -> Path:
    """Beside the SQLite file; for PostgreSQL in the data folder, one for each database."""
    if settings.database.startswith("sqlite"):
        return Path(f"{database_file(settings.database)}.high-water")
    place = settings.database.rpartition("@")[2]  # without the user and the password, which may change
    return settings.data_dir / f"high-water-{hashlib.blake2b(place.encode(), digest_size=6).hexdigest()}"


def _backups(settings: Settings) -> Backups | None:
    """PostgreSQL is for its own tools to back up."""
    if not settings.database.startswith("sqlite") or not settings.backup.every:
        return None
    backup = settings.backup
    return Backups(settings.database, settings.backups, every=backup.every, keep=backup.keep)
