"""A connection to SQLite: how it is opened, and what a transaction does with it."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from bot.store.query import Insertion, Kit, Params, Prepared, Query, Row

BUSY = "PRAGMA busy_timeout = 1000"
"""Milliseconds for one try; whoever writes tries again."""

TOGETHER = (64, 32, 16, 8, 4, 2, 1)
"""So many rows are written by one statement: few sizes, so that each is compiled once.

Between two statements the interpreter may go to another thread, and comes back late from a busy one.
"""

_VALUES = re.compile(r" VALUES (\(\?(?:, \?)*\))")


class SqliteSession:
    """A connection to SQLite inside a transaction."""

    def __init__(self, connection: sqlite3.Connection, kit: Kit) -> None:
        self._connection = connection
        self._kit = kit
        self._prepared: dict[Query, Prepared] = {}
        self._inserts: dict[Query, Insert | None] = {}
        self.writes = 0

    def rows(self, query: Query, params: Params) -> list[Row]:
        """All rows of a statement."""
        prepared = self._prepare(query)
        return prepared.decoded(self._connection.execute(prepared.sql, prepared.values(params)).fetchall())

    def run(self, query: Query, params: Params) -> int:
        """How many rows the statement changed."""
        self.writes += 1
        prepared = self._prepare(query)
        return self._connection.execute(prepared.sql, prepared.values(params)).rowcount

    def lock(self, query: Query, params: Params) -> None:
        """Nobody else can write meanwhile."""

    def many(self, query: Query, params: Sequence[Params]) -> int:
        """Run it once for each; how many rows were changed in all."""
        self.writes += 1
        prepared = self._prepare(query)
        insert = self._inserts[query]
        if insert is None:
            return self._connection.executemany(prepared.sql, prepared.each(params)).rowcount
        statements = insert.statements([prepared.values(one) for one in params])
        return sum(self._connection.execute(sql, values).rowcount for sql, values in statements)

    def push(self, query: Query, params: Sequence[Params]) -> None:
        """Run it once for each."""
        self.many(query, params)

    def _prepare(self, query: Query) -> Prepared:
        prepared = self._prepared.get(query)
        if prepared is None:
            prepared = self._prepared[query] = query.prepare(self._kit)
            self._inserts[query] = insert_of(prepared.sql) if isinstance(query, Insertion) else None
        return prepared


@dataclass(frozen=True, kw_only=True, slots=True)
class Insert:
    """An insertion of one row, taken apart so that it can be one of many rows."""

    texts: dict[int, str]
    """What it is for so many rows."""
    width: int
    """So many values are the row's; those after them are the statement's."""

    def statements(self, rows: Sequence[list[object]]) -> Iterator[tuple[str, list[object]]]:
        """Statements with their values, which write all rows in order."""
        begin = 0
        while left := len(rows) - begin:
            many = next(size for size in TOGETHER if size <= left)
            some, begin = rows[begin : begin + many], begin + many
            values = list(chain.from_iterable(row[: self.width] for row in some))
            yield self.texts[many], values + some[0][self.width :]


def insert_of(sql: str) -> Insert | None:
    """The insertion of this text; None where its row is made of more than values."""
    found = _VALUES.search(sql)
    if found is None:
        return None
    head, row, tail = sql[: found.start(1)], found[1], sql[found.end(1) :]
    texts = {many: head + ", ".join([row] * many) + tail for many in TOGETHER}
    return Insert(texts=texts, width=row.count("?"))


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
