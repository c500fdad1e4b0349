"""The one thread that writes to SQLite: it owns the one writing connection, commits for many, checkpoints."""

import asyncio
import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from bot.errors import Away, StoreUnavailable
from bot.store.calls import Call, Queue, Waiting, WayBack
from bot.store.connection import SqliteSession, connect
from bot.store.news import Gazette
from bot.store.query import sqlite_kit
from bot.store.reserve import Reserve
from bot.store.snapshots import SnapshotCache
from bot.store.sqlite_failures import reason, told
from bot.store.transaction import Transaction

log = structlog.get_logger(__name__)

GROUP = 64
"""At most so many works share a commit: the first of them waits for the last."""

PATIENCE = 8.0
"""Seconds for which a file that somebody else holds is waited for; less than a tick's limit."""

LARGEST_LOG = 16 * 1024 * 1024
"""Bytes from which on the write-ahead log is emptied by force: readers that follow each other closely would
let it grow for ever, because SQLite begins it anew only when nobody reads from it.
"""

LOOK_AGAIN = 0.2
"""Seconds until its size is looked at again: commits follow each other much faster."""

FORCE = 0.1
"""Seconds for which writing waits for readers then."""

FORCE_AGAIN = (1.0, 30.0)
"""Seconds until it is tried again when somebody read for longer: at first, and at most."""


class Writer:
    """The thread. A page goes before everything that waits."""

    def __init__(
        self, path: Path, cache: SnapshotCache, gazette: Gazette, back: WayBack, reserve: Reserve
    ) -> None:
        self._path = path
        self._cache, self._gazette = cache, gazette
        self._back = back
        self._reserve = reserve
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
            group = Group(connection, tx, self._back, self._reserve)
            checkpoints = Checkpoints(connection, self._path)
            while self.queue.wait():
                problem = group.begin()
                if problem is None:
                    group.run(self.queue.next)
                    checkpoints.after_commit()
                else:
                    self._refuse(problem)

    def _refuse(self, problem: sqlite3.Error) -> None:
        """Nothing can be begun. Whoever waits for a lock of others does so in the queue: pages overtake."""
        patience = PATIENCE if reason(problem) is Away.LOCKED else 0.0
        late = self.queue.overdue(time.monotonic() - patience)
        for call in late:
            call.error = told(problem)
        self._back.send(late)


class Group:
    """Works that share one commit. Each has a savepoint, so that one that fails takes nobody with it."""

    def __init__(
        self, connection: sqlite3.Connection, tx: Transaction, back: WayBack, reserve: Reserve
    ) -> None:
        self._connection = connection
        self._tx = tx
        self._back = back
        self._reserve = reserve

    def begin(self) -> sqlite3.Error | None:
        """Have the file for writing, or say why not."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as problem:
            return problem
        return None

    def run(self, following: Callable[[], Waiting | None]) -> None:
        """Do what waits by now, and commit once for all of it. Begun already."""
        done: list[Waiting] = []

        def gathered() -> Waiting | None:
            call = following() if len(done) < GROUP else None
            if call is not None:
                done.append(call)
            return call

        try:
            self._attempt(done, gathered)
            if self._out_of_room(done) and self._reserve.give_up():
                log.error("disk_full", remedy="make room: the reserve was given up, which lasts for a while")
                again = iter(list(done))
                if self.begin() is None:
                    self._attempt(done, lambda: next(again, None))
        finally:
            for call in done:
                call.error = told(call.error) if call.error else None
            self._back.send(done)

    def _attempt(self, done: Sequence[Waiting], following: Callable[[], Waiting | None]) -> None:
        error: sqlite3.Error | StoreUnavailable | None
        error = StoreUnavailable("the database thread was ended", Away.CLOSED)
        try:
            while self._connection.in_transaction and (call := following()):
                self._one(call)
            self._commit(done)
            error = None
        except sqlite3.Error as problem:
            error = problem
        finally:
            if error is not None:
                self._undo(done, error)

    def _out_of_room(self, done: Sequence[Waiting]) -> bool:
        return any(call.error and reason(_cause(call.error)) is Away.FULL for call in done)

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
                why = reason(error) or Away.BROKEN
                call.error = StoreUnavailable(f"SQLite did not take it: {error}", why)
                call.error.__cause__ = error
        self._tx.settled(committed=False)
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


def _cause(error: BaseException | None) -> BaseException | None:
    """SQLite's own error."""
    return error.__cause__ if isinstance(error, StoreUnavailable) else error


class Checkpoints:
    """Keeps the write-ahead log small, where what a commit does by itself is not enough."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._log = path.with_name(f"{path.name}-wal")
        self._pause = FORCE_AGAIN[0]
        self._not_before = 0.0

    def after_commit(self) -> None:
        """Empty the log if it is large. Only the connection that writes may do that."""
        now = time.monotonic()
        if now < self._not_before:
            return
        if self._size() < LARGEST_LOG:
            self._not_before = now + LOOK_AGAIN
            return
        self._pause = FORCE_AGAIN[0] if self._emptied() else min(self._pause * 2, FORCE_AGAIN[1])
        self._not_before = now + self._pause

    def _emptied(self) -> bool:
        patience = self._connection.execute("PRAGMA busy_timeout").fetchone()[0]
        try:
            self._connection.execute(f"PRAGMA busy_timeout = {int(FORCE * 1000)}")
            busy = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.Error as error:
            log.warning("checkpoint_failed", why=str(error))
            return False
        finally:
            self._connection.execute(f"PRAGMA busy_timeout = {int(patience)}")
        return not busy

    def _size(self) -> int:
        try:
            return self._log.stat().st_size
        except OSError:
            return 0
