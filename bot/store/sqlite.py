"""The store on SQLite: one thread owns the one connection that writes, and commits for many at once."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import structlog

from bot.errors import Away, StoreUnavailable
from bot.ports import News, Room, Tx
from bot.store import filesystem, schema
from bot.store.calls import Call, WayBack
from bot.store.connection import SqliteSession, connect
from bot.store.lockfile import LockFile
from bot.store.news import Gazette
from bot.store.query import sqlite_kit
from bot.store.reserve import Reserve
from bot.store.snapshots import SnapshotCache
from bot.store.soundness import look_over
from bot.store.sqlite_failures import told_of_reading
from bot.store.transaction import Transaction
from bot.store.writer import Writer

T = TypeVar("T")

READERS = 2
SAFE_WAL = (3, 51, 3)
"""Before it, two connections that write or checkpoint at once can corrupt the WAL (sqlite.org/wal.html)."""


class SqliteStore:
    """A bot.ports.Store on one file, for one process; others may look on, `read_only`."""

    def __init__(self, url: str, *, auto_migrate: bool = False, read_only: bool = False) -> None:
        self._url = url
        self._read_only = read_only
        self._auto_migrate = auto_migrate
        self._path = _path(url)
        self._cache, self._gazette = SnapshotCache(), Gazette()
        self._lock = LockFile(Path(f"{self._path}.lock"))
        self._reserve = Reserve(Path(f"{self._path}.reserve"))
        self._writer: Writer | None = None
        self._readers: Readers | None = None

    async def start(self) -> None:
        """Take the file for this process, look at its schema, and open it."""
        if self._read_only:
            await asyncio.to_thread(self._check)
            self._readers = Readers(self._path, self._cache)
            return
        with contextlib.ExitStack() as undo:
            await asyncio.to_thread(filesystem.check, self._folder())
            self._lock.acquire()
            undo.callback(self._lock.release)
            await asyncio.to_thread(self._check)
            await asyncio.to_thread(self._reserve.lay_by)
            back = WayBack(asyncio.get_running_loop())
            writer = Writer(self._path, self._cache, self._gazette, back, self._reserve)
            await writer.open()
            self._writer, self._readers = writer, Readers(self._path, self._cache)
            undo.pop_all()

    def _folder(self) -> Path:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        return self._path.parent

    def _check(self) -> None:
        if sqlite3.sqlite_version_info < SAFE_WAL:
            structlog.get_logger(__name__).warning(
                "old SQLite", version=sqlite3.sqlite_version, remedy="SQLite 3.51.3 mends a rare corruption"
            )
        if not self._read_only and self._path.exists():
            look_over(self._path)
        if self._auto_migrate:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            schema.migrate(self._url)
        elif not self._path.exists():
            raise schema.unmigrated()
        else:
            schema.check(self._url)

    async def stop(self) -> None:
        """Finish what was submitted and close; the last to go lets others in."""
        if self._readers is not None:
            await asyncio.to_thread(self._readers.close)
        if self._writer is not None:
            await asyncio.to_thread(self._writer.close)
        self._lock.release()

    @property
    def writing_connection(self) -> sqlite3.Connection | None:
        """The connection that writes; to be touched inside a work only."""
        return self._writer.connection if self._writer else None

    async def room(self) -> Room:
        """How much room is left; when it is enough again, some of it is laid by again."""
        await asyncio.to_thread(self._reserve.lay_by)
        return await asyncio.to_thread(self._reserve.look)

    @property
    def changes(self) -> int:
        """Committed statements that change something."""
        return self._gazette.changes

    def news(self) -> News:
        """What was made due lately."""
        return self._gazette.take()

    async def write(self, work: Callable[[Tx], T], *, page: bool = False) -> T:
        """Run it in the writer thread; returns when it is on the disk."""
        if self._writer is None:
            raise StoreUnavailable("the database is not open", Away.CLOSED)
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._writer.queue.submit(Call(work, future, page=page))
        return await future

    async def read(self, work: Callable[[Tx], T], *, page: bool = False) -> T:
        """Run it on one consistent view, beside the writer."""
        if self._readers is None:
            raise StoreUnavailable("the database is not open", Away.CLOSED)
        return await self._readers.run(work, page=page)


class Readers:
    """A few read-only connections, each in a thread of its own."""

    def __init__(self, path: Path, cache: SnapshotCache) -> None:
        self._path = path
        self._cache = cache
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="tocsin-sqlite-reader")
        self._page_thread = ThreadPoolExecutor(1, thread_name_prefix="tocsin-sqlite-page-reader")
        self._own = threading.local()
        self._open: list[sqlite3.Connection] = []

    async def run(self, work: Callable[[Tx], T], *, page: bool) -> T:
        """Run it on one consistent view; what pages wait for has a thread of its own."""
        threads = self._page_thread if page else self._threads
        return await asyncio.get_running_loop().run_in_executor(threads, self._run, work)

    def _run(self, work: Callable[[Tx], T]) -> T:
        try:
            connection, tx = self._mine()
            connection.execute("BEGIN")
            try:
                return work(tx)
            finally:
                connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise told_of_reading(error) from error

    def _mine(self) -> tuple[sqlite3.Connection, Transaction]:
        mine: tuple[sqlite3.Connection, Transaction] | None = getattr(self._own, "connection", None)
        if mine is None:
            connection = connect(self._path, read_only=True)
            self._open.append(connection)
            session = SqliteSession(connection, sqlite_kit())
            mine = self._own.connection = (connection, Transaction(session, self._cache))
        return mine

    def close(self) -> None:
        """Wait for the reads that run, then close."""
        self._threads.shutdown()
        self._page_thread.shutdown()
        for connection in self._open:
            connection.close()


def _path(url: str) -> Path:
    database = schema.address(url).database
    if not database or database == ":memory:":
        raise ValueError("SQLite needs a file, such as sqlite:///tocsin.db: a database in memory loses pages")
    return Path(database).resolve()
