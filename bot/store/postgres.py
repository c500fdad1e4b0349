"""The store on PostgreSQL: a few threads with a connection each, and row locks."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.generators import send

from bot.errors import Away, StoreUnavailable
from bot.ports import News, Room, Tx
from bot.store import schema
from bot.store.calls import Call, Queue, Waiting, WayBack
from bot.store.deadline import Line, Watch
from bot.store.news import Gazette
from bot.store.postgres_failures import is_race, lasting, pause, told
from bot.store.query import Kit, Params, Prepared, Query, Row, postgres_kit
from bot.store.snapshots import SnapshotCache
from bot.store.transaction import Transaction

T = TypeVar("T")
PAGING = ("pager", "page reader")
Connection = psycopg.Connection[tuple[Any, ...]]

WRITERS = 4
PAGERS = 2
"""Connections that only paging uses: a storm of alerts cannot starve it."""
READERS = 2
PAGE_READERS = 1
PATIENCE = 9.0
"""Seconds for which a lost database is waited for; less than a tick's limit, so that it learns why."""
SILENCE = 6.0
"""Seconds without an answer after which a connection is cut; more than the server's own limits."""
CONNECTION: Mapping[str, str | int] = {
    "application_name": "tocsin",
    "connect_timeout": 3,
    "tcp_user_timeout": 8000,
    "keepalives_idle": 5,
    "options": "-c lock_timeout=2s -c statement_timeout=5s -c idle_in_transaction_session_timeout=10s",
}
PRIMARY = {"writer": "read-write", "pager": "read-write", "reader": "primary", "page reader": "primary"}
"""Of several hosts the one that takes writes; what is read never comes from a replica that lags behind."""


class PostgresSession:
    """A connection to PostgreSQL inside a transaction, in pipeline mode: writes wait for nothing.

    What is pushed travels with the next statement that has an answer, at the latest with the commit.
    """

    def __init__(self, connection: Connection, kit: Kit, line: Line) -> None:
        self._connection = connection
        self._kit = kit
        self._line = line
        self._prepared: dict[Query, tuple[bytes, Prepared]] = {}
        self.pipeline: psycopg.Pipeline | None = None
        self.writes = 0

    def rows(self, query: Query, params: Params) -> list[Row]:
        """All rows of a statement."""
        sql, prepared = self._prepare(query)
        with self._line:
            cursor = self._execute(sql, prepared.values(params))
            self._sync()
        return prepared.decoded(cursor.fetchall())

    def run(self, query: Query, params: Params) -> int:
        """How many rows the statement changed."""
        self.writes += 1
        sql, prepared = self._prepare(query)
        with self._line:
            cursor = self._execute(sql, prepared.values(params))
            self._sync()
        return cursor.rowcount

    def lock(self, query: Query, params: Params) -> None:
        """Lock what the statement selects, before anything that follows."""
        sql, prepared = self._prepare(query)
        with self._line:
            self._execute(sql, prepared.values(params))

    def many(self, query: Query, params: Sequence[Params]) -> int:
        """Run it for each; how many rows were changed in all."""
        with self._line:
            cursors = self._send(query, params)
            self._sync()
        return sum(cursor.rowcount for cursor in cursors)

    def push(self, query: Query, params: Sequence[Params]) -> None:
        """Run it for each; a failure shows at the next statement or at the commit."""
        with self._line:
            self._send(query, params)

    def _send(self, query: Query, params: Sequence[Params]) -> list[psycopg.Cursor[Row]]:
        """An insertion takes all rows with one statement."""
        self.writes += 1
        sql, prepared = self._prepare(query)
        return [self._execute(sql, values) for values in prepared.each(params)]

    def _execute(self, sql: bytes, values: Sequence[Any]) -> psycopg.Cursor[Row]:
        """Send it to its last byte.

        psycopg 3.3 hands a statement to libpq and then waits for answers only, although what a socket could
        not take at once is still here: the server waits for the rest, and we wait for the server.
        """
        cursor = self._connection.execute(sql, values)
        self._connection.wait(send(self._connection.pgconn))
        return cursor

    def _sync(self) -> None:
        """Have the answers. Without a sync the server would never see that we are idle."""
        assert self.pipeline is not None
        self.pipeline.sync()

    def _prepare(self, query: Query) -> tuple[bytes, Prepared]:
        found = self._prepared.get(query)
        if found is None:
            prepared = query.prepare(self._kit)
            found = self._prepared[query] = (prepared.sql.encode(), prepared)
        return found


class PostgresStore:
    """A bot.ports.Store on PostgreSQL, for any number of processes.

    A work is run again after a deadlock, and also when the connection broke while it was committed:
    whether it was written is unknown then. Works bear that, because what they write has keys
    (`first_time`, the keys of effects, the tokens of claims, the versions of incidents).
    """

    def __init__(self, url: str, *, auto_migrate: bool = False, overtaken: Callable[[], None]) -> None:
        self._url = url
        self._auto_migrate = auto_migrate
        self._overtaken = overtaken
        self._crews: dict[str, Crew] = {}
        self._watch: Watch | None = None
        self._gazette = Gazette()

    async def room(self) -> Room | None:
        """Somebody else looks after the server's disk."""
        return None

    @property
    def changes(self) -> int:
        """Committed statements of this process that change something."""
        return self._gazette.changes

    def news(self) -> News:
        """What this process made due lately; what others made is found by looking."""
        return self._gazette.take()

    async def start(self) -> None:
        """Look at the schema and start the threads."""
        await asyncio.to_thread(schema.migrate if self._auto_migrate else schema.check, self._url)
        conninfo = schema.address(self._url).set(drivername="postgresql")
        text = make_conninfo(conninfo.render_as_string(hide_password=False), **CONNECTION)
        back, cache = WayBack(asyncio.get_running_loop()), SnapshotCache()
        sizes = {"writer": WRITERS, "pager": PAGERS, "reader": READERS, "page reader": PAGE_READERS}
        self._crews = {
            name: Crew(
                name,
                size,
                make_conninfo(text, **_primary(text, name)),
                cache,
                self._gazette,
                back,
                self._overtaken,
            )
            for name, size in sizes.items()
        }
        self._watch = Watch(line for crew in self._crews.values() for line in crew.lines)
        self._watch.start()

    async def stop(self) -> None:
        """Finish what was submitted and close."""
        for crew in self._crews.values():
            await asyncio.to_thread(crew.close)
        if self._watch is not None:
            await asyncio.to_thread(self._watch.stop)

    async def write(self, work: Callable[[Tx], T], *, page: bool = False) -> T:
        """Run it in a thread of those who write, or of those who are kept for pages."""
        return await self._submit("pager" if page else "writer", work)

    async def read(self, work: Callable[[Tx], T], *, page: bool = False) -> T:
        """Run it on one consistent view, in a thread of those who read, or of the one kept for pages."""
        return await self._submit("page reader" if page else "reader", work)

    async def _submit(self, crew: str, work: Callable[[Tx], T]) -> T:
        if crew not in self._crews:
            raise StoreUnavailable("the database is not open", Away.CLOSED)
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._crews[crew].queue.submit(Call(work, future, page=crew in PAGING))
        return await future


class Crew:
    """Threads of one purpose that share a queue."""

    def __init__(
        self,
        name: str,
        size: int,
        conninfo: str,
        cache: SnapshotCache,
        gazette: Gazette,
        back: WayBack,
        overtaken: Callable[[], None],
    ) -> None:
        self.queue = Queue(back)
        self._back = back
        self._hands = [
            Hand(
                conninfo,
                cache,
                gazette,
                writing=name in {"writer", "pager"},
                end=self.queue.closing,
                overtaken=overtaken,
            )
            for _ in range(size)
        ]
        self.lines = [hand.line for hand in self._hands]
        self._threads = [
            threading.Thread(target=self._live, args=(hand,), name=f"tocsin-postgres-{name}", daemon=True)
            for hand in self._hands
        ]
        for thread in self._threads:
            thread.start()

    def _live(self, hand: "Hand") -> None:
        with self.queue.served():
            try:
                while (call := self.queue.next(wait=True)) is not None:
                    try:
                        hand.do(call)
                    finally:
                        self._back.send([call])
            finally:
                hand.disconnect()

    def close(self) -> None:
        """Do what was submitted and end."""
        self.queue.close()
        for thread in self._threads:
            thread.join()


class Hand:
    """One connection and what is done on it; a lost connection is replaced."""

    def __init__(
        self,
        conninfo: str,
        cache: SnapshotCache,
        gazette: Gazette,
        *,
        writing: bool,
        end: threading.Event,
        overtaken: Callable[[], None],
    ) -> None:
        self._conninfo = conninfo
        self._cache, self._gazette = cache, gazette
        self._writing = writing
        self._end = end
        self._overtaken = overtaken
        self.line = Line(SILENCE)
        self._connection: Connection | None = None
        self._session: PostgresSession | None = None
        self._tx: Transaction | None = None

    def do(self, call: Waiting) -> None:
        """Run the call's work until it is committed, or there is no sense in trying again.

        For those who queued while the database was away, patience ends as for those who were first.
        """
        deadline, tries = call.since + PATIENCE, 0
        while True:
            tries += 1
            with call:
                self._transact(call)
            if call.error is None:
                return
            cut, lost = self.line.was_cut, self._roll_back(call.error)
            wait = pause(call.error, tries, lost=lost)
            late = lost and time.monotonic() + (wait or 0.0) > deadline
            if wait is None or late or call.abandoned:
                call.error = told(call.error, cut=cut, writing=self._writing)
                return
            if is_race(call.error):
                self._overtaken()
            self._end.wait(wait)

    def _transact(self, call: Waiting) -> None:
        connection, session, tx = self._connected()
        with contextlib.ExitStack() as stack:
            stack.callback(self.line.answered)
            session.pipeline = stack.enter_context(connection.pipeline())
            stack.callback(self.line.asked)  # to leave the pipeline is to wait for the server once more
            call.run(tx)
            with self.line:
                connection.commit() if self._writing else connection.rollback()
        tx.settled(committed=self._writing)

    def _connected(self) -> tuple[Connection, PostgresSession, Transaction]:
        if self._connection is None or self._session is None or self._tx is None:
            connection: Connection = psycopg.connect(
                self._conninfo, cursor_factory=psycopg.RawCursor, prepare_threshold=0
            )
            if not self._writing:
                connection.read_only = True
                connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            self._connection = connection
            self.line.attach(connection.fileno())
            self._session = PostgresSession(connection, postgres_kit(locking=self._writing), self.line)
            self._tx = Transaction(self._session, self._cache, self._gazette)
        return self._connection, self._session, self._tx

    def _roll_back(self, error: BaseException) -> bool:
        """Back to a clean connection. True when there is none: it could not be made, or it was lost."""
        if self._connection is None:
            return True
        if self._tx is not None:
            self._tx.settled(committed=False)
        try:
            with self.line:
                self._connection.rollback()
        except psycopg.Error:
            self.disconnect()
            return True
        if self._connection.closed or (self._writing and lasting(error)):
            self.disconnect()
            return True
        return False

    def disconnect(self) -> None:
        """Close, whatever state it is in."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self.line.detach()


def _primary(conninfo: str, crew: str) -> dict[str, str]:
    """What is asked of the server to be connected to, unless the address says it already."""
    asked = "target_session_attrs" in conninfo_to_dict(conninfo)
    return {} if asked else {"target_session_attrs": PRIMARY[crew]}
