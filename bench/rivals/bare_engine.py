"""The limit: one table of timers and the bare driver, with nothing around it.

Three short statements: take what is due under a lease, page, note that it is done. There is no incident, no
timeline, no ladder, no second replica on SQLite, and nobody who asks whether a page got through.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import psycopg

from bench.armed import dsn
from bench.databases import KINDS
from bench.rivals.rival import Page, Rival
from bot.clock import SystemClock
from bot.store.columns import microseconds
from bot.store.connection import connect
from bot.store.schema import address

AT_ONCE = 500
LEASE = 15_000_000
LONGEST_WAIT = 1.0

_SCHEMA = (
    "CREATE TABLE timer (id text PRIMARY KEY, due_at bigint NOT NULL, done smallint NOT NULL DEFAULT 0)",
    "CREATE INDEX timer_due ON timer (due_at) WHERE done = 0",
)
_DUE = f"SELECT id FROM timer WHERE done = 0 AND due_at <= {{now}} ORDER BY due_at LIMIT {AT_ONCE}"


class Timers(Protocol):
    """The three statements; each call is one durable transaction."""

    def claim(self, now: int) -> list[str]:
        """What is due, and is not for others until the lease ends."""
        ...

    def record(self, keys: Sequence[str]) -> None:
        """They are done."""
        ...

    def earliest(self) -> int | None:
        """When the next is due."""
        ...


class SqliteTimers:
    """With the standard library's driver."""

    def __init__(self, url: str) -> None:
        self._db = connect(Path(address(url).database or ""))

    def claim(self, now: int) -> list[str]:
        self._db.execute("BEGIN IMMEDIATE")
        keys = [str(key) for (key,) in self._db.execute(_DUE.format(now="?"), [now])]
        self._db.executemany("UPDATE timer SET due_at = ? WHERE id = ?", [(now + LEASE, key) for key in keys])
        self._db.execute("COMMIT")
        return keys

    def record(self, keys: Sequence[str]) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany("UPDATE timer SET done = 1 WHERE id = ?", [(key,) for key in keys])
        self._db.execute("COMMIT")

    def earliest(self) -> int | None:
        found: int | None = self._db.execute("SELECT min(due_at) FROM timer WHERE done = 0").fetchone()[0]
        return found


class PostgresTimers:
    """With psycopg."""

    def __init__(self, url: str) -> None:
        self._db = psycopg.connect(dsn(url), autocommit=True)

    def claim(self, now: int) -> list[str]:
        statement = (
            f"UPDATE timer SET due_at = %s WHERE id IN ({_DUE.format(now='%s')} FOR UPDATE SKIP LOCKED)"
            " RETURNING id"
        )
        return [str(key) for (key,) in self._db.execute(statement.encode(), [now + LEASE, now])]

    def record(self, keys: Sequence[str]) -> None:
        self._db.execute("UPDATE timer SET done = 1 WHERE id = ANY(%s)", [list(keys)])

    def earliest(self) -> int | None:
        found = self._db.execute("SELECT min(due_at) FROM timer WHERE done = 0").fetchone()
        return found[0] if found else None


def _timers(url: str) -> Timers:
    return SqliteTimers(url) if address(url).get_backend_name() == "sqlite" else PostgresTimers(url)


def prepare(url: str) -> None:
    """The table."""
    _run(url, lambda execute, _: [execute(statement) for statement in _SCHEMA])


def arm(url: str, due: Sequence[datetime]) -> list[str]:
    """Rows in bulk."""
    rows = [(uuid4().hex, microseconds(at)) for at in due]
    _run(url, lambda _, insert: insert(rows))
    return [key for key, _ in rows]


Rows = Sequence[tuple[str, int | None]]


def _run(url: str, work: Callable[[Callable[[str], object], Callable[[Rows], object]], object]) -> None:
    if address(url).get_backend_name() == "sqlite":
        file = sqlite3.connect(Path(address(url).database or ""))
        with file:
            work(file.execute, lambda rows: file.executemany("INSERT INTO timer VALUES (?, ?, 0)", rows))
        file.close()
        return
    with psycopg.connect(dsn(url)) as server, server.cursor() as cursor:

        def insert(rows: Rows) -> None:
            with cursor.copy("COPY timer (id, due_at) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)

        work(lambda statement: cursor.execute(statement.encode()), insert)


async def work(url: str, page: Page) -> None:
    """Claim, page, record, and sleep until the next is due."""
    clock, timers = SystemClock(), await asyncio.to_thread(_timers, url)
    while True:
        keys = await asyncio.to_thread(timers.claim, microseconds(clock.now()) or 0)
        if keys:
            await asyncio.gather(*map(page, keys))
            await asyncio.to_thread(timers.record, keys)
            continue
        at = await asyncio.to_thread(timers.earliest)
        now = microseconds(clock.now()) or 0
        await clock.sleep(LONGEST_WAIT if at is None else min(max((at - now) / 1e6, 0.002), LONGEST_WAIT))


RIVAL = Rival(
    title="the bare driver, one table", kinds=KINDS, prepare=prepare, arm=arm, work=work, patience=22.0
)
