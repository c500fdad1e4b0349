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

    That can happen at the start, and also under a running process: a PostgreSQL that fails over to a standby
    which lags, a file system that is set back. The file keeps the higher mark until the database is there.
    The file is written after the commit, so the database is never behind it unless it lost something. What
    was committed after the last mark can be lost unseen: that is as long as the time between two calls.
    """

    def __init__(self, store: Store, file: Path) -> None:
        self._store = store
        self._file = file
        self._marked = 0
        self._last: Water | None = None
        self.problem: str | None = None
        """Why the file cannot be written, if it cannot."""

    async def setback(self) -> Setback | None:
        """How much is missing; None when nothing is, or when there is no file to compare with."""
        self._last = await asyncio.to_thread(self._read)
        return await self._store.read(self._behind)

    async def note(self, now: datetime) -> Setback | None:
        """Mark what was committed since the last time; nothing to do when nothing was.

        Answers how much is missing when the database knows less than at the last mark. Then nothing is
        marked, and it is answered again until the database's own mark was raised by that much.
        """
        changes = self._store.changes
        if changes == self._marked:
            return None

        def work(tx: Tx) -> Water | Setback:
            if (setback := self._behind(tx)) is not None:
                return setback
            return Water(mark=tx.advance(changes - self._marked, now), incident=tx.newest_number())

        try:
            came = await self._store.write(work)
        except StoreUnavailable:
            return None  # whoever has to know that is told by others; the next mark makes up for it
        if isinstance(came, Setback):
            return came
        self._marked, self._last = changes, came
        await self._keep(came)
        return None

    def _behind(self, tx: Tx) -> Setback | None:
        if self._last is None:
            return None
        known = tx.mark(HIGH_WATER)
        missing = self._last.mark - (known.value if known else 0)
        if missing <= 0:
            return None
        return Setback(missing=missing, since=known.at if known else None, newest=self._last.incident)

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
