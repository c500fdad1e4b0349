"""The high-water mark: a file outside the database that says how far the database had come."""

import asyncio
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import structlog

from bot.errors import StoreUnavailable
from bot.ports import HIGH_WATER, Setback, Store, Tx
from bot.store.backup import install, partial

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Water:
    """What the file says: the mark that was committed, and the highest number of an incident."""

    mark: int
    incident: int


class HighWater:
    """Marks how far the database has come, in itself and then in a file; tells when it knows less than that.

    The file is written after the commit, so the database is never behind it unless it lost something. What
    was committed after the last mark can be lost unseen: that is as long as the time between two calls.
    """

    def __init__(self, store: Store, file: Path) -> None:
        self._store = store
        self._file = file
        self._marked = 0
        self.problem: str | None = None
        """Why the file cannot be written, if it cannot."""

    async def setback(self) -> Setback | None:
        """How much is missing; None when nothing is, or when there is no file to compare with."""
        water = await asyncio.to_thread(self._read)
        if water is None:
            return None
        known = await self._store.read(lambda tx: tx.mark(HIGH_WATER))
        missing = water.mark - (known.value if known else 0)
        if missing <= 0:
            return None
        return Setback(missing=missing, since=known.at if known else None, newest=water.incident)

    async def note(self, now: datetime) -> None:
        """Mark what was committed since the last time; nothing to do when nothing was."""
        changes = self._store.changes
        if changes == self._marked:
            return

        def work(tx: Tx) -> Water:
            return Water(mark=tx.advance(changes - self._marked, now), incident=tx.newest_number())

        try:
            water = await self._store.write(work)
        except StoreUnavailable:
            return  # whoever has to know that is told by others; the next mark makes up for it
        self._marked = changes
        await self._keep(water)

    async def _keep(self, water: Water) -> None:
        try:
            await asyncio.to_thread(self._write, water)
        except OSError as error:
            if self.problem is None:
                log.warning("high_water_not_kept", file=str(self._file), why=error.strerror)
            self.problem = f"{self._file} cannot be written: {error.strerror}"
        else:
            self.problem = None

    def _write(self, water: Water) -> None:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with partial(self._file) as unfinished:
            unfinished.write_text(json.dumps(asdict(water)) + "\n", encoding="utf-8")
            install(unfinished, self._file)

    def _read(self) -> Water | None:
        try:
            return Water(**json.loads(self._file.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            log.warning("high_water_unreadable", file=str(self._file), why=f"{error}"[:200])
            return None
