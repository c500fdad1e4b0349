"""The store on SQLite: one thread owns the one connection that writes, and commits for many at once."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import structlog

from bot.errors import Away, StoreUnavailable
from bot.ports import News, Tx
from bot.store import schema
from bot.store.calls import Call, Queue, Waiting, WayBack
from bot.store.lockfile import LockFile
from bot.store.news import Gazette
from bot.store.query import Kit, Params, Prepared, Query, Row, sqlite_kit
from bot.store.snapshots import SnapshotCache
from bot.store.transaction import Transaction

T = TypeVar("T")

GROUP = 64
"""At most so many works share a commit: the first of them waits for the last."""
READERS = 2
BUSY = "PRAGMA busy_timeout = 5000"
SAFE_WAL = (3, 51, 3)
"""Before it, two connections that write or checkpoint at once can corrupt the WAL (sqlite.org/wal.html)."""


class SqliteSession:
    """A connection to SQLite inside a transaction."""

    def __init__(self, connection: sqlite3.Connection, kit: Kit) -> None:
        self._connection = connection
        self._kit = kit
        self._prepared: dict[Query, Prepared] = {}

    def rows(self, query: Query, params: Params) -> list[Row]:
        """All rows of a statement."""
        prepared = self._prepare(query)
        return prepared.decoded(self._connection.execute(prepared.sql, prepared.values(params)).fetchall())

    def run(self, query: Query, params: Params) -> int:
        """How many rows the statement changed."""
        prepared = self._prepare(query)
        return self._connection.execute(prepared.sql, prepared.values(params)).rowcount

    def lock(self, query: Query, params: Params) -> None:
        """Nobody else can write meanwhile."""

    def many(self, query: Query, params: Sequence[Params]) -> int:
        """Run it once for each; how many rows were changed in all."""
        prepared = self._prepare(query)
        return self._connection.executemany(prepared.sql, prepared.each(params)).rowcount

    def push(self, query: Query, params: Sequence[Params]) -> None:
        """Run it once for each."""
        self.many(query, params)

    def _prepare(self, query: Query) -> Prepared:
        prepared = self._prepared.get(query)
        if prepared is None:
            prepared = self._prepared[query] = query.prepare(self._kit)
        return prepared


class SqliteStore:
    """A bot.ports.Store on one file, for one process; others may look on, `read_only`."""

    def __init__(self, url: str, *, auto_migrate: bool = False, read_only: bool = False) -> None:
        self._url = url
        self._read_only = read_only
        self._auto_migrate = auto_migrate
        self._path = _path(url)
        self._cache, self._gazette = SnapshotCache(), Gazette()
        self._lock = LockFile(Path(f"{self._path}.lock"))
        self._writer: Writer | None = None
        self._readers: Readers | None = None

    async def start(self) -> None:
        """Take the file for this process, look at its schema, and open it."""
        if self._read_only:
            await asyncio.to_thread(self._check)
            self._readers = Readers(self._path, self._cache)
            return
        with contextlib.ExitStack() as undo:
            self._lock.acquire()
            undo.callback(self._lock.release)
            await asyncio.to_thread(self._check)
            writer = Writer(self._path, self._cache, self._gazette, WayBack(asyncio.get_running_loop()))
            await writer.open()
            self._writer, self._readers = writer, Readers(self._path, self._cache)
            undo.pop_all()

    def _check(self) -> None:
        if sqlite3.sqlite_version_info < SAFE_WAL:
            structlog.get_logger(__name__).warning(
                "old SQLite", version=sqlite3.sqlite_version, remedy="SQLite 3.51.3 mends a rare corruption"
            )
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


class Writer:
    """The thread that owns the writing connection. A page goes before everything that waits."""

    def __init__(self, path: Path, cache: SnapshotCache, gazette: Gazette, back: WayBack) -> None:
        self._path = path
        self._cache, self._gazette = cache, gazette
        self._back = back
        self.queue = Queue(back)
        self.connection: sqlite3.Connection | None = None
        self._thread = threading.Thread(target=self._live, name="tocsin-sqlite-writer", daemon=True)

    async def open(self) -> None:
        """Return when the connection stands; raises what keeps it from standing."""
        opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.queue.submit(Call(lambda _: None, opened))
        self._thread.start()
        await opened

    def close(self) -> None:
        """Do what was submitted and end."""
        self.queue.close()
        self._thread.join()

    def _live(self) -> None:
        with self.queue.served(), contextlib.closing(connect(self._path)) as connection:
            self.connection = connection
            tx = Transaction(SqliteSession(connection, sqlite_kit()), self._cache, self._gazette)
            group = Group(connection, tx, self._back)
            while (call := self.queue.next(wait=True)) is not None:
                group.run(call, self.queue.next)


class Group:
    """Works that share one commit. Each has a savepoint, so that one that fails takes nobody with it."""

    def __init__(self, connection: sqlite3.Connection, tx: Transaction, back: WayBack) -> None:
        self._connection = connection
        self._tx = tx
        self._back = back

    def run(self, first: Waiting, following: Callable[[], Waiting | None]) -> None:
        """Do the first and those that wait by now, and commit once for all of them."""
        done = [first]
        error: sqlite3.Error | StoreUnavailable | None = StoreUnavailable("the database thread was ended")
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._one(first)
            while len(done) < GROUP and self._connection.in_transaction and (call := following()):
                done.append(call)
                self._one(call)
            self._commit(done)
            error = None
        except sqlite3.Error as problem:
            error = problem
        finally:
            if error is not None:
                self._undo(done, error)
            self._back.send(done)

    def _one(self, call: Waiting) -> None:
        before = self._tx.written()
        self._connection.execute("SAVEPOINT work")
        with call:
            call.run(self._tx)
        if call.error is not None:
            self._tx.undo(before)
            self._connection.execute("ROLLBACK TO work")
        self._connection.execute("RELEASE work")

    def _commit(self, done: Sequence[Waiting]) -> None:
        if all(call.error is not None for call in done):
            self._connection.execute("ROLLBACK")
            self._tx.settled(committed=False)
            return
        self._connection.execute("COMMIT")
        self._tx.settled(committed=True)

    def _undo(self, done: Sequence[Waiting], error: Exception) -> None:
        """Nothing of the group is on the disk; everybody is told so."""
        for call in done:
            if call.error is None:
                call.error = StoreUnavailable(f"SQLite did not take it: {error}")
                call.error.__cause__ = error
        self._tx.settled(committed=False)
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


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
        connection, tx = self._mine()
        connection.execute("BEGIN")
        try:
            return work(tx)
        finally:
            connection.execute("ROLLBACK")

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


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection whose transactions are ours to begin and to end."""
    mode = "ro" if read_only else "rw"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=512,
    )
    connection.execute(BUSY)
    connection.execute("PRAGMA foreign_keys = ON")
    if read_only:
        connection.execute("PRAGMA query_only = ON")
    else:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
    return connection


def _path(url: str) -> Path:
    database = schema.address(url).database
    if not database or database == ":memory:":
        raise ValueError("SQLite needs a file, such as sqlite:///tocsin.db: a database in memory loses pages")
    return Path(database).resolve()
