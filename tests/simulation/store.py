"""The store on the loop's own thread: the production transactions on a real SQLite file, without threads."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from bot.domain.effects import Lane
from bot.errors import Away, StoreUnavailable
from bot.ports import News, Room, Tx
from bot.store import schema
from bot.store.calls import Call, Queue, Waiting, WayBack
from bot.store.connection import SqliteSession, connect
from bot.store.news import Gazette
from bot.store.query import Prepared, Query, sqlite_kit
from bot.store.reserve import Reserve
from bot.store.snapshots import SnapshotCache
from bot.store.transaction import Transaction
from bot.store.writer import Group
from tests.simulation.clock import BEGIN
from tests.simulation.loop import Crashed, VirtualLoop

T = TypeVar("T")

_KIT = sqlite_kit()
_PREPARED: dict[Query, Prepared] = {}
"""Compiled once for all processes of all scenarios; a statement is the same in each."""


class DiskWeather(Protocol):
    """What the disk does to the transactions of one process."""

    def delay(self) -> float:
        """Seconds until a group of transactions begins."""
        ...

    def before_commit(self) -> None:
        """May raise sqlite3.Error, for a commit that fails, or Crashed."""
        ...

    def after_commit(self) -> None:
        """May raise the same, although everything is on the disk."""
        ...


class WeatheredGroup(Group):
    """Commits as the weather lets it."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        tx: Transaction,
        back: WayBack,
        reserve: Reserve,
        weather: DiskWeather,
    ) -> None:
        super().__init__(connection, tx, back, reserve)
        self._weather = weather

    def _commit(self, done: Sequence[Waiting]) -> None:
        self._weather.before_commit()
        super()._commit(done)
        self._weather.after_commit()


class InlineStore:
    """A bot.ports.Store: what a thread does in production is done in a callback of the process."""

    transaction: type[Transaction] = Transaction

    def __init__(self, path: Path, loop: VirtualLoop, weather: DiskWeather) -> None:
        self._path = path
        self._loop = loop
        self._weather = weather
        self._gazette = Gazette()
        self._serving = False
        self.open = False

    async def start(self) -> None:
        """Open the file anew: nothing is remembered of those who had it before."""
        cache, reserve = SnapshotCache(), Reserve(self._path.with_suffix(".reserve"))
        back = WayBack(self._loop)
        self._queue = Queue(back)
        self._writing = _connected(self._path)
        tx = self.transaction(_session(self._writing), cache, self._gazette)
        self._group = WeatheredGroup(self._writing, tx, back, reserve, self._weather)
        self._reading = connect(self._path, read_only=True)
        self._reader = self.transaction(_session(self._reading), cache)
        self.open = True

    async def stop(self) -> None:
        """Close; what was submitted has been done."""
        self.sever()

    def sever(self) -> None:
        """The process is gone: nothing that it still tries reaches the disk."""
        if self.open:
            self.open = False
            self._writing.close()
            self._reading.close()

    def news(self) -> News:
        """What was made due lately."""
        return self._gazette.take()

    async def write(self, work: Callable[[Tx], T], *, page: bool = False) -> T:
        """Run it in a group with all that are waiting by then."""
        if not self.open:
            raise StoreUnavailable("the process is gone", Away.CLOSED)
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue.submit(Call(work, future, page=page))
        self._serve_soon()
        return await future

    async def read(self, work: Callable[[Tx], T], *, page: bool = False) -> T:
        """Run it at once, on a connection of its own."""
        if not self.open:
            raise StoreUnavailable("the process is gone", Away.CLOSED)
        self._reading.execute("BEGIN")
        try:
            return work(self._reader)
        finally:
            self._reading.execute("ROLLBACK")

    @property
    def changes(self) -> int:
        """How much this process has committed."""
        return self._gazette.changes

    async def room(self) -> Room | None:
        """Nobody looks."""
        return None

    def next_due(self) -> float | None:
        """When there is something to do, in virtual seconds; for skipping, never for judging."""
        tx = self._reader
        due = [at for at in (tx.next_climb(), *map(tx.next_delivery, Lane)) if at is not None]
        return (min(due) - BEGIN).total_seconds() if due else None

    def _serve_soon(self) -> None:
        if not self._serving:
            self._serving = True
            self._loop.call_later(self._weather.delay(), self._serve)

    def _serve(self) -> None:
        self._serving = False
        if not self.open:
            return
        try:
            if self._group.begin() is None:
                self._group.run(self._queue.next)
        except Crashed:
            return
        if (waiting := self._queue.next()) is not None:
            self._queue.submit(waiting)
            self._serve_soon()


def _connected(path: Path) -> sqlite3.Connection:
    connection = connect(path)
    # What is simulated is the end of a process, not of the machine: the page cache survives it.
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA wal_autocheckpoint = 4000")
    return connection


def _session(connection: sqlite3.Connection) -> SqliteSession:
    session = SqliteSession(connection, _KIT)
    session._prepared = _PREPARED
    return session


def _template(folder: Path) -> Path:
    path = folder / "template.db"
    if not path.exists():
        schema.migrate(f"sqlite:///{path}")
    return path


def fresh(folder: Path, name: str) -> Path:
    """An empty database of the present schema."""
    path = folder / f"{name}.db"
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    shutil.copy(_template(folder), path)
    return path
